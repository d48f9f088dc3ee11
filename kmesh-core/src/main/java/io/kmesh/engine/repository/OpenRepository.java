// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.collect.CheckReport;
import io.kmesh.core.internal.repository.collect.Checker;
import io.kmesh.core.internal.repository.collect.Collector;
import io.kmesh.core.internal.repository.collect.Repairer;
import io.kmesh.core.internal.repository.collect.RootReader;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.head.HeadMemory;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;
import io.kmesh.core.internal.repository.keys.Rotated;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.Manifest;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.PathGlob;
import io.kmesh.core.internal.snapshots.PosixGate;
import io.kmesh.core.internal.snapshots.SnapshotCopy;
import io.kmesh.core.internal.snapshots.SnapshotLabels;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.RepositoryBackend;
import io.kmesh.core.internal.snapshots.cut.ConsistentCut;
import io.kmesh.core.internal.snapshots.retention.Retained;
import io.kmesh.core.internal.snapshots.retention.Retention;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.snapshots.Caller;
import io.kmesh.snapshots.RetentionPlan;
import io.kmesh.snapshots.RetentionPolicy;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A repository that is open. Thread-safe. */
public final class OpenRepository implements AutoCloseable {
  private static final Map<String, RootReader> ROOTS = SnapshotStore.READERS;

  private final RepositoryKeys keys;
  private final DomainKeys domainKeys;
  private final Domain domain;
  private final HeadMemory memory;
  private final KmeshTime time;
  private final String host;
  private final int workers;
  private final SnapshotStore snapshots;

  private OpenRepository(OpenRepository other, Caller caller) {
    this.keys = other.keys;
    this.domainKeys = other.domainKeys;
    this.domain = other.domain;
    this.memory = other.memory;
    this.time = other.time;
    this.host = other.host;
    this.workers = other.workers;
    this.snapshots = other.snapshots.as(caller);
  }

  OpenRepository(
      RepositoryKeys keys,
      DomainKeys domainKeys,
      Domain domain,
      HeadMemory memory,
      KmeshTime time,
      String host,
      int workers) {
    this.keys = keys;
    this.domainKeys = domainKeys;
    this.domain = domain;
    this.memory = memory;
    this.time = time;
    this.host = host;
    this.workers = workers;
    this.snapshots = new SnapshotStore(domain, time, host, workers);
  }

  /**
   * The same for someone, as the access rules of each snapshot have it: it lists, opens and finds
   * what he may see. Not to be closed beside this.
   */
  public OpenRepository as(Caller caller) {
    return new OpenRepository(this, caller);
  }

  /**
   * Whether the newest state is one that follows what this machine has seen; looks at the store.
   *
   * @return what is wrong; empty when nothing is, or nothing is known of before
   */
  public Optional<String> lookBack() throws IOException {
    return memory.look(domain.heads().newest());
  }

  /** The repository's id: 32 hexadecimal digits. */
  public String id() {
    return keys.repository();
  }

  /**
   * Takes a snapshot. Its publishing is the last thing that happens; before, nothing is seen.
   *
   * @throws io.kmesh.spi.ProviderException CANCELLED when the work was cancelled
   * @throws IllegalArgumentException when a glob can't be understood
   */
  public TakenSnapshot take(SnapshotRequest request, SnapshotWork work) throws IOException {
    return taken(snapshots.take(request(request), work.tally(), work.check()));
  }

  /**
   * Takes several snapshots of one moment and publishes them in one commit. Trees are taken once
   * while writers go on; then writers rest, and what changed meanwhile is taken.
   *
   * @param works one for each request; one that is cancelled stops all
   * @return the snapshots in the order of the requests; what was stored is told of each in equal
   *     parts
   * @throws io.kmesh.spi.ProviderException when a hook fails or overruns: all were thawed and
   *     nothing was published
   */
  public List<TakenSnapshot> takeTogether(
      List<SnapshotRequest> requests, List<SnapshotWork> works, QuiescePlan plan)
      throws IOException {
    List<ConsistentCut.Site> sites = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      sites.add(new ConsistentCut.Site(snapshots, request(requests.get(i)), works.get(i).tally()));
    }
    ConsistentCut cut =
        new ConsistentCut(plan.hooks(), plan.limits(), time, plan.openJournal(host));
    return cut
        .take(
            sites,
            () -> {
              for (SnapshotWork work : works) {
                work.check().run();
              }
            })
        .stream()
        .map(OpenRepository::taken)
        .toList();
  }

  private static TakenSnapshot taken(SnapshotStore.Taken taken) {
    return new TakenSnapshot(SnapshotInfo.of(taken.manifest()), taken.stored());
  }

  private static SnapshotStore.Request request(SnapshotRequest request) {
    return new SnapshotStore.Request(
        request.tree(),
        PathBytes.EMPTY,
        request.name(),
        request.source(),
        request.tags(),
        request.readReleased() ? ContentGate.OPEN : new PosixGate(),
        request.full(),
        request.excludes().stream().map(PathGlob::of).toList(),
        request.access(),
        Optional.empty());
  }

  /** All snapshots, oldest first. */
  public List<SnapshotInfo> snapshots() throws IOException {
    return snapshots.manifests().stream().map(SnapshotInfo::of).toList();
  }

  /**
   * Opens a snapshot.
   *
   * @param text its id, four or more first digits of it, its name, or {@code latest}
   * @throws io.kmesh.spi.ProviderException NOT_FOUND, or INVALID when several are meant
   */
  public SnapshotReader open(String text) throws IOException {
    return new SnapshotReader(snapshots.open(text));
  }

  /**
   * The id of a snapshot that is there.
   *
   * @param text as {@link #open} takes it
   */
  public String find(String text) throws IOException {
    return snapshots.find(text).id();
  }

  /**
   * Copies a snapshot to another repository, where it keeps its id; does nothing when it is there.
   * What it shares with the last one of its source that both have is not read again.
   *
   * @param text as {@link #open} takes it
   * @return bytes that the target stores for it, sealed; 0 when it was there
   */
  public long copy(String text, OpenRepository target, SnapshotWork work) throws IOException {
    try (OpenSnapshot snapshot = snapshots.open(text)) {
      return new SnapshotCopy(domain, target.domain, time, host).copy(snapshot, work.check());
    }
  }

  /**
   * Forgets snapshots: what only they kept is garbage then, until a collection frees it.
   *
   * @return how many there were
   */
  public int forget(Collection<String> ids) throws IOException {
    return ids.isEmpty() ? 0 : snapshots.forget(ids);
  }

  /** Which snapshots a policy keeps; each host's path counts for itself. Changes nothing. */
  public RetentionPlan plan(RetentionPolicy policy) throws IOException {
    List<Retained> all = new ArrayList<>();
    for (SnapshotStore.Known known : snapshots.known()) {
      Manifest m = known.manifest();
      boolean isHeld = !SnapshotLabels.holds(known.root()).isEmpty();
      all.add(new Retained(m.id(), m.host() + ":" + m.source(), m.time(), tags(m), isHeld));
    }
    return Retention.plan(all, policy, time.now());
  }

  /** A tag with a value fits by its key, and by key and value. */
  private static Set<String> tags(Manifest manifest) {
    Set<String> tags = new TreeSet<>();
    for (Map.Entry<String, String> tag : manifest.tags().entrySet()) {
      tags.add(tag.getKey());
      tags.add(tag.getKey() + "=" + tag.getValue());
    }
    return tags;
  }

  /**
   * Checks that everything is there: the head, the index, each snapshot's tree; and reads frames.
   *
   * @param every each how many-th frame of content is read and verified: 1 for all, 0 for none
   * @param offset which of so many, so that several checks see all
   */
  public CheckResult check(int every, int offset, SnapshotWork work) throws IOException {
    Optional<String> back = lookBack();
    CheckReport r = new Checker(domain, ROOTS, every, offset, work.check()).run();
    return new CheckResult(
        r.roots(),
        r.packs(),
        r.framesRead(),
        r.framesInAll(),
        r.bytesRead(),
        Stream.concat(back.map(words -> "the domain: " + words).stream(), r.damages().stream())
            .toList(),
        r.affected());
  }

  /**
   * What {@link #prune} would free; changes nothing.
   *
   * @param keepShare packs of which less than this share is used are written again, 0 to 1
   * @param sessionAge sessions that began longer ago are taken for dead; one that lives on is told
   *     when it publishes, and loses nothing that was published
   */
  public PruneResult planPrune(double keepShare, Duration sessionAge) throws IOException {
    return PruneResult.of(collector(keepShare, sessionAge, new SnapshotWork()).plan());
  }

  /** Frees what no snapshot keeps. What it does is safe to cut anywhere; the next one goes on. */
  public PruneResult prune(double keepShare, Duration sessionAge, SnapshotWork work)
      throws IOException {
    return PruneResult.of(collector(keepShare, sessionAge, work).run());
  }

  private Collector collector(double keepShare, Duration sessionAge, SnapshotWork work) {
    long now = time.now().toEpochMilli();
    long oldest = now - sessionAge.toMillis();
    return new Collector(
        domain,
        ROOTS,
        new Collector.Settings(keepShare, session -> session.began() < oldest, now, host),
        work.check());
  }

  /** Makes index and head anew from all packs; what is damaged is left out and told. */
  public RepairResult repair(SnapshotWork work) throws IOException {
    Repairer.Report r =
        new Repairer(
                domain, SnapshotStore.FINDER, ROOTS, time.now().toEpochMilli(), host, work.check())
            .run();
    memory.accept(domain.heads().newest());
    return new RepairResult(
        r.packs(), r.chunks(), r.foundRoots().stream().map(Head.Root::id).toList(), r.damages());
  }

  /** Its virtual copies; what this gives is closed before the repository. */
  public CopyStore copies() {
    return new CopyStore(domain, snapshots, time, host, id());
  }

  /**
   * The repository as an archive of a Lustre file system's HSM, for a copytool. The caller closes
   * it first.
   *
   * @param archive the number of the archive; each has its own files
   */
  public RepositoryArchive archive(LustreBinding lustre, ArchiveId archive) throws IOException {
    return RepositoryBackend.open(domain, lustre, archive, time, host, workers);
  }

  /** Who may open the repository. */
  public List<RepositoryHolder> holders() throws IOException {
    return keys.wrappings().stream().map(RepositoryHolder::of).toList();
  }

  /** Lets another one open the repository. */
  public RepositoryHolder addHolder(String name, RepositoryCredential credential)
      throws IOException {
    return RepositoryHolder.of(keys.addWrapping(new Holder(name, credential.credential())));
  }

  /**
   * Takes a wrapped key away. Its holder may have kept the key: {@link #rotate} as well.
   *
   * @throws io.kmesh.spi.ProviderException NOT_FOUND, or PRECONDITION when it is the last
   */
  public void removeHolder(String id) throws IOException {
    keys.removeWrapping(id);
  }

  /** Replaces the repository key, wrapped for one holder; no data is written again. */
  public RotatedKey rotate(String name, RepositoryCredential credential) throws IOException {
    Rotated rotated = keys.rotate(new Holder(name, credential.credential()), List.of());
    return new RotatedKey(
        rotated.generation(), rotated.dropped().stream().map(RepositoryHolder::of).toList());
  }

  /** How large it is; lists all its objects. */
  public RepositoryStats stats() throws IOException {
    Head head = domain.heads().newest();
    long[] sums = new long[4];
    domain
        .objects()
        .list(
            "",
            (key, size) -> {
              int at = key.startsWith("packs/") ? 0 : 2;
              sums[at]++;
              sums[at + 1] += size;
            });
    return new RepositoryStats(
        snapshots.list().size(),
        head.runs().stream().mapToLong(Head.Run::chunks).sum(),
        head.sessions().size(),
        head.generation(),
        sums[0],
        sums[1],
        sums[2],
        sums[3]);
  }

  /** Wipes the keys; the store stays open. */
  @Override
  public void close() {
    domainKeys.close();
    keys.close();
  }

  @Override
  public String toString() {
    return "OpenRepository(" + id() + ")";
  }
}
