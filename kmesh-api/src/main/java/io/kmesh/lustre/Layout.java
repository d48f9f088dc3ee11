// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file's layout as a value: one component (plain) or several that cover the file from 0 to its
 * end without gap or overlap (composite, PFL).
 *
 * @param components the components in order of their ranges, at least one
 * @param isReleased whether the layout says that the data are in the archive only
 */
public record Layout(List<LayoutComponent> components, boolean isReleased) {
  /** Checks that the components cover the file. */
  public Layout {
    components = List.copyOf(components);
    if (components.isEmpty()) {
      throw new IllegalArgumentException("A layout has at least one component.");
    }
    long expected = 0;
    for (LayoutComponent c : components) {
      if (expected == LayoutComponent.TO_EOF || c.start() != expected) {
        throw new IllegalArgumentException(
            "A layout covers the file without gap or overlap; component at "
                + c.start()
                + " does not follow "
                + expected
                + ".");
      }
      expected = c.end();
    }
    if (expected != LayoutComponent.TO_EOF) {
      throw new IllegalArgumentException("A layout's last component goes to the end of the file.");
    }
  }

  /** A plain layout with the file system's default stripe size. */
  public static Layout plain(int stripeCount) {
    return plain(stripeCount, 0, null);
  }

  /** A plain layout of so many stripes in a pool. */
  public static Layout plain(int stripeCount, long stripeSize, @Nullable String pool) {
    return new Layout(
        List.of(
            new LayoutComponent(
                0, LayoutComponent.TO_EOF, StripePattern.RAID0, stripeCount, stripeSize, pool)),
        false);
  }

  /** Whether there is more than one component. */
  public boolean isComposite() {
    return components.size() > 1;
  }

  /** The pool of the last component: where most of a large file lies. */
  public Optional<String> pool() {
    return components.get(components.size() - 1).pool();
  }

  /** This layout with all OST components in a pool. */
  public Layout inPool(@Nullable String pool) {
    List<LayoutComponent> moved = new ArrayList<>();
    for (LayoutComponent c : components) {
      moved.add(
          c.pattern() == StripePattern.MDT
              ? c
              : new LayoutComponent(
                  c.start(), c.end(), c.pattern(), c.stripeCount(), c.stripeSize(), pool));
    }
    return new Layout(moved, isReleased);
  }
}
