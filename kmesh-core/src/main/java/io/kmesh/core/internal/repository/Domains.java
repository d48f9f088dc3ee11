// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import io.kmesh.core.internal.repository.chunk.ChunkProfile;
import io.kmesh.core.internal.repository.head.HeadLog;
import io.kmesh.core.internal.repository.index.RunCache;
import io.kmesh.core.internal.repository.keys.Chunking;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.objects.BoxSealer;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.repository.objects.DomainObjects;
import io.kmesh.core.internal.repository.objects.Sealer;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.EngineTime;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens domains. Stateless. */
public final class Domains {
  private Domains() {}

  /**
   * Opens a domain.
   *
   * @param keys stay the caller's, and open while the domain is used
   * @param cache a folder for this domain's index; null to keep it in memory
   * @param attempts gives 32 hexadecimal digits, never the same twice
   */
  public static Domain open(
      ObjectStore store,
      DomainKeys keys,
      Retrier retrier,
      @Nullable Path cache,
      Supplier<String> attempts) {
    return open(store, keys, retrier, cache, attempts, EngineTime.system());
  }

  /** Opens a domain as {@link #open} does, on a clock of the caller's. */
  public static Domain open(
      ObjectStore store,
      DomainKeys keys,
      Retrier retrier,
      @Nullable Path cache,
      Supplier<String> attempts,
      KmeshTime time) {
    String prefix = "domains/" + keys.id() + "/";
    DomainObjects objects = new DomainObjects(store, prefix, retrier, time, attempts.get());
    Sealer sealer = new BoxSealer(keys.box(), prefix);
    return new Domain(
        keys.name(),
        objects,
        new HeadLog(objects, sealer, attempts),
        new RunCache(objects, sealer, cache),
        keys::packKey,
        () -> namer(keys),
        keys.gear(),
        profile(keys.data()),
        profile(keys.image()));
  }

  private static ChunkNamer namer(DomainKeys keys) {
    byte[] key = keys.chunkNameKey();
    try {
      return new ChunkNamer(key);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private static ChunkProfile profile(Chunking chunking) {
    return new ChunkProfile(chunking.min(), chunking.average(), chunking.max());
  }
}
