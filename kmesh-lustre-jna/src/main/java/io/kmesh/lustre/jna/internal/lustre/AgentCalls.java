// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

/**
 * The function of liblustreapi that names this client; see {@link LustreLibrary}. It returns a
 * negative errno.
 */
final class AgentCalls {
  private AgentCalls() {}

  static native int llapi_get_agent_uuid(long path, long buffer, long size);
}
