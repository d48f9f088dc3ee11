// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.ChangelogRecord;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** A reader of one MDT's changelog. One thread at a time. */
public interface ChangelogCursor extends Closeable {
  /** The next records, at most {@code limit}; an empty list where there are none yet. */
  List<ChangelogRecord> next(int limit) throws IOException;

  @Override
  void close() throws IOException;
}
