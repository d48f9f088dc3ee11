// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import java.io.IOException;

/** A file changed while it was read; it is read again. */
public final class ChangedWhileReadException extends IOException {
  private static final long serialVersionUID = 1;

  ChangedWhileReadException() {
    super("it changed while it was read");
  }
}
