// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.collect.Compaction;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.archive.ArchiveGate;
import io.kmesh.core.internal.snapshots.archive.CatalogContents;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots of a domain that are taken in one session and published in one commit. Each pass takes
 * all trees, the first by the last snapshots of their sources, each other by the pass before. For
 * one thread; used once.
 */
public final class SnapshotTaking implements AutoCloseable {
  /** Lustre's time stamps are of a second; another for clocks that differ. */
  private static final Duration SETTLING = Duration.ofSeconds(2);

  private final Setting setting;
  private final Session session;
  private final List<Part> parts;
  private final Optional<Additions.Cut> cut;
  private Instant began;
  private boolean isEnded;

  /**
   * Where snapshots are taken to, and by what.
   *
   * @param host where this runs, for people
   * @param workers threads that read files
   * @param packTarget the bytes of a pack
   */
  record Setting(Domain domain, KmeshTime time, String host, int workers, int packTarget) {}

  /**
   * One of the snapshots.
   *
   * @param id 16 hexadecimal digits that nobody else uses
   * @param host the machine, or the cluster, that the source belongs to
   * @param holds who holds it from the first moment, and why
   * @param request what to take
   * @param tally what was taken
   */
  public record Wanted(
      String id,
      String host,
      Map<String, String> holds,
      SnapshotStore.Request request,
      ScanTally tally) {}

  private static final class Part {
    private final Wanted wanted;
    private final Optional<Head.Root> base;
    private @Nullable TreeNode taken;
    private Optional<ChangelogState> state = Optional.empty();
    private boolean isKept; // records behind the state, as a changelog user proved

    Part(Wanted wanted, Optional<Head.Root> base) {
      this.wanted = wanted;
      this.base = base;
    }
  }

  private SnapshotTaking(
      Setting setting,
      Session session,
      List<Part> parts,
      Optional<Additions.Cut> cut,
      Instant began) {
    this.setting = setting;
    this.session = session;
    this.parts = parts;
    this.cut = cut;
    this.began = began;
  }

  static SnapshotTaking begin(Setting setting, List<Wanted> all, Optional<Additions.Cut> cut)
      throws IOException {
    Instant now = setting.time().now();
    List<Part> parts = new ArrayList<>();
    Session session =
        Session.begin(
            setting.domain(),
            RandomIds.session(all.get(0).id()),
            now.toEpochMilli(),
            setting.host(),
            head -> {
              // In the commit that holds them: what was read before may be forgotten by now.
              parts.clear();
              for (Wanted wanted : all) {
                SnapshotStore.Request request = wanted.request();
                Optional<Head.Root> base =
                    request.full()
                        ? Optional.empty()
                        : SnapshotRoots.latest(head, request.source(), wanted.host());
                parts.add(new Part(wanted, base));
              }
              return parts.stream().flatMap(p -> p.base.stream()).map(Head.Root::chunk).toList();
            },
            setting.packTarget());
    return new SnapshotTaking(setting, session, parts, cut, now);
  }

  /** Takes all trees as they are now. */
  public void pass(Retrier.Check check) throws IOException {
    if (parts.stream().anyMatch(p -> p.taken != null)) {
      settle();
    }
    Instant before = began;
    began = setting.time().now();
    try (ChunkReader pages =
            new ChunkReader(setting.domain(), session.index(), SnapshotStore.PAGE_CACHE);
        CatalogContents archived =
            new CatalogContents(setting.domain(), setting.time(), setting.host())) {
      for (Part part : parts) {
        SnapshotStore.Request asked = part.wanted.request();
        SnapshotStore.Request request = asked.by(new ArchiveGate(asked.gate(), archived, session));
        Base base = base(part, pages, before);
        part.wanted.tally().recount();
        SettlingCheck settling = new SettlingCheck(session, setting.packTarget(), check);
        part.taken = take(part, request, base, pages, settling);
      }
    }
  }

  /**
   * The tree before.
   *
   * @param root its top; null when there is none
   * @param settled what changed later is read again
   * @param counts its files, directories, others and bytes
   * @param problems whether something of it could not be taken
   */
  private record Base(
      @Nullable TreeNode root,
      Instant settled,
      List<Long> counts,
      boolean problems,
      Optional<ChangelogState> state) {}

  private Base base(Part part, ChunkReader pages, Instant passBefore) throws IOException {
    ScanTally tally = part.wanted.tally();
    if (part.taken != null || part.base.isEmpty()) {
      return new Base(
          part.taken,
          passBefore.minus(SETTLING),
          List.of(tally.files(), tally.directories(), tally.others(), tally.bytes()),
          tally.problemCount() > 0,
          part.isKept ? part.state : Optional.empty());
    }
    Manifest known = SnapshotRoots.manifest(pages, part.base.get());
    return new Base(
        known.root(),
        known.time().minus(SETTLING),
        List.of(known.files(), known.directories(), known.others(), known.bytes()),
        known.problems() > 0,
        known.more().changelog());
  }

  private TreeNode take(
      Part part, SnapshotStore.Request request, Base base, ChunkReader pages, Retrier.Check check)
      throws IOException {
    if (request.changelog().isPresent()) {
      ChangelogSource changelog = request.changelog().get();
      try {
        return byChangelog(part, request, changelog, base, pages, check);
      } catch (ScanNeededException e) {
        part.wanted.tally().clear();
        part.wanted.tally().scanned(String.valueOf(e.getMessage()));
        part.isKept = false;
        // Before the walk: what changes during it is hinted at for the next one.
        part.state =
            Optional.of(
                new ChangelogState(
                    changelog.lustre().identity().fileSystemName(),
                    request.path(),
                    globs(request),
                    changelog.users(),
                    ChangelogHints.ends(
                        changelog, base.state().map(ChangelogState::read).orElse(Map.of()))));
      }
    }
    return new TreeScan(
            request.tree(),
            session,
            pages,
            base.settled(),
            request.gate(),
            request.excludes(),
            part.wanted.tally(),
            check)
        .run(request.path(), base.root(), setting.workers());
  }

  private static List<String> globs(SnapshotStore.Request request) {
    return request.excludes().stream().map(PathGlob::toString).toList();
  }

  private TreeNode byChangelog(
      Part part,
      SnapshotStore.Request request,
      ChangelogSource changelog,
      Base base,
      ChunkReader pages,
      Retrier.Check check)
      throws IOException, ScanNeededException {
    ScanTally tally = part.wanted.tally();
    TreeNode root = base.root();
    ChangelogState state = base.state().orElse(null);
    if (request.full()) {
      throw new ScanNeededException("everything was asked to be read");
    }
    if (root == null || state == null) {
      throw new ScanNeededException("no snapshot before says how far changelogs were read");
    }
    String fileSystem = changelog.lustre().identity().fileSystemName();
    if (base.problems()) {
      throw new ScanNeededException("the snapshot before had problems, which are tried again");
    }
    if (!state.fileSystem().equals(fileSystem)
        || !state.path().equals(request.path())
        || !state.excludes().equals(globs(request))
        || !state.users().equals(changelog.users())
        || !Set.copyOf(changelog.lustre().identity().mdts()).equals(state.read().keySet())) {
      throw new ScanNeededException(
          "the snapshot before was of another file system, path, choice, number of MDTs or changelog user");
    }
    ChangelogHints hints = ChangelogHints.behind(changelog, state, !part.isKept);
    List<Long> counts = base.counts();
    tally.known(counts.get(0), counts.get(1), counts.get(2), counts.get(3));
    TreeNode top =
        new ChangelogScan(
                request,
                changelog.lustre().identity(),
                session,
                pages,
                root,
                hints,
                tally,
                check,
                setting.workers())
            .run();
    part.isKept = true;
    part.state =
        Optional.of(
            new ChangelogState(
                fileSystem, request.path(), globs(request), changelog.users(), hints.read()));
    return top;
  }

  /** What the snapshots have is needed by no later one: failing, the next one does it. */
  private void clearChangelogs() {
    for (Part part : parts) {
      ChangelogSource changelog = part.wanted.request().changelog().orElse(null);
      if (changelog != null && part.state.isPresent()) {
        part.state.get().read().forEach((mdt, index) -> clear(changelog, mdt, index));
      }
    }
  }

  private static void clear(ChangelogSource changelog, int mdt, long index) {
    String user = changelog.users().get(mdt);
    try {
      if (user != null && index > 0) {
        changelog.lustre().changelogs().clear(mdt, user, index);
      }
    } catch (IOException e) {
      // The next snapshot clears as far as this one, or finds that it can't and scans.
    }
  }

  /** Stores what passes wrote, so that it can be read; nobody sees a snapshot. */
  public void settle() throws IOException {
    session.publish(head -> head);
  }

  /** Forgets the passes: chunks that they refer to are gone. */
  void again() {
    for (Part part : parts) {
      part.taken = null;
      part.state = Optional.empty();
      part.isKept = false;
      part.wanted.tally().clear();
    }
  }

  /** Publishes what the last pass took, in one commit. */
  public List<SnapshotStore.Taken> publish() throws IOException {
    List<Manifest> manifests = new ArrayList<>();
    List<Head.Root> roots = new ArrayList<>();
    try (MetadataWriter metadata = session.metadataWriter()) {
      for (Part part : parts) {
        Manifest manifest = manifest(part);
        byte[] bytes = manifest.write();
        ChunkName chunk = metadata.write(bytes, 0, bytes.length);
        roots.add(SnapshotLabels.holding(SnapshotRoots.root(manifest, chunk), part.wanted.holds()));
        manifests.add(manifest);
      }
      metadata.flush();
    }
    session.publishAndEnd(
        head -> {
          Head with = head;
          for (Head.Root root : roots) {
            with = with.withRoot(SnapshotLabels.storing(root, share()));
          }
          return with;
        });
    isEnded = true;
    clearChangelogs();
    compact();
    List<SnapshotStore.Taken> taken = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      taken.add(new SnapshotStore.Taken(manifests.get(i), parts.get(i).wanted.tally(), share()));
    }
    return taken;
  }

  /** What the session stored is told of each in equal parts: what two share is not of either. */
  private long share() {
    return session.stored() / parts.size();
  }

  private Manifest manifest(Part part) {
    TreeNode root = part.taken;
    if (root == null) {
      throw new IllegalStateException("No pass took " + part.wanted.request().source() + ".");
    }
    SnapshotStore.Request request = part.wanted.request();
    ScanTally tally = part.wanted.tally();
    return new Manifest(
        part.wanted.id(),
        request.name(),
        began,
        request.source(),
        part.wanted.host(),
        request.tags(),
        root,
        tally.files(),
        tally.directories(),
        tally.others(),
        tally.bytes(),
        tally.problemCount(),
        additions(part));
  }

  private Additions additions(Part part) {
    Additions more = cut.map(Additions.NONE::with).orElse(Additions.NONE);
    more = more.with(part.wanted.request().access());
    return part.state.isPresent() ? more.with(part.state.get()) : more;
  }

  /** The snapshots are taken by now; runs that are too many are the next writer's task then. */
  private void compact() {
    try {
      new Compaction(setting.domain(), began.toEpochMilli(), setting.host()).ifMany();
    } catch (IOException e) {
      // As above.
    }
  }

  /** Ends it; what was not published is garbage. */
  @Override
  public void close() throws IOException {
    try (session) {
      if (!isEnded) {
        session.abandon();
      }
    }
  }
}
