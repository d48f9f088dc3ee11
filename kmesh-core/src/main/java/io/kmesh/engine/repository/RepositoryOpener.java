// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.Domains;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.head.HeadMemory;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.KeySettings;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.EngineTime;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Makes and opens the repository in a store. Not thread-safe. */
public final class RepositoryOpener {
  private final ObjectStore store;
  private KmeshTime time = EngineTime.system();
  private RetryPolicy retry = RetryPolicy.DEFAULT;
  private Observer observer = Observer.NONE;
  private Argon2id.Cost cost = Argon2id.Cost.DEFAULT;
  private String host = "unknown";
  private int workers = 2;
  private @Nullable Path cache;

  private RepositoryOpener(ObjectStore store) {
    this.store = store;
  }

  /** For a store, which stays the caller's. */
  public static RepositoryOpener in(ObjectStore store) {
    return new RepositoryOpener(store);
  }

  /** The clock; default the machine's. */
  public RepositoryOpener time(KmeshTime clock) {
    this.time = clock;
    return this;
  }

  /** How retryable failures of the store are tried again. */
  public RepositoryOpener retry(RetryPolicy policy) {
    this.retry = policy;
    return this;
  }

  /** Who hears of retries. */
  public RepositoryOpener observer(Observer listener) {
    this.observer = listener;
    return this;
  }

  /** Where this runs, as snapshots say it. */
  public RepositoryOpener host(String name) {
    this.host = name;
    return this;
  }

  /** The threads that read or write files; default 2. */
  public RepositoryOpener workers(int count) {
    this.workers = count;
    return this;
  }

  /**
   * The folder below which indexes are kept, {@code REPOSITORY/DOMAIN}, so that they are not read
   * again; without one they are held in memory.
   */
  public RepositoryOpener cache(Path folder) {
    this.cache = folder;
    return this;
  }

  /** What trying a passphrase costs whoever guesses; default 64 MiB and 3 passes. */
  public RepositoryOpener passphraseCost(DataSize memory, int passes) {
    this.cost = new Argon2id.Cost(Math.toIntExact(memory.bytes() >> 10), passes, 1);
    return this;
  }

  /**
   * Makes a repository and opens it.
   *
   * @param holder the name of the credential, for people
   * @throws io.kmesh.spi.ProviderException EXISTS when there is one
   */
  public OpenRepository init(String holder, RepositoryCredential credential) throws IOException {
    return open(
        RepositoryKeys.init(store, settings(), new Holder(holder, credential.credential())));
  }

  /**
   * Opens the repository.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND when there is none, DENIED when the credential
   *     does not open it
   */
  public OpenRepository open(RepositoryCredential credential) throws IOException {
    return open(RepositoryKeys.open(store, settings(), credential.credential()));
  }

  private KeySettings settings() {
    return new KeySettings(retrier(), cost);
  }

  private Retrier retrier() {
    return new Retrier(time, retry, new Random(), observer);
  }

  private OpenRepository open(RepositoryKeys keys) throws IOException {
    try {
      DomainKeys domainKeys = keys.domain(RepositoryKeys.MAIN);
      Path folder =
          cache == null ? null : cache.resolve(keys.repository()).resolve(domainKeys.id());
      Domain domain = Domains.open(store, domainKeys, retrier(), folder, RandomIds::attempt);
      return new OpenRepository(
          keys, domainKeys, domain, new HeadMemory(folder), time, host, workers);
    } catch (IOException | RuntimeException e) {
      keys.close();
      throw e;
    }
  }
}
