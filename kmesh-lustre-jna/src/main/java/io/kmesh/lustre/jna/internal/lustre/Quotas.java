// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.QuotaKind;
import io.kmesh.lustre.QuotaUsage;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.QuotaCall;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Quota by liblustreapi. Source: {@code struct if_quotactl}. Thread-safe. */
final class Quotas {
  private static final int MOUNT_AT = 4096;
  private static final int ESRCH = 3;

  private final LustreMount mount;

  Quotas(LustreMount mount) {
    this.mount = mount;
  }

  QuotaUsage of(QuotaKind kind, long id) throws IOException {
    String action = "read the quota of " + kind + " " + Long.toUnsignedString(id) + " on";
    mount.library().require(QuotaCalls.class, action, mount);
    byte[] request = QuotaCall.request(AbiConstants.LUSTRE_Q_GETQUOTA, kind, id, "");
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().put(0, request);
      int r =
          QuotaCalls.llapi_quotactl(
              CText.write(buffer, MOUNT_AT, mount.directory()), buffer.address());
      if (r == -ESRCH || r == -Linux.ENOENT) {
        throw LustreFailures.of(
            action,
            mount,
            r,
            "Lustre counts no such quota here",
            "Switch it on at the MGS: lctl conf_param FSNAME.quota.mdt=ugp, .ost=ugp");
      }
      LustreMount.check(r, action, mount);
      QuotaCall.Usage usage = QuotaCall.usage(buffer.bytes());
      return new QuotaUsage(
          kind,
          id,
          DataSize.ofBytes(usage.bytes()),
          DataSize.ofBytes(usage.softBytes()),
          DataSize.ofBytes(usage.hardBytes()),
          time(usage.byteGrace()),
          usage.inodes(),
          usage.softInodes(),
          usage.hardInodes(),
          time(usage.inodeGrace()));
    }
  }

  private static @Nullable Instant time(long seconds) {
    return seconds == 0 ? null : Instant.ofEpochSecond(Math.min(seconds, 1L << 40));
  }
}
