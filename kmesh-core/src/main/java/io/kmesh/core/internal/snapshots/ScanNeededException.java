// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

/** Changelogs can't tell what changed; the reason is for people. */
final class ScanNeededException extends Exception {
  private static final long serialVersionUID = 1;

  ScanNeededException(String reason) {
    super(reason);
  }
}
