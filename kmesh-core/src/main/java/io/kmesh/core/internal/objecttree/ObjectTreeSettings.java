// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * What an object tree works with. Immutable.
 *
 * @param store the store; not closed with the tree
 * @param prefix the prefix of all keys: empty, or ends in a slash and begins with none
 * @param time the clock
 * @param retry how failed requests are repeated
 * @param random the source of jitter
 * @param observer hears of retries
 * @param requests the most requests at once, from 1
 */
public record ObjectTreeSettings(
    ObjectStore store,
    String prefix,
    KmeshTime time,
    RetryPolicy retry,
    RandomGenerator random,
    Observer observer,
    int requests) {
  private static final int REQUESTS = 16;

  /** Checks the prefix. */
  public ObjectTreeSettings {
    if (!prefix.isEmpty() && (!prefix.endsWith("/") || prefix.startsWith("/"))) {
      throw new IllegalArgumentException(
          "Cannot use the prefix \""
              + prefix
              + "\": it is empty, or ends in a slash and begins with none.");
    }
    if (requests < 1) {
      throw new IllegalArgumentException("At least one request at once, not " + requests + ".");
    }
  }

  /** The usual settings. */
  public static ObjectTreeSettings of(ObjectStore store, String prefix, KmeshTime time) {
    return new ObjectTreeSettings(
        store, prefix, time, RetryPolicy.DEFAULT, new SplittableRandom(), Observer.NONE, REQUESTS);
  }
}
