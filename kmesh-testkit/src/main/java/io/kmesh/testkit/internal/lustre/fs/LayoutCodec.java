// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.StripePattern;
import io.kmesh.spi.ProviderException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The stored form of layouts and placements. */
final class LayoutCodec {
  /** The most components that a layout has. */
  static final int MAX_COMPONENTS = 256;

  /** Patterns by their stored number. */
  private static final List<StripePattern> PATTERNS =
      List.of(
          StripePattern.RAID0, StripePattern.MDT, StripePattern.OVERSTRIPED, StripePattern.FOREIGN);

  private LayoutCodec() {}

  static void write(ByteWriter out, Layout layout) {
    out.u16(layout.components().size());
    for (LayoutComponent c : layout.components()) {
      out.i64(c.start()).i64(c.end()).u8(PATTERNS.indexOf(c.pattern())).i32(c.stripeCount());
      out.i64(c.stripeSize());
      out.text(c.poolOrNull() == null ? "" : c.poolOrNull());
    }
  }

  static void write(ByteWriter out, Placement placement) {
    write(out, placement.layout());
    for (List<Integer> members : placement.osts()) {
      out.u16(members.size());
      members.forEach(out::u16);
    }
  }

  static Layout readLayout(ByteReader in) throws ProviderException {
    int count = in.u16();
    if (count < 1 || count > MAX_COMPONENTS) {
      throw in.corrupt("a layout has " + count + " components");
    }
    List<LayoutComponent> components = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        long start = in.i64();
        long end = in.i64();
        int pattern = in.u8();
        int stripeCount = in.i32();
        long stripeSize = in.i64();
        String pool = in.text();
        if (pattern >= PATTERNS.size()) {
          throw in.corrupt("a component has the pattern " + pattern);
        }
        @Nullable String poolOrNull = pool.isEmpty() ? null : pool;
        components.add(
            new LayoutComponent(
                start, end, PATTERNS.get(pattern), stripeCount, stripeSize, poolOrNull));
      }
      return new Layout(components, false);
    } catch (IllegalArgumentException e) {
      throw in.corrupt("a layout is not valid: " + e.getMessage());
    }
  }

  static Placement readPlacement(ByteReader in) throws ProviderException {
    Layout layout = readLayout(in);
    List<List<Integer>> osts = new ArrayList<>();
    for (int i = 0; i < layout.components().size(); i++) {
      int stripes = in.u16();
      List<Integer> members = new ArrayList<>();
      for (int s = 0; s < stripes; s++) {
        members.add(in.u16());
      }
      osts.add(members);
    }
    return new Placement(layout, osts);
  }
}
