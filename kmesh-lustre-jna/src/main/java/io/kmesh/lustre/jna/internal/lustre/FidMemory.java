// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.internal.wire.Abi;
import java.nio.ByteBuffer;

/** FIDs in memory of this machine's byte order. Source: {@code struct lu_fid}. */
final class FidMemory {
  private FidMemory() {}

  static Fid read(ByteBuffer memory, int at) {
    return new Fid(
        memory.getLong(at + Abi.LuFid.F_SEQ),
        memory.getInt(at + Abi.LuFid.F_OID),
        memory.getInt(at + Abi.LuFid.F_VER));
  }

  static void write(ByteBuffer memory, int at, Fid fid) {
    memory.putLong(at + Abi.LuFid.F_SEQ, fid.sequence());
    memory.putInt(at + Abi.LuFid.F_OID, fid.oid());
    memory.putInt(at + Abi.LuFid.F_VER, fid.version());
  }
}
