// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * A small part of a tree, copied elsewhere: files from all over it, spread evenly, with their bytes,
 * owners, modes and times. Two of three are below {@code hsm}, the others below {@code tiering}.
 *
 * @param files what was taken, by path
 * @param bytes the bytes of all
 * @param directories how many directories they lie in, their common top included
 * @param seen how many files there were to choose from
 */
record Sample(List<Taken> files, long bytes, long directories, long seen) {
  /** What the steps of HSM are about. */
  static final PathBytes HSM = PathBytes.of("hsm");

  /** What the policy is about. */
  static final PathBytes TIERING = PathBytes.of("tiering");

  static final int MOST_FILES = 60;
  static final long MOST_BYTES = 32L << 20;
  static final long LARGEST_FILE = 8L << 20;

  /** A tree of any size is looked at so far. */
  private static final int MOST_SEEN = 20_000;

  private static final int PIECE = 1 << 20;

  /**
   * A file that was taken.
   *
   * @param path its path in the copy
   * @param size its length in bytes
   * @param sha256 of its bytes, in hexadecimal
   */
  record Taken(PathBytes path, long size, String sha256) {}

  private record Found(PathBytes path, long size) {}

  /** The files of one of the two parts. */
  List<Taken> below(PathBytes part) {
    return files.stream().filter(file -> file.path().isAtOrBelow(part)).toList();
  }

  /**
   * Copies a part of a tree.
   *
   * @param to an empty tree
   * @throws IOException when there is nothing to take
   */
  static Sample take(PosixTree from, PosixTree to) throws IOException {
    List<Found> all = new ArrayList<>();
    try (PosixDirectory top = from.openRoot()) {
      find(top, PathBytes.EMPTY, all);
    }
    all.sort(Comparator.comparing(Found::path));
    if (all.isEmpty()) {
      throw new IOException(
          "Cannot take a part of " + from.description()
              + ": it has no file of 1 byte to 8 MiB that can be read. Name another tree.");
    }
    List<Taken> taken = new ArrayList<>();
    Set<PathBytes> made = new HashSet<>(Set.of(PathBytes.EMPTY));
    int count = Math.min(MOST_FILES, all.size());
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      Found file = all.get((int) ((long) i * all.size() / count));
      if (bytes + file.size() > MOST_BYTES) {
        continue;
      }
      PathBytes path = (i % 3 == 2 ? TIERING : HSM).resolve(file.path());
      makeParents(to, path.parent(), made);
      taken.add(copy(from, file.path(), to, path));
      bytes += file.size();
    }
    return new Sample(List.copyOf(taken), bytes, made.size(), all.size());
  }

  private static void find(PosixDirectory directory, PathBytes path, List<Found> all)
      throws IOException {
    List<PathBytes> below = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (all.size() < MOST_SEEN && !(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          FileStat stat = directory.find(entry.name()).orElse(null);
          if (stat == null) {
            continue;
          }
          if (stat.isDirectory()) {
            below.add(entry.name());
          } else if (stat.isRegular() && stat.size() > 0 && stat.size() <= LARGEST_FILE) {
            all.add(new Found(path.resolve(entry.name()), stat.size()));
          }
        }
      }
    }
    for (PathBytes name : below) {
      if (all.size() < MOST_SEEN) {
        try (PosixDirectory child = directory.openDirectory(name)) {
          find(child, path.resolve(name), all);
        }
      }
    }
  }

  private static void makeParents(PosixTree to, PathBytes path, Set<PathBytes> made)
      throws IOException {
    if (made.contains(path)) {
      return;
    }
    makeParents(to, path.parent(), made);
    try (PosixDirectory parent = to.openDirectory(path.parent())) {
      parent.makeDirectory(path.name(), 0755);
    }
    made.add(path);
  }

  private static Taken copy(PosixTree from, PathBytes source, PosixTree to, PathBytes path)
      throws IOException {
    Digest digest = new Digest();
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    long offset = 0;
    try (PosixFile in = from.openFile(source, Set.of(OpenFlag.READ));
        PosixFile out =
            to.openFile(path, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE))) {
      FileStat stat = in.stat();
      while (in.read(piece.clear(), offset) > 0) {
        piece.flip();
        digest.add(piece.duplicate());
        int length = piece.remaining();
        out.write(piece, offset);
        offset += length;
      }
      FileStat made = out.stat();
      if (made.uid() != stat.uid() || made.gid() != stat.gid()) {
        out.setOwner(stat.uid(), stat.gid());
      }
      out.setMode(stat.mode());
      out.setTimes(stat.atime(), stat.mtime());
    }
    return new Taken(path, offset, digest.hex());
  }

  /** A SHA-256 that is fed piece by piece. */
  static final class Digest {
    private final java.security.MessageDigest digest;

    Digest() {
      try {
        digest = java.security.MessageDigest.getInstance("SHA-256");
      } catch (java.security.NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    void add(ByteBuffer bytes) {
      digest.update(bytes);
    }

    String hex() {
      return HexFormat.of().formatHex(digest.digest());
    }
  }
}
