// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.collect;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.IndexRun;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.repository.pack.PackForm;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.pack.PackReader;
import io.kmesh.core.internal.repository.tree.TreeChunks;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the index anew from the packs themselves, and finds roots again whose head is lost. What is
 * damaged is left out and told; nothing is deleted. Used once, while nobody writes.
 */
public final class Repairer {
  /** The label of a root that was found in packs which no head named: the host that found it. */
  public static final String RECOVERED = "recovered";

  private static final int PAGE_CACHE = 8 << 20;

  private final Domain domain;
  private final RootFinder finder;
  private final Map<String, RootReader> readers;
  private final Retrier.Check check;
  private final long began;
  private final String host;
  private final List<String> damages = new ArrayList<>();
  private final Map<ChunkName, Head.Root> found = new LinkedHashMap<>();
  private final Set<ChunkName> named = new HashSet<>(); // of those, in packs that the head names

  /** Knows roots by the content of their chunks. */
  @FunctionalInterface
  public interface RootFinder {
    /** The root that a chunk of metadata is; empty when it is none. */
    Optional<Head.Root> root(ChunkName name, byte[] bytes, int offset, int length);
  }

  /**
   * What a repair did.
   *
   * @param packs packs that were read
   * @param chunks chunks in them that are whole
   * @param foundRoots roots that the head did not have
   * @param damages what was left out
   */
  public record Report(long packs, long chunks, List<Head.Root> foundRoots, List<String> damages) {}

  /**
   * A repair.
   *
   * @param readers what roots keep, by their kind
   * @param began milliseconds since 1970, for people
   */
  public Repairer(
      Domain domain,
      RootFinder finder,
      Map<String, RootReader> readers,
      long began,
      String host,
      Retrier.Check check) {
    this.domain = domain;
    this.finder = finder;
    this.readers = Map.copyOf(readers);
    this.began = began;
    this.host = host;
    this.check = check;
  }

  /** Repairs. */
  public Report run() throws IOException {
    boolean isHeadLost = false;
    List<Long> generations = domain.heads().generations();
    Head before;
    try {
      before = domain.heads().newest();
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT) {
        throw e;
      }
      damages.add(e.getMessage());
      isHeadLost = true;
      before = Head.EMPTY;
      // The newest that can be read is written behind it.
      domain.heads().setAside(generations.get(generations.size() - 1));
      before = domain.heads().newest();
    }
    isHeadLost |= before.generation() == 0;
    Optional<Set<PackId>> known = known(before);
    String session = RandomIds.session();
    domain
        .heads()
        .commit(
            h ->
                h.withSession(
                    new Head.Session(session, began, host, List.of(), Head.Session.READS)));
    List<PackFrames> packs = new ArrayList<>();
    try (PackReader reader = new PackReader(domain.objects(), domain.packKeys())) {
      ChunkNamer namer = domain.namers().get();
      List<String> keys = new ArrayList<>();
      domain.objects().list("packs/", (key, size) -> keys.add(key));
      for (String key : keys) {
        check.run();
        Optional<PackId> id = id(key);
        if (id.isEmpty()) {
          damages.add("The object " + domain.objects().full(key) + " has no name of a pack.");
          continue;
        }
        boolean isKnown = known.isEmpty() || known.get().contains(id.get());
        scan(id.get(), isKnown, reader, namer).ifPresent(packs::add);
      }
    }
    List<Head.Run> runs = write(session, packs);
    List<Head.Root> roots = isHeadLost ? readable(packs) : unnamed(packs, before);
    domain
        .heads()
        .commit(
            h -> {
              Head next = h.withRuns(runs).withoutSession(session).withDoomed(Map.of(), Set.of());
              for (Head.Root root : roots) {
                // A root that changes is found in all its states: the last one counts.
                if (next.root(root.kind(), root.id()).stream()
                    .allMatch(r -> r.time() < root.time())) {
                  next = next.withRoot(root);
                }
              }
              return next;
            });
    long chunks = packs.stream().mapToLong(PackFrames::chunks).sum();
    return new Report(packs.size(), chunks, roots, List.copyOf(damages));
  }

  /** The packs that a head names; empty when that can't be read any more. */
  private Optional<Set<PackId>> known(Head head) throws IOException {
    Set<PackId> known = new HashSet<>();
    try {
      for (Head.Run run : head.runs()) {
        RunFile.inMemory(domain.runs().read(run.key()))
            .packs()
            .forEach(pack -> known.add(pack.id()));
      }
      return Optional.of(known);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT && e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static Optional<PackId> id(String key) {
    String[] parts = key.split("/", 3);
    try {
      return parts.length == 3 && parts[2].length() == 8
          ? Optional.of(PackId.of(parts[1], HexFormat.fromHexDigits(parts[2])))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Reads a pack from its beginning; stops where a header is damaged, skips damaged bodies. */
  private Optional<PackFrames> scan(PackId id, boolean isKnown, PackReader reader, ChunkNamer namer)
      throws IOException {
    byte[] pack;
    try {
      pack = domain.objects().get(id.key());
    } catch (ProviderException e) {
      // Deleted since it was listed, or cut short while it was read.
      if (e.kind() != ErrorKind.CORRUPT && e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      damages.add(e.getMessage());
      return Optional.empty();
    }
    int type;
    try {
      byte[] header = java.util.Arrays.copyOf(pack, Math.min(pack.length, PackForm.HEADER));
      type = PackForm.type(header, id, domain.objects().full(id.key()));
    } catch (ProviderException e) {
      // What is sealed does not need the header. Roots are looked for in metadata alone.
      damages.add(e.getMessage() + " Its frames are read all the same.");
      type = PackFrames.METADATA;
    }
    List<PackFrames.Frame> frames = new ArrayList<>();
    int at = PackForm.HEADER;
    while (at < pack.length) {
      PackForm.FrameHeader header;
      try {
        header = reader.header(id, pack, at, at);
      } catch (ProviderException e) {
        damages.add(e.getMessage() + " The rest of the pack can't be found.");
        break;
      }
      if (header.codec() != PackForm.PADDING) {
        frames.add(frame(id, isKnown, pack, at, header, type, reader, namer));
      }
      at += header.sealed();
    }
    return frames.isEmpty()
        ? Optional.empty()
        : Optional.of(new PackFrames(id, type, pack.length, frames));
  }

  private PackFrames.Frame frame(
      PackId id,
      boolean isKnown,
      byte[] pack,
      int at,
      PackForm.FrameHeader header,
      int type,
      PackReader reader,
      ChunkNamer namer) {
    try {
      PackReader.Frame frame = reader.decode(id, pack, at, at);
      long[] prefixes = new long[2 * frame.chunks()];
      for (int slot = 0; slot < frame.chunks(); slot++) {
        int start = frame.start(slot);
        int length = frame.length(slot);
        ChunkName name = namer.name(frame.content(), start, length);
        prefixes[2 * slot] = name.first();
        prefixes[2 * slot + 1] = name.second();
        if (type == PackFrames.METADATA) {
          finder
              .root(name, frame.content(), start, length)
              .ifPresent(
                  root -> {
                    found.put(name, root);
                    if (isKnown) {
                      named.add(name);
                    }
                  });
        }
      }
      return new PackFrames.Frame(header.sealed(), header.content(), prefixes);
    } catch (IOException e) {
      damages.add(e.getMessage());
      // Its place is kept, so that the frames behind it are found.
      return new PackFrames.Frame(header.sealed(), header.content(), new long[0]);
    }
  }

  private List<Head.Run> write(String session, List<PackFrames> packs) throws IOException {
    List<Head.Run> runs = new ArrayList<>();
    for (int type : new int[] {PackFrames.METADATA, PackFrames.DATA}) {
      List<PackFrames> waiting = new ArrayList<>();
      int chunks = 0;
      for (PackFrames pack : packs) {
        if (pack.type() == type) {
          if (chunks + pack.chunks() > IndexRun.MOST_CHUNKS) {
            runs.add(write(session, runs.size(), type, waiting));
            waiting.clear();
            chunks = 0;
          }
          waiting.add(pack);
          chunks += pack.chunks();
        }
      }
      if (!waiting.isEmpty()) {
        runs.add(write(session, runs.size(), type, waiting));
      }
    }
    return runs;
  }

  private Head.Run write(String session, int number, int type, List<PackFrames> packs)
      throws IOException {
    String key = session + "/" + HexFormat.of().toHexDigits(number);
    domain.runs().write(key, IndexRun.of(packs));
    return new Head.Run(key, packs.stream().mapToLong(PackFrames::chunks).sum(), type);
  }

  /**
   * Roots in packs that the head does not name: published by newer heads that were deleted, or by a
   * writer that died before its commit. In packs that it names they were forgotten. Those that it
   * has stay as they are, and what is not whole is left.
   */
  private List<Head.Root> unnamed(List<PackFrames> packs, Head head) throws IOException {
    List<Head.Root> whole = new ArrayList<>();
    ChunkIndex index = index(packs);
    try (ChunkReader reader = new ChunkReader(domain, index, PAGE_CACHE)) {
      for (Map.Entry<ChunkName, Head.Root> each : found.entrySet()) {
        Head.Root root = each.getValue();
        if (!named.contains(each.getKey())
            && head.root(root.kind(), root.id()).isEmpty()
            && isWhole(root, index, reader)) {
          Map<String, String> labels = new HashMap<>(root.labels());
          labels.put(RECOVERED, host);
          whole.add(
              new Head.Root(
                  root.kind(), root.name(), root.id(), root.time(), root.chunk(), labels));
        }
      }
    }
    return whole;
  }

  private boolean isWhole(Head.Root root, ChunkIndex index, ChunkReader reader) throws IOException {
    RootReader content = readers.get(root.kind());
    if (content == null) {
      return false;
    }
    Set<ChunkName> seen = new HashSet<>();
    boolean[] isMissing = {false};
    try {
      for (TreeNode tree : content.trees(reader.read(root.chunk()))) {
        new TreeChunks(
                reader,
                new TreeChunks.Visitor() {
                  @Override
                  public boolean page(ChunkName name) {
                    return seen.add(name);
                  }

                  @Override
                  public void leaf(ChunkName name) {
                    isMissing[0] |= index.find(name).isEmpty();
                  }
                })
            .visit(tree);
      }
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT && e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      return false;
    }
    return !isMissing[0];
  }

  private static ChunkIndex index(List<PackFrames> packs) {
    return new ChunkIndex(List.of(RunFile.inMemory(IndexRun.of(packs))), Set.of());
  }

  /** The roots that were found and whose own chunk can be read. */
  private List<Head.Root> readable(List<PackFrames> packs) throws IOException {
    ChunkIndex index = index(packs);
    List<Head.Root> whole = new ArrayList<>();
    try (ChunkReader reader = new ChunkReader(domain, index, PAGE_CACHE)) {
      for (Map.Entry<ChunkName, Head.Root> root : found.entrySet()) {
        try {
          reader.read(root.getKey());
          whole.add(root.getValue());
        } catch (ProviderException e) {
          damages.add(e.getMessage());
        }
      }
    }
    return whole;
  }
}
