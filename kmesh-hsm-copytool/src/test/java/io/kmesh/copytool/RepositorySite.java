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
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Repositories of one key for the sites of tests. */
final class RepositorySite {
  static final String PASSPHRASE = "secret";
  private static final MemoryStore KEY_OBJECTS = MemoryStore.create();
  private static final DomainKeys KEYS = keys();

  private RepositorySite() {}

  private static DomainKeys keys() {
    Holder holder = new Holder("test", new Credential.Passphrase(PASSPHRASE.toCharArray()));
    try (RepositoryKeys keys =
        RepositoryKeys.init(
            KEY_OBJECTS, new KeySettings(retrier(), new Argon2id.Cost(8, 1, 1)), holder)) {
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

  /** Writes the whole repository, with its keys, to a directory store. */
  static void copy(MemoryStore store, Path folder) throws IOException {
    try (DirectoryStore target = DirectoryStore.builder(folder).open()) {
      for (MemoryStore from : List.of(KEY_OBJECTS, store)) {
        for (String key : from.keys()) {
          int size = Math.toIntExact(from.blocking().head(key).size());
          ByteBuffer body = from.blocking().read(key, 0, size, Condition.none()).data();
          target.blocking().put(key, body, PutOptions.NONE);
        }
      }
    }
  }
}
