// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import java.io.IOException;

/** A changelog does not show all that happened: the tree has to be scanned. */
final class LogBrokenException extends IOException {
  private static final long serialVersionUID = 1;

  LogBrokenException(String reason) {
    super(reason);
  }
}
