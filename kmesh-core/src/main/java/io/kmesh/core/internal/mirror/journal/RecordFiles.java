// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The small files of a journal, which one process holds at a time. Thread-safe. */
interface RecordFiles extends Closeable {
  /** The names of all files. */
  List<String> names() throws IOException;

  /** What a file has; null when there is none, or when it is larger than any of a journal. */
  byte @Nullable [] read(String name) throws IOException;

  /** Makes a file, or replaces it as a whole; it is durable when this returns. */
  void create(String name, ByteBuffer content) throws IOException;

  /** Makes a file, or replaces it as a whole, as {@link #create} does, but is durable later. */
  void write(String name, ByteBuffer content) throws IOException;

  /** Adds to a file; what the process wrote outlives it, but not a crash of the machine. */
  void append(String name, ByteBuffer record) throws IOException;

  /** Removes a file; one that is gone is no error. */
  void delete(String name) throws IOException;
}
