// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.ChangelogRecord.HsmEvent;

/** The flags of a changelog record of type HSM: errno, event, dirty bit. */
final class HsmFlags {
  private static final int DIRTY = 0x400;

  private HsmFlags() {}

  static int of(HsmEvent event, int error, boolean isDirty) {
    return (error & 0x7f) | code(event) << 7 | (isDirty ? DIRTY : 0);
  }

  /** Source: {@code enum hsm_event}. */
  private static int code(HsmEvent event) {
    return switch (event) {
      case ARCHIVE -> 0;
      case RESTORE -> 1;
      case CANCEL -> 2;
      case RELEASE -> 3;
      case REMOVE -> 4;
      case STATE -> 5;
    };
  }
}
