// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/** The function of liblustreapi that sets what it prints; see {@link LustreLibrary}. */
final class MessageCalls {
  private MessageCalls() {}

  static native void llapi_msg_set_level(int level);
}
