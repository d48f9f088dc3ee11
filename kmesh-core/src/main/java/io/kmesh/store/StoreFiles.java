// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * All that a directory store does to a file system, so that a test can stand in for one that
 * crashes. Thread-safe. Failures are those of {@link java.nio.file.Files}.
 */
interface StoreFiles {
  /** Creates a file that must not exist, for its owner only, open for reading and writing. */
  Handle create(Path file) throws IOException;

  /** Opens an existing regular file for reading; a symbolic link is refused. */
  Handle openToRead(Path file) throws IOException;

  /** Opens an existing regular file for reading and writing; a symbolic link is refused. */
  Handle openToWrite(Path file) throws IOException;

  /** Renames a file or a directory at once; a file replaces a file. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file; false when there is none. */
  boolean delete(Path file) throws IOException;

  /** Creates a directory that must not exist, for its owner only. */
  void makeDirectory(Path directory) throws IOException;

  /** Removes an empty directory; false when it is not empty or there is none. */
  boolean removeDirectory(Path directory) throws IOException;

  /** Makes the entries of a directory durable. */
  void syncDirectory(Path directory) throws IOException;

  /** Whether anything is there. */
  boolean exists(Path path);

  /** Gives the names in a directory, in no order. */
  void list(Path directory, Consumer<String> names) throws IOException;

  /** When a file was written last, where that is known. */
  default Optional<Instant> written(Path file) throws IOException {
    return Optional.empty();
  }

  /** A lock between all threads and processes; the file is created where it is missing. */
  Exclusive exclusive(Path file) throws IOException;

  /** Creates a file and holds it until the handle is closed or this process ends. */
  Closeable hold(Path file) throws IOException;

  /** Whether a living process holds a file; false when there is none. */
  boolean isHeld(Path file) throws IOException;

  /** An open file. Positional; one thread at a time for writes. */
  interface Handle extends Closeable {
    /** Reads until the buffer is full or the file ends; returns the number of bytes. */
    int read(ByteBuffer target, long offset) throws IOException;

    /** Writes all that remains in the buffers, one behind the other. */
    void write(long offset, ByteBuffer... sources) throws IOException;

    /** The size in bytes. */
    long size() throws IOException;

    /** Cuts the file where it is longer. */
    void truncate(long size) throws IOException;

    /** Makes the content durable. */
    void sync() throws IOException;
  }

  /** A lock that is taken and given back many times. */
  interface Exclusive extends Closeable {
    /** Waits for the lock and takes it. */
    void acquire() throws IOException;

    /** Gives it back. */
    void release() throws IOException;

    /** How often {@link #countChange} was called, by any process. Needs not the lock. */
    long changes() throws IOException;

    /** Counts a change and returns the new count. The caller holds the lock. */
    long countChange() throws IOException;
  }
}
