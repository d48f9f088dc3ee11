// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.path.PathBytes;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where something may have changed on a tree. Each place is held once however often it is hinted
 * at, and nothing is ordered: what is there is looked at as it is then. Not thread-safe.
 */
public final class Hints {
  private final Map<LocalKey, Boolean> objects = new LinkedHashMap<>();
  private final Map<LocalKey, Map<PathBytes, LocalKey>> names = new LinkedHashMap<>();
  private final Set<LocalKey> directories = new LinkedHashSet<>();
  private final Set<LocalKey> trees = new LinkedHashSet<>();
  private int nameCount;

  /** Stands for an object of unknown key. */
  private static final LocalKey UNKNOWN = new LocalKey(0, 0);

  /** An object's attributes or time may have changed, its bytes have not. */
  public Hints object(LocalKey key) {
    objects.putIfAbsent(key, false);
    return this;
  }

  /** Anything of an object may have changed. */
  public Hints bytes(LocalKey key) {
    objects.put(key, true);
    return this;
  }

  /**
   * A name was given or taken.
   *
   * @param object what the name was given to, as far as is known
   */
  public Hints name(LocalKey directory, PathBytes name, @Nullable LocalKey object) {
    Map<PathBytes, LocalKey> in = names.computeIfAbsent(directory, d -> new HashMap<>(4));
    if (in.put(name, object == null ? UNKNOWN : object) == null) {
      nameCount++;
    }
    return this;
  }

  /** Any name in a directory may have been given or taken. */
  public Hints directory(LocalKey key) {
    directories.add(key);
    return this;
  }

  /** Anything may have changed in and below a directory. */
  public Hints tree(LocalKey key) {
    trees.add(key);
    return this;
  }

  /** How many places are held. */
  public int size() {
    return objects.size() + nameCount + directories.size() + trees.size();
  }

  /** Whether there is nothing to look at. */
  public boolean isEmpty() {
    return size() == 0;
  }

  Set<LocalKey> objects() {
    return Collections.unmodifiableSet(objects.keySet());
  }

  Evidence evidence(LocalKey key) {
    Boolean hasBytes = objects.get(key);
    if (hasBytes == null) {
      return Evidence.NONE;
    }
    return hasBytes ? Evidence.BYTES : Evidence.NO_BYTES;
  }

  Map<LocalKey, Map<PathBytes, LocalKey>> names() {
    return Collections.unmodifiableMap(names);
  }

  static @Nullable LocalKey known(LocalKey object) {
    return object.equals(UNKNOWN) ? null : object;
  }

  Set<LocalKey> directories() {
    return Collections.unmodifiableSet(directories);
  }

  Set<LocalKey> trees() {
    return Collections.unmodifiableSet(trees);
  }
}
