// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.Domains;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.collect.CheckReport;
import io.kmesh.core.internal.repository.collect.Checker;
import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.collect.CollectorReport;
import io.kmesh.core.internal.repository.collect.Repairer;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.keys.Credential;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.KeySettings;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.snapshots.archive.CatalogContents;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** What the proofs of snapshots share: a domain in any store, its parts, and trees to compare. */
public final class SnapshotWorld {
  /** Packs so small that a few files make several. */
  public static final int TINY = 16 << 10;

  private static final String HERE = "here";
  private static final DomainKeys KEYS = keys();
  private static final DomainKeys OTHER_KEYS = keys();
  private static final AtomicLong NUMBER = new AtomicLong();

  /** An hour ahead of all files, so that none may still change within its time stamp. */
  private final ManualTime time = ManualTime.startingAt(Instant.now().plus(Duration.ofHours(1)));

  private final Domain domain;
  private final int packTarget;
  private final String host;

  private SnapshotWorld(Domain domain, int packTarget, String host) {
    this.domain = domain;
    this.packTarget = packTarget;
    this.host = host;
  }

  private static DomainKeys keys() {
    try (RepositoryKeys keys =
        RepositoryKeys.init(
            MemoryStore.create(),
            new KeySettings(retrier(1), new Argon2id.Cost(8, 1, 1)),
            new Holder("anna", new Credential.Passphrase("secret".toCharArray())))) {
      return keys.domain("main");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Tries again at once, so many times in all. */
  public static Retrier retrier(int tries) {
    return new Retrier(
        ManualTime.create(),
        new RetryPolicy(tries, Duration.ZERO, Duration.ZERO),
        new Random(1),
        Observer.NONE);
  }

  /** A domain with other keys in a store. */
  public static SnapshotWorld other(ObjectStore store) {
    return new SnapshotWorld(
        Domains.open(store, OTHER_KEYS, retrier(3), null, RandomIds::attempt), TINY, HERE);
  }

  /** The domain in a store, with tiny packs. */
  public static SnapshotWorld in(ObjectStore store) {
    return new SnapshotWorld(open(store, null), TINY, HERE);
  }

  /** The domain in a store, with packs of another size and a folder for its index. */
  public static SnapshotWorld in(ObjectStore store, int packTarget, Path cache) {
    return new SnapshotWorld(open(store, cache), packTarget, HERE);
  }

  private static Domain open(ObjectStore store, Path cache) {
    return Domains.open(store, KEYS, retrier(3), cache, RandomIds::attempt);
  }

  /** The same as another host. */
  public SnapshotWorld as(String other) {
    return new SnapshotWorld(domain, packTarget, other);
  }

  /** The domain. */
  public Domain domain() {
    return domain;
  }

  /** Its snapshots. */
  public SnapshotStore snapshots() {
    return snapshots(1);
  }

  /** Its snapshots, by some threads. */
  public SnapshotStore snapshots(int workers) {
    return new SnapshotStore(domain, time, host, workers, packTarget);
  }

  /** The contents of its archives. */
  public ArchivedContents contents() {
    return new CatalogContents(domain, time, host);
  }

  /** Takes a tree. */
  public SnapshotStore.Taken take(PosixTree tree) throws IOException {
    return take(tree, "t" + NUMBER.incrementAndGet(), "src", 1);
  }

  /** Takes a tree under a name, of a source. */
  public SnapshotStore.Taken take(PosixTree tree, String name, String source, int workers)
      throws IOException {
    time.jump(Duration.ofSeconds(1));
    return snapshots(workers)
        .take(
            new SnapshotStore.Request(
                tree, PathBytes.EMPTY, name, source, Map.of("k", "v"), ContentGate.OPEN, false),
            new ScanTally(),
            Retrier.Check.NONE);
  }

  /** Restores a snapshot into an empty directory and tells what is there then. */
  public Map<String, String> restored(String snapshot) throws IOException {
    Path target = Files.createTempDirectory("kmesh-proof");
    try (PosixTree tree = JnaPosix.open(target)) {
      ScanTally tally = restore(snapshot, tree, TreeRestore.Overwrite.NEVER);
      if (!tally.problems().isEmpty()) {
        throw new AssertionError("Restored with problems: " + tally.problems());
      }
      return facts(tree);
    } finally {
      delete(target);
    }
  }

  /** Restores a snapshot. */
  public ScanTally restore(String snapshot, PosixTree target, TreeRestore.Overwrite overwrite)
      throws IOException {
    ScanTally tally = new ScanTally();
    try (OpenSnapshot open = snapshots(2).open(snapshot)) {
      open.restore(PathBytes.EMPTY, target, overwrite, tally, Retrier.Check.NONE);
    }
    return tally;
  }

  /** Collects what nothing keeps; all sessions are taken for dead. */
  public CollectorReport prune(double keepShare) throws IOException {
    return collector(keepShare).run();
  }

  /** A collector that takes all sessions for dead. */
  public Collector collector(double keepShare) {
    return new Collector(
        domain,
        SnapshotStore.READERS,
        new Collector.Settings(keepShare, s -> true, 0, host),
        Retrier.Check.NONE);
  }

  /** Checks all data. */
  public CheckReport check() throws IOException {
    return new Checker(domain, SnapshotStore.READERS, 1, 0, Retrier.Check.NONE).run();
  }

  /** Repairs. */
  public Repairer.Report repair() throws IOException {
    return new Repairer(
            domain, SnapshotStore.FINDER, SnapshotStore.READERS, 0, host, Retrier.Check.NONE)
        .run();
  }

  /** What must be the same in a restored tree. Access times are not stored. */
  public static Map<String, String> facts(PosixTree tree) throws IOException {
    Map<String, String> facts = new TreeMap<>(TreeFacts.of(tree));
    facts.replaceAll((path, line) -> line.replaceFirst(" atime .*? \\{", " {"));
    return facts;
  }

  /** Writes a file of reproducible bytes. */
  public static void write(PosixTree tree, String path, int seed, int size) throws IOException {
    PathBytes file = PathBytes.of(path);
    try (PosixDirectory directory = tree.openDirectory(file.parent());
        PosixFile f =
            directory.openFile(
                file.name(), Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
      f.write(ByteBuffer.wrap(HostileTree.random(seed, size)), 0);
    }
  }

  /** Makes a directory. */
  public static void directory(PosixTree tree, String path) throws IOException {
    PathBytes at = PathBytes.of(path);
    try (PosixDirectory parent = tree.openDirectory(at.parent())) {
      parent.makeDirectory(at.name(), 0755);
    }
  }

  /** The bytes of an object. */
  public static byte[] bytes(MemoryStore store, String key) throws IOException {
    long size = store.blocking().head(key).size();
    ByteBuffer data = store.blocking().read(key, 0, (int) size, Condition.none()).data();
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    return bytes;
  }

  /** Puts an object. */
  public static void put(ObjectStore store, String key, byte[] bytes) throws IOException {
    store.blocking().put(key, ByteBuffer.wrap(bytes), PutOptions.NONE);
  }

  /** A store with the same objects. */
  public static MemoryStore copy(MemoryStore store) {
    try {
      MemoryStore copy = MemoryStore.create();
      for (String key : store.keys()) {
        put(copy, key, bytes(store, key));
      }
      return copy;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The packs and runs in a store. */
  public static List<String> content(MemoryStore store) {
    return new ArrayList<>(
        store.keys().stream().filter(k -> k.contains("/packs/") || k.contains("/index/")).toList());
  }

  /** Nothing is stored that nothing names, and nobody is said to be at work. */
  public void requireTidy(MemoryStore store) throws IOException {
    Head head = domain.heads().newest();
    assertThat(head.sessions()).isEmpty();
    assertThat(head.condemned()).isEmpty();
    assertThat(head.gone()).isEmpty();
    Set<String> named = new HashSet<>();
    head.runs().forEach(run -> named.add("index/" + run.key()));
    for (RunFile run : Session.index(domain, head).runs()) {
      run.packs().forEach(pack -> named.add(pack.id().key()));
    }
    assertThat(content(store).stream().map(k -> k.substring(k.indexOf('/', 8) + 1)))
        .containsExactlyInAnyOrderElementsOf(named);
  }

  /** Deletes a local tree. */
  public static void delete(Path top) throws IOException {
    try (var paths = Files.walk(top)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
