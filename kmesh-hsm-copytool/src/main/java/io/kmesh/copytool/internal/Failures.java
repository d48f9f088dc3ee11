// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.CopytoolSession.Retry;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What the coordinator is told of a failure. */
final class Failures {
  private Failures() {}

  static Errno errno(Throwable failure) {
    return switch (kind(failure)) {
      case CANCELLED -> Errno.ECANCELED;
      case NOT_FOUND -> Errno.ENOENT;
      case EXISTS, PRECONDITION -> Errno.EBUSY;
      case DENIED, EXPIRED -> Errno.EACCES;
      case THROTTLED, TRANSIENT -> hasErrno(failure, Errno.EBUSY) ? Errno.EBUSY : Errno.EAGAIN;
      case INVALID -> Errno.EINVAL;
      case NO_SPACE -> Errno.ENOSPC;
      case UNSUPPORTED -> Errno.EOPNOTSUPP;
      case ARCHIVED, CORRUPT, UNKNOWN_OUTCOME -> Errno.EIO;
    };
  }

  static @Nullable Retry retry(Throwable failure) {
    return kind(failure).isRetryable() ? Retry.RETRY : null;
  }

  static ErrorKind kind(Throwable failure) {
    return failure instanceof IOException
        ? ProviderException.kindOfRead(failure)
        : ErrorKind.UNKNOWN_OUTCOME;
  }

  static boolean hasErrno(Throwable failure, Errno errno) {
    return failure instanceof ProviderException p && p.errno().filter(errno::equals).isPresent();
  }
}
