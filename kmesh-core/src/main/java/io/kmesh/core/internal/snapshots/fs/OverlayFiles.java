// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** The files of an overlay by their names below its folder. Thread-safe. */
interface OverlayFiles extends Closeable {
  /** Where they are, for messages. */
  String where();

  /** An open file. Thread-safe. */
  interface Data extends Closeable {
    /** Reads at an offset; less than the buffer has room for only at the end. */
    int read(ByteBuffer target, long offset) throws IOException;

    /** Writes all at an offset. */
    void write(ByteBuffer source, long offset) throws IOException;

    /** Cuts it. */
    void truncate(long size) throws IOException;

    long size() throws IOException;

    /** Makes what was written durable. */
    void sync() throws IOException;
  }

  boolean exists(String name) throws IOException;

  /** Opens a file, and makes it when it is not there. */
  Data open(String name) throws IOException;

  void makeFolder(String name) throws IOException;

  /** Makes the names in a folder durable; the empty name is the top. */
  void syncFolder(String name) throws IOException;

  void rename(String from, String to) throws IOException;

  /** Deletes a file or an empty folder if it is there. */
  void delete(String name) throws IOException;

  List<String> list(String folder) throws IOException;
}
