// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** Where an overlay's changes are kept. Not thread-safe. */
interface ChangeLog extends Closeable {
  /** Keeps nothing: of an overlay that is in the making. */
  ChangeLog NONE =
      new ChangeLog() {
        @Override
        public void append(List<Change> changes) {}

        @Override
        public void sync() {}

        @Override
        public void replace(Iterable<List<Change>> frames) {}

        @Override
        public long size() {
          return 0;
        }

        @Override
        public void close() {}
      };

  /** Appends a group. When it fails, nothing of it counts. */
  void append(List<Change> changes) throws IOException;

  /** Makes all that was appended durable. */
  void sync() throws IOException;

  /** Puts these changes in its place, at once and durable. */
  void replace(Iterable<List<Change>> frames) throws IOException;

  /** Its bytes. */
  long size();
}
