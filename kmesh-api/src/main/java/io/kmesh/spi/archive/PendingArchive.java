// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import java.io.Closeable;
import java.io.IOException;

/** A durable copy that is not published. */
public interface PendingArchive extends Closeable {
  /**
   * Publishes the copy as the file's content. The content it replaces is kept until {@link
   * #settle}.
   *
   * @return what was stored
   */
  ArchivedObject commit() throws IOException;

  /**
   * Called after a commit when the coordinator has recorded the action's end: what the commit
   * replaced may go.
   */
  default void settle() throws IOException {}

  /** Without a commit before it: drops the copy. After a commit: frees what the handle holds. */
  @Override
  void close() throws IOException;
}
