// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.QuotaKind;
import io.kmesh.lustre.QuotaUsage;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.TargetSpace;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreUsage;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** MDTs, OSTs and pools with their space, by liblustreapi. Thread-safe. */
final class Targets implements LustreUsage {
  private static final int UUID_AT = 1024;
  private static final int MOST_TARGETS = 65536;
  private static final Pattern OST = Pattern.compile(".*-OST([0-9a-fA-F]{4})(_UUID)?");

  private final LustreMount mount;
  private final Pools pools;
  private final Quotas quotas;

  Targets(LustreMount mount) {
    this.mount = mount;
    this.pools = new Pools(mount);
    this.quotas = new Quotas(mount);
  }

  /** The indices of the MDTs, those that do not answer included. */
  List<Integer> mdts() throws IOException {
    List<Integer> found = new ArrayList<>();
    each(AbiConstants.LL_STATFS_LMV, (index, r, buffer) -> found.add(index));
    return found;
  }

  @Override
  public List<TargetUsage> targets() throws IOException {
    List<TargetUsage> found = new ArrayList<>();
    each(
        AbiConstants.LL_STATFS_LMV,
        (index, r, buffer) -> found.add(usage(TargetUsage.Kind.MDT, index, buffer)));
    each(
        AbiConstants.LL_STATFS_LOV,
        (index, r, buffer) -> found.add(usage(TargetUsage.Kind.OST, index, buffer)));
    return found;
  }

  /** What is done with an answer about a target. */
  private interface Answer {
    void of(int index, int result, NativeBuffer buffer) throws IOException;
  }

  private void each(long type, Answer answer) throws IOException {
    String action = "ask the targets of";
    mount.library().require(UsageCalls.class, action, mount);
    // A target that is away is told as such at once; nobody waits for it here.
    int how = (int) (type | AbiConstants.LL_STATFS_NODELAY);
    try (NativeBuffer buffer = NativeBuffer.take()) {
      for (int i = 0; i < MOST_TARGETS; i++) {
        int index = i;
        clear(buffer.bytes());
        int r =
            Handles.call(
                mount.root(),
                action,
                fd ->
                    UsageCalls.llapi_obd_fstatfs(
                        fd, how, index, buffer.address(), buffer.address() + UUID_AT));
        if (r == -Linux.ENODEV) {
          return;
        }
        if (r == -Linux.EAGAIN) {
          continue; // an index that nobody has
        }
        if (r < 0 && r != -Linux.ENODATA) {
          throw LustreFailures.of(action, mount, r);
        }
        answer.of(index, r, buffer);
      }
    }
  }

  private static void clear(ByteBuffer memory) {
    for (int i = 0; i < UUID_AT + Abi.ObdUuid.SIZE; i += 8) {
      memory.putLong(i, 0);
    }
  }

  private TargetUsage usage(TargetUsage.Kind kind, int index, NativeBuffer buffer)
      throws IOException {
    String uuid = CText.read(buffer, UUID_AT, Abi.ObdUuid.SIZE).toString();
    String name =
        uuid.isEmpty() ? String.format("%s-%s%04x_UUID", mount.fileSystem(), kind, index) : uuid;
    return TargetSpace.decode(buffer.bytes()).usage(kind, index, name);
  }

  @Override
  public List<PoolUsage> pools() throws IOException {
    List<String> names = pools.names();
    if (names.isEmpty()) {
      return List.of();
    }
    Map<Integer, TargetUsage> osts = new LinkedHashMap<>();
    each(
        AbiConstants.LL_STATFS_LOV,
        (index, r, buffer) -> osts.put(index, usage(TargetUsage.Kind.OST, index, buffer)));
    List<PoolUsage> found = new ArrayList<>();
    for (String name : names) {
      List<Integer> members = new ArrayList<>();
      long capacity = 0;
      long used = 0;
      for (PathBytes uuid : pools.members(name)) {
        Matcher ost = OST.matcher(uuid.toString());
        if (!ost.matches()) {
          continue;
        }
        int index = Integer.parseInt(ost.group(1), 16);
        members.add(index);
        TargetUsage usage = osts.get(index);
        capacity += usage == null ? 0 : usage.capacity().bytes();
        used += usage == null ? 0 : usage.used().bytes();
      }
      found.add(new PoolUsage(name, members, DataSize.ofBytes(capacity), DataSize.ofBytes(used)));
    }
    return found;
  }

  @Override
  public QuotaUsage quota(QuotaKind kind, long id) throws IOException {
    return quotas.of(kind, id);
  }

  /** The names of all pools; none where there are none, or they can't be found. */
  List<String> poolNames() throws IOException {
    return pools.names();
  }
}
