// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.content.Chunk;
import io.kmesh.core.internal.flows.content.ChunkKeys;
import io.kmesh.core.internal.flows.content.ChunkTable;
import io.kmesh.core.internal.flows.content.Outliner;
import io.kmesh.core.internal.flows.place.Want;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file that is put together of chunks of files that are here. What it takes from these is
 * compared with the names that the other site gave: they may change meanwhile. One thread at a
 * time, but for {@link #cancel}.
 */
final class Assembly implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);
  private static final Set<OpenFlag> FLAGS = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);

  /** One byte in so many must be here. */
  private static final int WORTH = 8;

  private final Want want;
  private final int level;
  private final RecipeSettings settings;
  private final ChunkKeys keys;
  private final PosixTree tree;
  private final ReadGate gate;
  private final Arrivals arrivals;
  private final List<PosixFile> files = new ArrayList<>();
  private final ChunkTable table = new ChunkTable();
  private byte[] buffer = new byte[0];
  private long seen;
  private long had;
  private boolean isEnough;
  private volatile boolean isCancelled;

  /** A file that may have bytes of the wanted one. */
  record Candidate(PathBytes path, Kind kind) {}

  /** Why a file may have bytes of another. */
  enum Kind {
    /** It is what the other takes the place of. */
    IN_PLACE,
    /** It had chunks of the other, and changed since. */
    HAD,
    /** It has chunks of the other. */
    HAS
  }

  /**
   * What became of a part.
   *
   * @param lacking what is to be fetched
   * @param isWorthwhile whether it is to go on so
   */
  record Outcome(List<Message.Range> lacking, boolean isWorthwhile) {}

  Assembly(
      Want want,
      RecipeSettings settings,
      ChunkKeys keys,
      PosixTree tree,
      ReadGate gate,
      Arrivals arrivals) {
    this.want = want;
    this.level = settings.levelFor(want.size());
    this.settings = settings;
    this.keys = keys;
    this.tree = tree;
    this.gate = gate;
    this.arrivals = arrivals;
  }

  /**
   * Opens the files that have something of the wanted one.
   *
   * @param candidates those that are in its place first: one that is much like it is enough
   * @param probes the chunks of its begin and end
   * @return whether there are any
   */
  boolean open(List<Candidate> candidates, List<Message.Recipe> probes) throws IOException {
    Set<ChunkName> names = new HashSet<>();
    for (Message.Recipe probe : probes) {
      for (Chunk chunk : probe.chunks()) {
        if (chunk.name() != null) {
          names.add(chunk.name());
        }
      }
    }
    for (Candidate candidate : candidates) {
      if (isEnough || isCancelled) {
        break;
      }
      try {
        open(candidate, names);
      } catch (IOException e) {
        LOG.debug("Not compared with {}: {}", candidate.path(), e.getMessage());
      }
    }
    return !files.isEmpty();
  }

  private void open(Candidate candidate, Set<ChunkName> names) throws IOException {
    PosixFile file;
    try (PosixDirectory parent = tree.openDirectory(candidate.path().parent())) {
      file = parent.openFile(candidate.path().name(), FLAGS);
    }
    boolean isOfUse = false;
    try {
      if (file.stat().isRegular() && gate.refusal(file).isEmpty()) {
        int shared = candidate.kind() == Kind.HAS ? 1 : shared(file, names);
        isOfUse = shared > 0;
        isEnough = candidate.kind() == Kind.IN_PLACE && shared >= names.size() / 2;
      }
    } finally {
      if (isOfUse) {
        files.add(file);
      } else {
        file.close();
      }
    }
  }

  /** How many chunks of some the begin and the end of a file have. */
  private int shared(PosixFile file, Set<ChunkName> names) throws IOException {
    long size = file.stat().size();
    Outliner outliner = new Outliner(keys, settings.level());
    Set<ChunkName> shared = new HashSet<>();
    for (long from : new long[] {0, Math.max(0, size - settings.probe())}) {
      outliner.outline(
          file,
          size,
          from,
          (offset, chunk) -> {
            if (chunk.name() != null && names.contains(chunk.name())) {
              shared.add(chunk.name());
            }
            return offset + chunk.length() < from + settings.probe();
          });
    }
    return shared.size();
  }

  /** Learns which chunks the files have, by reading them. */
  void index() {
    Outliner outliner = new Outliner(keys, level);
    for (int i = 0; i < files.size(); i++) {
      int number = i;
      PosixFile file = files.get(i);
      try {
        outliner.outline(
            file,
            file.stat().size(),
            0,
            (offset, chunk) ->
                !isCancelled && (chunk.name() == null || table.put(chunk.name(), number, offset)));
      } catch (IOException e) {
        LOG.debug("Not all of a file was compared: {}", e.getMessage());
      }
    }
  }

  /** Takes what is here of a part, and says what is not. */
  Outcome take(Message.Recipe recipe) throws IOException {
    Outliner outliner = new Outliner(keys, level);
    List<Message.Range> lacking = new ArrayList<>();
    long at = recipe.from();
    long gap = -1; // where what is lacking begins
    for (Chunk chunk : recipe.chunks()) {
      if (isCancelled) {
        break;
      }
      boolean isHere = true;
      if (chunk.name() == null) {
        arrivals.hole(want.node(), want.content(), want.size(), at, chunk.length());
      } else {
        isHere =
            arrivals.has(want.node(), want.content(), at, chunk.length())
                || copy(outliner, chunk.name(), (int) chunk.length(), at);
        seen += chunk.length();
        had += isHere ? chunk.length() : 0;
      }
      if (isHere && gap >= 0) {
        lacking.add(new Message.Range(want.node(), want.content(), gap, at - gap));
        gap = -1;
      } else if (!isHere && gap < 0) {
        gap = at;
      }
      at += chunk.length();
    }
    if (gap >= 0) {
      lacking.add(new Message.Range(want.node(), want.content(), gap, at - gap));
    }
    return new Outcome(lacking, seen < settings.trial() || had >= seen / WORTH);
  }

  private boolean copy(Outliner outliner, ChunkName name, int length, long to) throws IOException {
    long place = table.find(name);
    if (place == ChunkTable.NONE) {
      return false;
    }
    if (buffer.length < length) {
      buffer = new byte[length];
    }
    try {
      PosixFile file = files.get(ChunkTable.file(place));
      ByteBuffer into = ByteBuffer.wrap(buffer, 0, length);
      while (into.hasRemaining()) {
        if (file.read(into, ChunkTable.offset(place) + into.position()) <= 0) {
          return false;
        }
      }
    } catch (IOException e) {
      return false; // it comes from the other site
    }
    if (!outliner.name(buffer, 0, length).equals(name)) {
      return false; // the file changed meanwhile
    }
    arrivals.data(want.node(), want.content(), want.size(), to, ByteBuffer.wrap(buffer, 0, length));
    return true;
  }

  /** Has what is under way end soon. Any thread. */
  void cancel() {
    isCancelled = true;
  }

  @Override
  public void close() throws IOException {
    isCancelled = true;
    IOException failure = null;
    for (PosixFile file : files) {
      try {
        file.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    files.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
