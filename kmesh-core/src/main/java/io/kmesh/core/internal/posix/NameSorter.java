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
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sorts the names of a directory. What is more than fits goes to temporary files, so that ten
 * million names need no more memory than a hundred thousand. For one thread.
 */
public final class NameSorter implements Closeable {
  private static final int IN_MEMORY = 1 << 16;
  private static final int BUFFER = 1 << 16;
  private static final int LEAST_BUFFER = 1 << 12;

  /** Of all files that are merged. */
  private static final int MERGE_BUFFERS = 1 << 20;

  private final List<Path> runs = new ArrayList<>();
  private final List<Closeable> open = new ArrayList<>();
  private final int inMemory;
  private List<PathBytes> names = new ArrayList<>();

  /** Sorts in memory up to 65,536 names, with temporary files beyond. */
  public NameSorter() {
    this(IN_MEMORY);
  }

  NameSorter(int inMemory) {
    this.inMemory = inMemory;
  }

  /** Gives names in order; null at the end. */
  @FunctionalInterface
  public interface Sorted {
    /** The next name; null at the end. */
    @Nullable PathBytes next() throws IOException;
  }

  /** Takes a name. */
  public void add(PathBytes name) throws IOException {
    names.add(name);
    if (names.size() >= inMemory) {
      spill();
    }
  }

  private void spill() throws IOException {
    names.sort(null);
    Path run = Files.createTempFile("kmesh-names-", ".run");
    runs.add(run);
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(run), BUFFER))) {
      for (PathBytes name : names) {
        byte[] bytes = name.toBytes();
        out.writeShort(bytes.length);
        out.write(bytes);
      }
    }
    names = new ArrayList<>();
  }

  /** All names in the order of their bytes; nothing more is taken. */
  public Sorted sorted() throws IOException {
    if (runs.isEmpty()) {
      names.sort(null);
      List<PathBytes> all = names;
      int[] next = {0};
      return () -> next[0] < all.size() ? all.get(next[0]++) : null;
    }
    spill();
    PriorityQueue<Run> heads = new PriorityQueue<>(Comparator.comparing(r -> r.head));
    int buffer = Math.max(LEAST_BUFFER, Math.min(BUFFER, MERGE_BUFFERS / runs.size()));
    for (Path path : runs) {
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

  @Override
  public void close() throws IOException {
    for (Closeable run : open) {
      run.close();
    }
    for (Path run : runs) {
      Files.deleteIfExists(run);
    }
  }
}
