// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.ChunkPlace;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.repository.pack.PackForm;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.pack.PackReader;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;

/**
 * Looks whether all that a domain's roots name is there and whole: the heads, the index, that all
 * packs exist at their size, that all trees can be walked, and a part of the content or all of it.
 * Changes nothing. Used once.
 */
public final class Checker {
  private static final int PAGE_CACHE = 32 << 20;
  private static final int MOST_WORDS = 1000;
  private static final int TRIES = 3;

  private final Domain domain;
  private final Map<String, RootReader> readers;
  private final Retrier.Check check;
  private final int every;
  private final int offset;
  private final List<String> damages = new ArrayList<>();
  private final List<String> affected = new ArrayList<>();
  private final Set<ChunkName> badPages = new HashSet<>();
  private final Set<Place> badPlaces = new HashSet<>();
  private final Set<ChunkName> lost = new HashSet<>();
  private final Set<PackId> badPacks = new HashSet<>();
  private final Map<PackId, Long> cutPacks = new HashMap<>();
  private final Map<String, Long> stored = new HashMap<>();
  private long roots;
  private long packs;
  private long framesRead;
  private final Set<PackId> known = new HashSet<>();
  private long framesInAll;
  private long chunks;
  private long bytesRead;

  /** A chunk where it is damaged; another place may have it whole. */
  private record Place(PackId pack, int offset, int slot) {}

  /**
   * A check.
   *
   * @param every read each how many-th frame: 1 for all, 0 for none
   * @param offset which of so many, so that several checks see all
   */
  public Checker(
      Domain domain, Map<String, RootReader> readers, int every, int offset, Retrier.Check check) {
    this.domain = domain;
    this.readers = Map.copyOf(readers);
    this.every = every;
    this.offset = offset;
    this.check = check;
  }

  /** Checks; again when a collection deleted meanwhile what this was about to read. */
  public CheckReport run() throws IOException {
    for (int tries = 1; ; tries++) {
      Checker once = new Checker(domain, readers, every, offset, check);
      Head head = once.head();
      CheckReport report = once.run(head);
      if (report.damages().isEmpty() || tries == TRIES || !once.isOvertaken(head)) {
        return report;
      }
    }
  }

  /** Whether packs that a head names went by now. */
  private boolean isOvertaken(Head head) throws IOException {
    Set<PackId> there = new HashSet<>();
    try {
      Head now = domain.heads().newest();
      if (now.generation() == head.generation()) {
        return false;
      }
      for (RunFile run : Session.index(domain, now).runs()) {
        run.packs().forEach(pack -> there.add(pack.id()));
      }
      there.removeAll(now.gone());
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT && e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      return false;
    }
    return !there.containsAll(known);
  }

  private CheckReport run(Head head) throws IOException {
    List<RunFile> runs = new ArrayList<>();
    for (Head.Run run : head.runs()) {
      guarded(() -> runs.add(RunFile.inMemory(domain.runs().read(run.key()))));
    }
    ChunkIndex index = new ChunkIndex(runs, head.shunned());
    checkPacks(head, runs);
    if (every > 0) {
      for (int i = 0; i < runs.size(); i++) {
        checkFrames(runs.get(i), head);
      }
    }
    if (head.generation() == 0 && !stored.isEmpty()) {
      damage(
          "There are "
              + stored.size()
              + " packs below "
              + domain.objects().full("packs/")
              + " and no head that names them. Run a repair.");
    }
    try (ChunkReader reader = new ChunkReader(domain, index, PAGE_CACHE)) {
      Set<ChunkName> seen = new HashSet<>();
      for (Head.Root root : head.roots()) {
        roots++;
        checkRoot(root, reader, seen);
      }
    }
    return new CheckReport(
        roots, packs, framesRead, framesInAll, chunks, bytesRead, damages, affected);
  }

  private Head head() throws IOException {
    try {
      return domain.heads().newest();
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
      damage(String.valueOf(e.getMessage()));
      return domain.heads().newestReadable();
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Notes what is damaged or missing; other failures stop the check. */
  private boolean guarded(Step step) throws IOException {
    try {
      step.run();
      return true;
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT
          && e.kind() != ErrorKind.NOT_FOUND
          && e.kind() != ErrorKind.UNSUPPORTED) {
        throw e;
      }
      damage(String.valueOf(e.getMessage()));
      return false;
    }
  }

  private void damage(String words) {
    if (damages.size() < MOST_WORDS) {
      damages.add(words);
    }
  }

  private void checkPacks(Head head, List<RunFile> runs) throws IOException {
    domain.objects().list("packs/", stored::put);
    Set<PackId> seen = new HashSet<>();
    for (RunFile run : runs) {
      for (PackFrames pack : run.packs()) {
        if (!seen.add(pack.id()) || head.gone().contains(pack.id())) {
          continue;
        }
        known.add(pack.id());
        packs++;
        Long size = stored.get(pack.id().key());
        String name = domain.objects().full(pack.id().key());
        if (size == null) {
          badPacks.add(pack.id());
          damage("The pack " + name + " is missing.");
        } else if (size != pack.size()) {
          damage(
              "The pack " + name + " has " + size + " bytes, the index says " + pack.size() + ".");
          cutPacks.put(pack.id(), size);
        }
      }
    }
  }

  private void checkFrames(RunFile run, Head head) throws IOException {
    Set<PackId> wanted = new HashSet<>();
    run.packs().forEach(p -> wanted.add(p.id()));
    wanted.removeAll(head.gone());
    wanted.removeAll(badPacks);
    PackContents contents = new PackContents(run, wanted);
    ChunkNamer namer = domain.namers().get();
    try (PackReader reader = new PackReader(domain.objects(), domain.packKeys())) {
      for (PackId pack : contents.packs().stream().sorted().toList()) {
        check.run();
        if (every == 1) {
          guarded(() -> checkEnds(pack, contents.frames(pack), reader));
        }
        for (Map.Entry<Integer, PackContents.Frame> entry : contents.frames(pack).entrySet()) {
          if (framesInAll++ % every != offset % every) {
            continue;
          }
          PackContents.Frame frame = entry.getValue();
          boolean isWhole =
              guarded(
                  () -> {
                    PackReader.Frame read = reader.read(pack, entry.getKey(), frame.sealed());
                    for (PackContents.Chunk chunk : frame.chunks()) {
                      checkChunk(pack, entry.getKey(), read, chunk, namer);
                    }
                  });
          if (!isWhole) {
            frame.chunks().forEach(c -> badPlaces.add(new Place(pack, entry.getKey(), c.slot())));
          }
          framesRead++;
          bytesRead += frame.sealed();
        }
      }
    }
  }

  /** What is before the first frame that the index knows, and behind the last one. */
  private void checkEnds(
      PackId pack, NavigableMap<Integer, PackContents.Frame> frames, PackReader reader)
      throws IOException {
    byte[] header = domain.objects().range(pack.key(), 0, PackForm.HEADER);
    PackForm.type(header, pack, domain.objects().full(pack.key()));
    Map.Entry<Integer, PackContents.Frame> last = frames.lastEntry();
    Long size = stored.get(pack.key());
    if (last == null || size == null || cutPacks.containsKey(pack)) {
      return;
    }
    int at = last.getKey() + last.getValue().sealed();
    byte[] rest = domain.objects().range(pack.key(), at, (int) (size - at));
    for (int from = 0; from < rest.length; ) {
      PackReader.Frame frame = reader.decode(pack, rest, from, at + (long) from);
      from += frame.header().sealed();
    }
  }

  private void checkChunk(
      PackId pack, int at, PackReader.Frame frame, PackContents.Chunk chunk, ChunkNamer namer) {
    chunks++;
    if (chunk.slot() < frame.chunks()) {
      ChunkName name =
          namer.name(frame.content(), frame.start(chunk.slot()), frame.length(chunk.slot()));
      if (name.first() == chunk.first() && name.second() == chunk.second()) {
        return;
      }
    }
    badPlaces.add(new Place(pack, at, chunk.slot()));
    damage(
        "The chunk "
            + chunk.slot()
            + " of the frame at "
            + at
            + " of "
            + domain.objects().full(pack.key())
            + " is not what the index says.");
  }

  private void checkRoot(Head.Root root, ChunkReader reader, Set<ChunkName> seen)
      throws IOException {
    String what = root.kind() + " " + root.name() + " (" + root.id() + ")";
    RootReader trees = readers.get(root.kind());
    if (trees == null) {
      damage("The root " + what + " is of a kind that this Kmesh does not know.");
      return;
    }
    List<TreeNode> tops = new ArrayList<>();
    if (!guarded(() -> tops.addAll(trees.trees(reader.read(root.chunk()))))) {
      affect(what, PathBytes.EMPTY);
      return;
    }
    for (TreeNode top : tops) {
      checkNode(what, top, PathBytes.EMPTY, reader, seen);
    }
  }

  private void checkNode(
      String root, TreeNode node, PathBytes path, ChunkReader reader, Set<ChunkName> seen)
      throws IOException {
    for (Attribute attribute : node.attributes()) {
      if (attribute.chunk() != null && isBad(attribute.chunk(), reader)) {
        affect(root, path);
      }
    }
    if (node.content() instanceof Content.Directory directory) {
      // A directory that was whole in one tree is whole in all.
      if (seen.contains(directory.page())) {
        return;
      }
      check.run();
      int before = affected.size();
      boolean isWhole =
          !badPages.contains(directory.page())
              && guarded(
                  () -> {
                    DirectoryReader entries = new DirectoryReader(reader, directory);
                    for (TreeNode e = entries.next(); e != null; e = entries.next()) {
                      checkNode(root, e, path.resolve(e.name()), reader, seen);
                    }
                  });
      if (!isWhole) {
        badPages.add(directory.page());
        affect(root, path);
      } else if (affected.size() == before) {
        seen.add(directory.page());
      }
    } else {
      checkContent(root, node, path, reader);
    }
  }

  private void checkContent(String root, TreeNode node, PathBytes path, ChunkReader reader)
      throws IOException {
    var list =
        node.content() instanceof Content.Data data
            ? data.chunks()
            : node.content() instanceof Content.Sparse sparse ? sparse.chunks() : null;
    if (list == null) {
      return;
    }
    boolean[] isBad = new boolean[1];
    boolean isListed =
        guarded(
            () ->
                ChunkLists.visit(
                    list,
                    reader,
                    0,
                    Long.MAX_VALUE,
                    (name, at, length) -> isBad[0] |= isBad(name, reader)));
    if (isBad[0] || !isListed) {
      affect(root, path);
    }
  }

  private boolean isBad(ChunkName name, ChunkReader reader) {
    if (lost.contains(name)) {
      return true;
    }
    Collection<ChunkPlace> places = reader.index().findAll(name);
    if (places.stream().anyMatch(this::isWhole)) {
      return false;
    }
    if (places.isEmpty()) {
      damage("No pack has the chunk " + name + ".");
    }
    lost.add(name);
    return true;
  }

  private boolean isWhole(ChunkPlace place) {
    return !badPacks.contains(place.pack())
        && place.offset() + (long) place.sealed()
            <= cutPacks.getOrDefault(place.pack(), Long.MAX_VALUE)
        && !badPlaces.contains(new Place(place.pack(), place.offset(), place.slot()));
  }

  private void affect(String root, PathBytes path) {
    if (affected.size() < MOST_WORDS) {
      affected.add(root + ": /" + path);
    }
  }
}
