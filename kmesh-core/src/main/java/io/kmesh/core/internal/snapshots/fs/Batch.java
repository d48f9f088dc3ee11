// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.path.PathBytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes that are made at once. For one thread, under the volume's lock. */
final class Batch {
  private final Overlay overlay;
  private final Map<Long, InodeState> states = new LinkedHashMap<>();
  private final Map<Object, Long> made = new HashMap<>();
  private final List<Change> names = new ArrayList<>();
  private final Set<Long> gone = new LinkedHashSet<>();

  Batch(Overlay overlay) {
    this.overlay = overlay;
  }

  /** An entry as it is after the changes so far. */
  InodeState state(long id) {
    InodeState drafted = states.get(id);
    return drafted != null ? drafted : overlay.get(id).state();
  }

  /** What was made of an entry of the snapshot, which the overlay did not have. */
  @Nullable InodeState made(Object key) {
    Long id = made.get(key);
    return id == null ? null : state(id);
  }

  InodeState make(Object key, InodeState state) {
    made.put(key, state.id());
    return put(state);
  }

  InodeState put(InodeState state) {
    states.put(state.id(), state);
    return state;
  }

  void name(long directory, PathBytes name, long target) {
    names.add(new Change.Name(directory, name, target));
  }

  void noName(long directory, PathBytes name) {
    names.add(new Change.NoName(directory, name));
  }

  void gone(long id) {
    gone.add(id);
  }

  void commit() throws java.io.IOException {
    List<Change> all = new ArrayList<>();
    states.forEach(
        (id, state) -> {
          if (!gone.contains(id) || overlay.find(id) == null) {
            all.add(new Change.Put(state));
          }
        });
    all.addAll(names);
    gone.forEach(id -> all.add(new Change.Gone(id)));
    overlay.commit(all);
  }
}
