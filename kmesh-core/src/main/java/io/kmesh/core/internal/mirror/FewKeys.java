// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ObjectInfo;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Keys at which nothing was when a prefix was listed, as far as that is known: for these the store
 * need not be asked before something is stored on the condition that nothing is there. Thread-safe.
 */
final class FewKeys {
  private final Predicate<String> absent;
  private final Set<String> appeared = new HashSet<>(); // guarded by this

  /** Those that somebody else knows to be absent. */
  FewKeys(Predicate<String> absent) {
    this.absent = absent;
  }

  /**
   * All but those of a first page, when there is no other, as at a first export; else none. Memory
   * is that of a page.
   */
  static FewKeys of(MirrorObjects objects, ListPage first) {
    if (first.nextAfter().isPresent()) {
      return new FewKeys(key -> false);
    }
    Set<String> keys = new HashSet<>();
    for (ObjectInfo listed : first.objects()) {
      objects.relative(listed.key()).ifPresent(keys::add);
    }
    return new FewKeys(key -> !keys.contains(key));
  }

  /** Whether nothing was at a key when it was listed. */
  synchronized boolean isAbsent(String key) {
    return !appeared.contains(key) && absent.test(key);
  }

  /** Something is at a key by now; false when that was known. */
  synchronized boolean appeared(String key) {
    return absent.test(key) && appeared.add(key);
  }
}
