// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A bucket; all access is under the server's lock. */
final class GcsBucket {
  private final String name;
  private final boolean versioned;
  private final boolean requesterPays;
  private final NavigableMap<String, List<GcsObject>> objects = new TreeMap<>(GcsNames.UTF8_ORDER);

  GcsBucket(String name, boolean versioned, boolean requesterPays) {
    this.name = name;
    this.versioned = versioned;
    this.requesterPays = requesterPays;
  }

  String name() {
    return name;
  }

  boolean isVersioned() {
    return versioned;
  }

  boolean isRequesterPays() {
    return requesterPays;
  }

  /** All names with their generations, the oldest first. */
  NavigableMap<String, List<GcsObject>> objects() {
    return objects;
  }

  @Nullable GcsObject live(String object) {
    List<GcsObject> all = objects.get(object);
    if (all == null) {
      return null;
    }
    GcsObject last = all.get(all.size() - 1);
    return last.isLive() ? last : null;
  }

  /** The live object, or a generation of it; null when there is none. */
  @Nullable GcsObject find(String object, @Nullable Long generation) {
    if (generation == null) {
      return live(object);
    }
    for (GcsObject one : objects.getOrDefault(object, List.of())) {
      if (one.generation() == generation) {
        return one;
      }
    }
    return null;
  }

  void put(GcsObject object, Instant now) {
    GcsObject old = live(object.name());
    if (old != null) {
      delete(old, now);
    }
    objects.computeIfAbsent(object.name(), n -> new ArrayList<>()).add(object);
  }

  /** Deletes what is live: a versioned bucket keeps it as noncurrent. */
  void delete(GcsObject object, Instant now) {
    if (versioned) {
      object.delete(now);
    } else {
      purge(object);
    }
  }

  /** Deletes a generation for good. */
  void purge(GcsObject object) {
    List<GcsObject> all = objects.get(object.name());
    if (all != null) {
      all.remove(object);
      if (all.isEmpty()) {
        objects.remove(object.name());
      }
    }
  }
}
