// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;

/**
 * A copytool did what hangs a service thread of a real MDT: it reported success for a restore, or
 * for the cancel of one, without a volatile file. It is also kept in {@link
 * Coordinator#violations()}.
 */
public final class UnsafeSuccessException extends ProviderException {
  private static final long serialVersionUID = 1L;

  /** A violation with its text. */
  public UnsafeSuccessException(String message) {
    super(Errno.EINVAL, message);
  }
}
