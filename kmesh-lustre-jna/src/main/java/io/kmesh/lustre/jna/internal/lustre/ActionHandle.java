// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.kmesh.lustre.jna.internal.Calls;

/**
 * The library's handle of an action that has begun. {@code llapi_hsm_action_end} frees it and tells
 * the coordinator; there is no function that only frees it. What is abandoned without an end is
 * therefore taken apart here: its two descriptors are closed and its memory freed, when it looks as
 * it does in all releases from 2.12 to 2.17. Source: {@code struct hsm_copyaction_private}.
 */
final class ActionHandle {
  private static final int MAGIC_AT = 0;
  private static final int SOURCE_FD_AT = 4;
  private static final int DATA_FD_AT = 8;
  private static final int MAGIC = 0x19880429;
  private static final int FIRST_FD = 3;

  private ActionHandle() {}

  /** Frees a handle; the coordinator hears nothing of it. */
  static void abandon(long handle) {
    Pointer memory = new Pointer(handle);
    if (memory.getInt(MAGIC_AT) != MAGIC) {
      return; // of an unknown release: it stays until the process ends
    }
    int source = memory.getInt(SOURCE_FD_AT);
    int data = memory.getInt(DATA_FD_AT);
    memory.setInt(MAGIC_AT, 0);
    closeFd(source);
    if (data != source) {
      closeFd(data);
    }
    Native.free(handle);
  }

  private static void closeFd(int fd) {
    if (fd >= FIRST_FD) {
      Calls.close(fd);
    }
  }
}
