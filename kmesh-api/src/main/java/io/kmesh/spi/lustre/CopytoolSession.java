// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A registered copytool. One thread calls {@link #receive}; everything else may run in any thread.
 *
 * <p>Never stop receiving: what is not received stalls the coordinator of that MDT. Never end a
 * RESTORE or CANCEL with success without a volatile file.
 */
public interface CopytoolSession extends Closeable {
  /**
   * The next items; an empty list when the time is over or {@link #wakeUp} was called.
   *
   * @throws io.kmesh.spi.ProviderException EPIPE or ESHUTDOWN when the registration is gone:
   *     register anew
   */
  List<ActionItem> receive(Duration timeout) throws IOException;

  /** Makes a waiting {@link #receive} return. */
  void wakeUp();

  /**
   * Begins an item: opens the source of an ARCHIVE and notes its data version; makes the volatile
   * file of a RESTORE. Not for CANCEL.
   *
   * @throws io.kmesh.spi.ProviderException ECANCELED when it was cancelled meanwhile, ENOENT when
   *     the file is gone (a REMOVE begins all the same), ELOOP for a symbolic link
   */
  RunningAction begin(ActionItem item) throws IOException;

  /**
   * Keeps a received item alive that has not begun: the coordinator counts its timeout anew.
   *
   * @throws io.kmesh.spi.ProviderException ENOENT when the coordinator does not know it (any more),
   *     ECANCELED when it was cancelled
   */
  void keepAlive(ActionItem item) throws IOException;

  /**
   * Ends an item with an error without having begun it.
   *
   * @param errno what the coordinator records
   * @param retry whether the coordinator may try again; null for no
   */
  void fail(ActionItem item, io.kmesh.spi.Errno errno, @Nullable Retry retry) throws IOException;

  /** Unregisters. Begun actions stay with the coordinator until they time out. */
  @Override
  void close() throws IOException;

  /** Says that a failed action may be tried again (the coordinator's policy decides). */
  enum Retry {
    /** Try again. */
    RETRY
  }
}
