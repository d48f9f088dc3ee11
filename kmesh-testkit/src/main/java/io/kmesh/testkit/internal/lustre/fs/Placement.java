// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Layout;
import java.util.ArrayList;
import java.util.List;

/**
 * A file's layout and the OSTs that its components lie on.
 *
 * @param layout the layout as asked, never marked as released
 * @param osts for each component the OST indices of its stripes; an empty list where the component
 *     has no objects yet
 */
record Placement(Layout layout, List<List<Integer>> osts) {
  Placement {
    osts = osts.stream().map(List::copyOf).toList();
    if (osts.size() != layout.components().size()) {
      throw new IllegalArgumentException(
          "A placement has one list of OSTs a component, not " + osts.size() + ".");
    }
  }

  /** A layout without any object. */
  static Placement unplaced(Layout layout) {
    List<List<Integer>> none = new ArrayList<>();
    layout.components().forEach(c -> none.add(List.of()));
    return new Placement(new Layout(layout.components(), false), none);
  }

  /** This placement with the objects of one component. */
  Placement withOsts(int component, List<Integer> members) {
    List<List<Integer>> changed = new ArrayList<>(osts);
    changed.set(component, members);
    return new Placement(layout, changed);
  }
}
