// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.StripePattern;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreUsage;
import io.kmesh.unit.DataSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Space of the targets: which OSTs a component gets, how many bytes of a file each one holds, and
 * whether more fit. A file's allocated bytes are spread over its components by their share of the
 * size and over the stripes evenly. In memory only: counted anew at each opening. Thread-safe.
 */
final class Space implements LustreUsage {
  /** The stripe size where a layout leaves it to the file system. */
  static final long DEFAULT_STRIPE_SIZE = 1 << 20;

  private static final long BYTES_PER_INODE = 2048;

  private final Shape shape;
  private final long[] mdtUsed;
  private final long[] ostUsed;
  private final long[] inodesUsed;
  private final long[] objects;

  Space(Shape shape) {
    this.shape = shape;
    this.mdtUsed = new long[shape.mdtCapacities().size()];
    this.inodesUsed = new long[mdtUsed.length];
    this.ostUsed = new long[shape.ostCapacities().size()];
    this.objects = new long[ostUsed.length];
  }

  /** Refuses a layout with a pool that does not exist, or more stripes than a pool can have. */
  void check(Layout layout, String verb, Object object) throws ProviderException {
    if (layout.components().size() > LayoutCodec.MAX_COMPONENTS) {
      throw Failures.of(
          Errno.EINVAL, verb, object, "the layout has too many components", "Use fewer.");
    }
    for (LayoutComponent c : layout.components()) {
      String pool = c.poolOrNull();
      if (pool != null && !shape.pools().containsKey(pool)) {
        throw Failures.of(
            Errno.EINVAL,
            verb,
            object,
            "there is no pool \"" + pool + "\"",
            "Use one of " + new TreeMap<>(shape.pools()).keySet() + ".");
      }
      if (c.pattern() == StripePattern.FOREIGN || c.pattern() == StripePattern.OVERSTRIPED) {
        throw Failures.of(
            Errno.EINVAL,
            verb,
            object,
            "the pattern " + c.pattern() + " is not simulated",
            "Use RAID0 or MDT.");
      }
      if (c.pattern() == StripePattern.MDT
          && (c.start() != 0 || c.end() == LayoutComponent.TO_EOF)) {
        throw Failures.of(
            Errno.EINVAL,
            verb,
            object,
            "a component on the MDT is the first one and ends before the file",
            "Begin it at 0 and put another component behind it.");
      }
    }
  }

  /**
   * Chooses the OSTs of the components that hold bytes below an end and have none yet.
   *
   * @param end the file's size then; the first component is always placed
   * @throws ProviderException ENOSPC when every OST that may be used is full
   */
  synchronized Placement place(Placement placement, Fid fid, long end) throws ProviderException {
    Placement placed = placement;
    List<LayoutComponent> components = placement.layout().components();
    for (int i = 0; i < components.size(); i++) {
      LayoutComponent c = components.get(i);
      if ((i == 0 || c.start() < end)
          && c.pattern() == StripePattern.RAID0
          && placed.osts().get(i).isEmpty()) {
        placed = placed.withOsts(i, choose(c, fid, i));
      }
    }
    return placed;
  }

  private List<Integer> choose(LayoutComponent c, Fid fid, int component) throws ProviderException {
    List<Integer> members = members(c.poolOrNull());
    List<Integer> free = members.stream().filter(o -> freeBytes(o) > 0).toList();
    if (free.isEmpty()) {
      throw full(fid, c.poolOrNull());
    }
    int asked = c.stripeCount() == 0 ? 1 : c.stripeCount();
    int count = asked < 0 ? free.size() : Math.min(asked, free.size());
    int first = Math.floorMod(Fids.slot(fid) + component, free.size());
    List<Integer> chosen = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      chosen.add(free.get((first + i) % free.size()));
    }
    return chosen;
  }

  private List<Integer> members(@Nullable String pool) {
    List<Integer> members = pool == null ? null : shape.pools().get(pool);
    if (members != null) {
      return members;
    }
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < ostUsed.length; i++) {
      all.add(i);
    }
    return all;
  }

  private long freeBytes(int ost) {
    return shape.ostCapacities().get(ost) - ostUsed[ost];
  }

  /** The layout as a client reads it: defaults filled in, stripe counts as they are. */
  static Layout effective(Placement placement, boolean released) {
    List<LayoutComponent> components = new ArrayList<>();
    for (int i = 0; i < placement.layout().components().size(); i++) {
      LayoutComponent c = placement.layout().components().get(i);
      int stripes = placement.osts().get(i).size();
      int asked = c.stripeCount() == 0 && c.pattern() == StripePattern.RAID0 ? 1 : c.stripeCount();
      components.add(
          new LayoutComponent(
              c.start(),
              c.end(),
              c.pattern(),
              stripes > 0 ? stripes : asked,
              c.stripeSize() == 0 ? DEFAULT_STRIPE_SIZE : c.stripeSize(),
              c.poolOrNull()));
    }
    return new Layout(components, released);
  }

  /** Counts an inode. */
  synchronized void addInode(int mdt) {
    inodesUsed[mdt]++;
    mdtUsed[mdt] += BYTES_PER_INODE;
  }

  /** Counts an inode no more. */
  synchronized void removeInode(int mdt) {
    inodesUsed[mdt]--;
    mdtUsed[mdt] -= BYTES_PER_INODE;
  }

  /** Refuses a new inode on a full MDT. */
  synchronized void checkInode(int mdt) throws ProviderException {
    if (mdtUsed[mdt] + BYTES_PER_INODE > shape.mdtCapacities().get(mdt)) {
      throw Failures.of(
          Errno.ENOSPC, "create an inode on MDT", mdt, "it is full", "Remove files there.");
    }
  }

  /** What a file takes. */
  record Use(int mdt, Placement placement, long size, long allocated) {}

  /**
   * Counts what a file takes now instead of what it took.
   *
   * @param strict whether a full target refuses with ENOSPC; nothing is counted then
   */
  synchronized void change(Fid fid, @Nullable Use before, @Nullable Use after, boolean strict)
      throws ProviderException {
    long[] osts = new long[ostUsed.length];
    long[] mdts = new long[mdtUsed.length];
    if (before != null) {
      spread(before, -1, osts, mdts);
    }
    if (after != null) {
      spread(after, 1, osts, mdts);
    }
    if (strict) {
      for (int i = 0; i < osts.length; i++) {
        if (osts[i] > 0 && ostUsed[i] + osts[i] > shape.ostCapacities().get(i)) {
          throw full(fid, after == null ? null : after.placement().layout().pool().orElse(null));
        }
      }
      for (int i = 0; i < mdts.length; i++) {
        if (mdts[i] > 0 && mdtUsed[i] + mdts[i] > shape.mdtCapacities().get(i)) {
          throw full(fid, null);
        }
      }
    }
    for (int i = 0; i < osts.length; i++) {
      ostUsed[i] += osts[i];
    }
    for (int i = 0; i < mdts.length; i++) {
      mdtUsed[i] += mdts[i];
    }
    if (before != null) {
      before.placement().osts().forEach(members -> members.forEach(o -> objects[o]--));
    }
    if (after != null) {
      after.placement().osts().forEach(members -> members.forEach(o -> objects[o]++));
    }
  }

  private static void spread(Use use, int sign, long[] osts, long[] mdts) {
    long left = use.allocated();
    if (left == 0) {
      return;
    }
    List<LayoutComponent> components = use.placement().layout().components();
    for (int i = 0; i < components.size() && left > 0; i++) {
      LayoutComponent c = components.get(i);
      boolean isLast = c.end() == LayoutComponent.TO_EOF || c.end() >= use.size();
      long covered = isLast ? left : c.end() - c.start();
      // In whole parts of the size: sparse files take their share evenly.
      long share =
          isLast
              ? left
              : Math.min(
                  left, (long) ((double) use.allocated() * covered / Math.max(1, use.size())));
      left -= share;
      List<Integer> members = use.placement().osts().get(i);
      if (members.isEmpty()) {
        mdts[use.mdt()] += sign * share;
      } else {
        long each = share / members.size();
        for (int m = 0; m < members.size(); m++) {
          long part = m == 0 ? share - each * (members.size() - 1) : each;
          osts[members.get(m)] += sign * part;
        }
      }
    }
  }

  private ProviderException full(Fid fid, @Nullable String pool) {
    String where = pool == null ? "a target of the file" : "the pool \"" + pool + "\"";
    return Failures.of(
        Errno.ENOSPC, "store data of", fid, where + " is full", "Release or remove files there.");
  }

  @Override
  public synchronized List<TargetUsage> targets() {
    List<TargetUsage> all = new ArrayList<>();
    for (int i = 0; i < mdtUsed.length; i++) {
      long capacity = shape.mdtCapacities().get(i);
      all.add(
          new TargetUsage(
              TargetUsage.Kind.MDT,
              i,
              String.format("%s-MDT%04x_UUID", shape.name(), i),
              DataSize.ofBytes(capacity),
              DataSize.ofBytes(clamp(mdtUsed[i], capacity)),
              capacity / BYTES_PER_INODE,
              inodesUsed[i]));
    }
    for (int i = 0; i < ostUsed.length; i++) {
      long capacity = shape.ostCapacities().get(i);
      all.add(
          new TargetUsage(
              TargetUsage.Kind.OST,
              i,
              String.format("%s-OST%04x_UUID", shape.name(), i),
              DataSize.ofBytes(capacity),
              DataSize.ofBytes(clamp(ostUsed[i], capacity)),
              Math.max(objects[i], capacity / (64 << 10)),
              objects[i]));
    }
    return all;
  }

  @Override
  public synchronized List<PoolUsage> pools() {
    List<PoolUsage> all = new ArrayList<>();
    new TreeMap<>(shape.pools())
        .forEach(
            (name, members) -> {
              long capacity = 0;
              long used = 0;
              for (int ost : members) {
                capacity += shape.ostCapacities().get(ost);
                used += ostUsed[ost];
              }
              all.add(
                  new PoolUsage(
                      name,
                      members,
                      DataSize.ofBytes(capacity),
                      DataSize.ofBytes(clamp(used, capacity))));
            });
    return all;
  }

  private static long clamp(long used, long capacity) {
    return Math.max(0, Math.min(used, capacity));
  }

  /** Bytes used on each OST, for tests of the counters. */
  synchronized long[] ostBytes() {
    return Arrays.copyOf(ostUsed, ostUsed.length);
  }
}
