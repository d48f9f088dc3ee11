// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.posix.SortSpace;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
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
 * @param batch how many entries are pushed with one commit of the index, from 1
 * @param partSize the bytes of each part of a large file, and the largest body that is put at once
 * @param budget the buffers of bytes on their way
 * @param attempts new attempts, 32 hexadecimal digits, each another one
 * @param sorting where the keys are sorted that a store without an order lists; another tree's may
 *     not be the same
 */
public record ObjectTreeSettings(
    ObjectStore store,
    String prefix,
    KmeshTime time,
    RetryPolicy retry,
    RandomGenerator random,
    Observer observer,
    int requests,
    int batch,
    DataSize partSize,
    ByteBudget budget,
    Supplier<String> attempts,
    SortSpace sorting) {
  private static final int REQUESTS = 16;
  private static final int BATCH = 1_000;

  /** Checks the prefix. */
  public ObjectTreeSettings {
    if (!prefix.isEmpty() && (!prefix.endsWith("/") || prefix.startsWith("/"))) {
      throw new IllegalArgumentException(
          "Cannot use the prefix \""
              + prefix
              + "\": it is empty, or ends in a slash and begins with none.");
    }
    if (requests < 1 || batch < 1) {
      throw new IllegalArgumentException(
          "At least one request at once, and one entry, not " + requests + " and " + batch + ".");
    }
  }

  /** Settings of which only these are not the usual ones. */
  public ObjectTreeSettings(
      ObjectStore store,
      String prefix,
      KmeshTime time,
      RetryPolicy retry,
      RandomGenerator random,
      Observer observer,
      int requests) {
    this(
        store,
        prefix,
        time,
        retry,
        random,
        observer,
        requests,
        BATCH,
        DataSize.ofMib(8),
        ByteBudget.of(DataSize.ofMib(128)),
        () -> UUID.randomUUID().toString().replace("-", ""),
        SortSpace.temporary());
  }

  /** These settings with another place to sort. */
  public ObjectTreeSettings sortingIn(SortSpace space) {
    return new ObjectTreeSettings(
        store, prefix, time, retry, random, observer, requests, batch, partSize, budget, attempts,
        space);
  }

  /** The usual settings. */
  public static ObjectTreeSettings of(ObjectStore store, String prefix, KmeshTime time) {
    return new ObjectTreeSettings(
        store, prefix, time, RetryPolicy.DEFAULT, new SplittableRandom(), Observer.NONE, REQUESTS);
  }

  /** The largest body that is put at once, in bytes. */
  long largestPut() {
    return Math.min(
        Math.min(partSize.bytes(), store.limits().maxPut().bytes()), budget.largestPiece().bytes());
  }

  /** The bytes of each part of a large body. */
  int partSize(MirrorObjects objects, long bodySize) throws ProviderException {
    long size = objects.partSize("a file", bodySize, largestPut());
    long most = budget.largestPiece().bytes();
    if (size > most) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot store a file of "
              + bodySize
              + " bytes: its parts would have "
              + size
              + " bytes, and a buffer has at most "
              + most
              + ". Raise the byte budget.");
    }
    return (int) size;
  }
}
