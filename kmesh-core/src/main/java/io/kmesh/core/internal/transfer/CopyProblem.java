// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.engine.TreeCopyReport.Reason;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Why one entry is not copied; the copy goes on with the others. */
final class CopyProblem extends IOException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  CopyProblem(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  static CopyProblem of(Reason reason, IOException cause) {
    return new CopyProblem(reason, String.valueOf(cause.getMessage()), cause);
  }

  Reason reason() {
    return reason;
  }
}
