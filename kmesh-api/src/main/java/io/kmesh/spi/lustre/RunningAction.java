// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.PosixFile;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An action that has begun. Thread-safe; closing without an end reports nothing to the coordinator.
 */
public interface RunningAction extends Closeable {
  /** The item. */
  ActionItem item();

  /**
   * The source of an ARCHIVE, the volatile file of a RESTORE; EINVAL for a REMOVE. Do not close it.
   */
  PosixFile data() throws IOException;

  /** The FID of {@link #data()}: the file's own, or the volatile file's. */
  Fid dataFid();

  /** The data version that begin noted for an ARCHIVE; 0 for others. */
  long dataVersion();

  /**
   * Reports the range copied since the last report and counts the timeout anew.
   *
   * @throws io.kmesh.spi.ProviderException ECANCELED: stop now; ENOENT: the coordinator does not
   *     know the action any more
   */
  void progress(Extent done) throws IOException;

  /**
   * Ends with success. An ARCHIVE whose data version changed is recorded as failed.
   *
   * @throws io.kmesh.spi.ProviderException EBUSY when the file changed during the archive,
   *     ECANCELED or ENOENT when the coordinator does not wait for it any more
   */
  void succeed() throws IOException;

  /** Ends with an error. */
  void fail(Errno errno, CopytoolSession.@Nullable Retry retry) throws IOException;

  /** Frees the handle; after an end it does nothing. */
  @Override
  void close() throws IOException;
}
