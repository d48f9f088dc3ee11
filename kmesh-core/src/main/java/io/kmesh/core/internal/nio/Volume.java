// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What a file system shows, entry by entry. Thread-safe. */
public interface Volume {
  /** An entry that was found; it stays readable when it is renamed or deleted. */
  interface Node {}

  /** Names of a directory, ascending. For one thread. */
  @FunctionalInterface
  interface Names {
    /** The next, or null at the end. */
    @Nullable PathBytes next() throws IOException;
  }

  /** Bytes of a file. Thread-safe. */
  interface Bytes extends java.io.Closeable {
    /**
     * Reads until the buffer is full or the file ends.
     *
     * @param isSequential whether more will be read behind it
     * @return how many, 0 at the end
     */
    int read(long offset, java.nio.ByteBuffer target, boolean isSequential) throws IOException;

    /** How many there are. */
    long size();

    /** Where data are at or behind an offset; empty when there are none. */
    default OptionalLong nextData(long offset) throws IOException {
      return offset < size() ? OptionalLong.of(offset) : OptionalLong.empty();
    }

    /** Where the first hole is at or behind an offset that is in the file; else its end. */
    default long nextHole(long offset) throws IOException {
      return size();
    }

    @Override
    default void close() throws IOException {}
  }

  /**
   * The names of a path are about to be looked up, one after another.
   *
   * @param names as they were given; they may have links, "." and ".."
   */
  default void approach(List<PathBytes> names) throws IOException {}

  /** The top. */
  Node root() throws IOException;

  /** The entry of a name in a directory; null when there is none. */
  @Nullable Node find(Node directory, PathBytes name) throws IOException;

  /** The entry at a path of real names, no link followed; null when there is none. */
  default @Nullable Node at(PathBytes path) throws IOException {
    Node node = root();
    for (PathBytes name : KmeshPath.split(path)) {
      node = node != null && facts(node).isDirectory() ? find(node, name) : null;
    }
    return node;
  }

  /** The names of a directory; what changes meanwhile is seen or not. */
  Names names(Node directory) throws IOException;

  /** What stat says of an entry. */
  Facts facts(Node node) throws IOException;

  /** Where a symbolic link leads. */
  PathBytes target(Node link) throws IOException;

  /** The names of the extended attributes. */
  List<PathBytes> attributes(Node node) throws IOException;

  /** The value of an extended attribute; null when there is none. */
  byte @Nullable [] attribute(Node node, PathBytes name) throws IOException;

  /** The content of a regular file. */
  Bytes content(Node file) throws IOException;

  /** About how many bytes of a regular file are data; fewer than it has where it has holes. */
  default long allocated(Node file) throws IOException {
    return facts(file).size();
  }

  /** What changes it. */
  default Writer writer() {
    throw new ReadOnlyFileSystemException();
  }

  /** Whether {@link #writer} refuses. */
  default boolean isReadOnly() {
    return true;
  }

  /** Frees what it holds; nothing is called afterwards, what runs meanwhile may fail. */
  void close() throws IOException;
}
