// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.Domains;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.collect.Checker;
import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.keys.Credential;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.KeySettings;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.RepositoryBackend;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Repositories of one key for the sites of tests. */
final class RepositorySite {
  private static final DomainKeys KEYS = keys();

  private RepositorySite() {}

  private static DomainKeys keys() {
    Holder holder = new Holder("test", new Credential.Passphrase("secret".toCharArray()));
    try (RepositoryKeys keys =
        RepositoryKeys.init(
            MemoryStore.create(), new KeySettings(retrier(), new Argon2id.Cost(8, 1, 1)), holder)) {
      return keys.domain("main");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Retrier retrier() {
    return new Retrier(
        ManualTime.create(),
        new RetryPolicy(3, Duration.ZERO, Duration.ZERO),
        new Random(1),
        Observer.NONE);
  }

  static Domain domain(Site site, ObjectStore store) {
    return Domains.open(store, KEYS, retrier(), null, RandomIds::attempt, site.time);
  }

  /** The repository in a store as archive 1 of a site. */
  static RepositoryArchive archive(Site site, ObjectStore store) throws IOException {
    return RepositoryBackend.open(domain(site, store), site.lustre, Site.ONE, site.time, "here", 1);
  }

  /** Collects what nothing keeps, writing again what is partly used; no session lives. */
  static void prune(Site site, ObjectStore store) throws IOException {
    prune(site, store, session -> true);
  }

  /** The same, ending some sessions. */
  static void prune(Site site, ObjectStore store, Predicate<Head.Session> ends) throws IOException {
    new Collector(
            domain(site, store),
            SnapshotStore.READERS,
            new Collector.Settings(1.0, ends, 0, "here"),
            Retrier.Check.NONE)
        .run();
  }

  /** Checks all data. */
  static void requireWhole(Site site, ObjectStore store) throws IOException {
    assertThat(
            new Checker(domain(site, store), SnapshotStore.READERS, 1, 0, Retrier.Check.NONE)
                .run()
                .damages())
        .isEmpty();
  }

  /** The number of packs of contents that the newest head names. */
  static long dataPacks(Site site, ObjectStore store) throws IOException {
    return dataPackKeys(site, store).size();
  }

  /** The keys of these packs, below that of the domain. */
  static Set<String> dataPackKeys(Site site, ObjectStore store) throws IOException {
    Domain domain = domain(site, store);
    Head head = domain.heads().newest();
    return Session.index(domain, head).runs().stream()
        .flatMap(run -> run.packs().stream())
        .filter(pack -> pack.type() == PackFrames.DATA)
        .map(pack -> pack.id().key())
        .collect(Collectors.toSet());
  }
}
