// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.path.PathBytes;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sorts names, as those of a directory or the keys of a listing. What is more than fits goes to
 * temporary files, so that ten million names need no more memory than a hundred thousand. For one
 * thread.
 */
public final class NameSorter implements Closeable {
  /** The longest name in bytes. */
  public static final int LONGEST = 0xffff;

  /** Of names in memory, beside their number. */
  private static final long MOST_BYTES = 16 << 20;

  /** The most files that are read at once: more are merged into fewer first. */
  private static final int MOST_RUNS = 128;

  private static final int BUFFER = 1 << 16;
  private static final int LEAST_BUFFER = 1 << 12;

  /** Of all files that are merged. */
  private static final int MERGE_BUFFERS = 1 << 20;

  private final List<Path> runs = new ArrayList<>();
  private final List<Closeable> open = new ArrayList<>();
  private final SortSpace space;
  private List<PathBytes> names = new ArrayList<>();
  private long bytes;

  /** Sorts in memory up to 65,536 names, with temporary files beyond. */
  public NameSorter() {
    this(SortSpace.temporary());
  }

  NameSorter(SortSpace space) {
    this.space = space;
  }

  /** Gives names in order; null at the end. */
  @FunctionalInterface
  public interface Sorted {
    /** The next name; null at the end. */
    @Nullable PathBytes next() throws IOException;
  }

  /**
   * Takes a name.
   *
   * @throws IllegalArgumentException for one that is longer than {@link #LONGEST}
   */
  public void add(PathBytes name) throws IOException {
    if (name.length() > LONGEST) {
      throw new IllegalArgumentException(
          "Cannot sort a name of " + name.length() + " bytes. Use at most " + LONGEST + ".");
    }
    names.add(name);
    bytes += name.length();
    if (names.size() >= space.inMemory() || bytes >= MOST_BYTES) {
      spill();
    }
  }

  private void spill() throws IOException {
    names.sort(null);
    Iterator<PathBytes> all = names.iterator();
    write(() -> all.hasNext() ? all.next() : null);
    names = new ArrayList<>();
    bytes = 0;
  }

  private void write(Sorted sorted) throws IOException {
    Path run = space.newRun();
    runs.add(run);
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(run), BUFFER))) {
      for (PathBytes name = sorted.next(); name != null; name = sorted.next()) {
        out.writeShort(name.length());
        out.write(name.toBytes());
      }
    }
  }

  /** All names in the order of their bytes, equal ones too; nothing more is taken. */
  public Sorted sorted() throws IOException {
    if (runs.isEmpty()) {
      names.sort(null);
      Iterator<PathBytes> all = names.iterator();
      return () -> all.hasNext() ? all.next() : null;
    }
    if (!names.isEmpty()) {
      spill();
    }
    while (runs.size() > MOST_RUNS) {
      List<Path> first = List.copyOf(runs.subList(0, MOST_RUNS));
      write(merge(first));
      closeOpen();
      for (Path run : first) {
        Files.delete(run);
        runs.remove(run);
      }
    }
    return merge(runs);
  }

  private Sorted merge(List<Path> some) throws IOException {
    PriorityQueue<Run> heads = new PriorityQueue<>(Comparator.comparing(r -> r.head));
    int buffer = Math.max(LEAST_BUFFER, Math.min(BUFFER, MERGE_BUFFERS / some.size()));
    for (Path path : some) {
      Run run = new Run(path, buffer);
      open.add(run);
      if (run.advance()) {
        heads.add(run);
      }
    }
    return () -> {
      Run least = heads.poll();
      if (least == null) {
        return null;
      }
      PathBytes name = least.head;
      if (least.advance()) {
        heads.add(least);
      }
      return name;
    };
  }

  /** A sorted file of names. */
  private static final class Run implements Closeable {
    private final DataInputStream in;
    private PathBytes head = PathBytes.EMPTY;

    Run(Path path, int buffer) throws IOException {
      in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path), buffer));
    }

    boolean advance() throws IOException {
      in.mark(1);
      if (in.read() < 0) {
        return false;
      }
      in.reset();
      byte[] bytes = new byte[in.readUnsignedShort()];
      in.readFully(bytes);
      head = PathBytes.of(bytes);
      return true;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private void closeOpen() throws IOException {
    for (Closeable run : open) {
      run.close();
    }
    open.clear();
  }

  @Override
  public void close() throws IOException {
    closeOpen();
    for (Path run : runs) {
      Files.deleteIfExists(run);
    }
  }
}
