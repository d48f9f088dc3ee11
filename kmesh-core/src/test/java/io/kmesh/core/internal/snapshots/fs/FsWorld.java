// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.nio.KmeshFileSystem;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.Domains;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.keys.Credential;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.KeySettings;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;

/** A repository in memory, with snapshots of folders. */
final class FsWorld implements AutoCloseable {
  final MemoryStore store = MemoryStore.create();
  final ManualTime time = ManualTime.create();
  final ChunkCache cache;
  private final RepositoryKeys keys;
  private final DomainKeys domainKeys;
  private final Retrier retrier;
  final Domain domain;

  FsWorld() throws IOException {
    this(64 << 20);
  }

  FsWorld(long cacheBytes) throws IOException {
    retrier =
        new Retrier(
            time, new RetryPolicy(3, Duration.ZERO, Duration.ZERO), new Random(1), Observer.NONE);
    keys =
        RepositoryKeys.init(
            store,
            new KeySettings(retrier, new Argon2id.Cost(8, 1, 1)),
            new Holder("anna", new Credential.Passphrase("secret".toCharArray())));
    domainKeys = keys.domain("main");
    domain = Domains.open(store, domainKeys, retrier, null, RandomIds::attempt);
    cache = new ChunkCache(cacheBytes);
  }

  /** The same domain by way of another store. */
  Domain domain(ObjectStore failing) throws IOException {
    return Domains.open(failing, domainKeys, retrier, null, RandomIds::attempt);
  }

  SnapshotStore snapshots() {
    return snapshots(domain);
  }

  SnapshotStore snapshots(Domain of) {
    return new SnapshotStore(of, time, "here", 2);
  }

  /** Takes a folder and gives the snapshot's id. */
  String take(Path folder) throws IOException {
    try (PosixTree tree = JnaPosix.open(folder)) {
      return snapshots()
          .take(
              new SnapshotStore.Request(
                  tree, PathBytes.EMPTY, "s", folder.toString(), Map.of(), ContentGate.OPEN, true),
              new ScanTally(),
              Retrier.Check.NONE)
          .manifest()
          .id();
    }
  }

  KmeshFileSystem open(String id) throws IOException {
    return SnapshotFiles.of(snapshots().open(id), "lab/main", cache);
  }

  VirtualCopies copies() {
    return copies(domain);
  }

  private VirtualCopies copies(Domain of) {
    return new VirtualCopies(
        of, snapshots(of), time, new VirtualCopies.Settings("here", "lab", cache));
  }

  /** The same by way of a store that fails. */
  VirtualCopies copies(ObjectStore failing) throws IOException {
    return copies(domain(failing));
  }

  long reads() {
    return store.requests("read");
  }

  @Override
  public void close() {
    cache.close();
    domainKeys.close();
    keys.close();
    store.close();
  }
}
