// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** The failures of the simulated file system, in one voice. */
final class Failures {
  private Failures() {}

  /** A failure with an errno: Cannot VERB OBJECT: REASON. ADVICE. */
  static ProviderException of(
      Errno errno, String verb, Object object, String reason, String advice) {
    return new ProviderException(
        errno,
        "Cannot " + verb + " " + object + ": " + errno.name() + ", " + reason + ". " + advice);
  }

  /** A FID without an inode. */
  static ProviderException gone(Fid fid) {
    return of(Errno.ENOENT, "find", fid, "no inode has this FID", "Look its path up again.");
  }

  /** Stored bytes that cannot be what was stored. */
  static ProviderException corrupt(String what, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read " + what + ": " + reason + ". Restore the directory from a copy.");
  }
}
