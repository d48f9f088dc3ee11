// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.CatalogManifest;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.CatalogScope;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What the head says of the copies on a Lustre: docs/format/virtual-copy.md. */
final class StubRoots {
  private static final String INSTANCE = "instance";
  private static final String ARCHIVE = "archive";
  private static final String PATH = "path";
  private static final String STATE = "state";
  private static final String OPERATION = "operation";
  private static final String SESSION = "session";

  private StubRoots() {}

  /** How far a copy is. */
  enum State {
    CREATING,
    READY,
    DELETING
  }

  /** Whether a root of a copy is of one on a Lustre. */
  static boolean isStub(Head.Root root) {
    return root.labels().containsKey(INSTANCE);
  }

  /** The archive of a copy. */
  static ArchiveId archive(Head.Root root) throws ProviderException {
    try {
      return ArchiveId.of(Integer.parseInt(root.labels().getOrDefault(ARCHIVE, "")));
    } catch (IllegalArgumentException e) {
      throw damaged(root, "names no archive", e);
    }
  }

  /** The root of a copy that is made. */
  static Head.Root create(
      String name,
      String id,
      long time,
      Head.Root snapshot,
      CatalogScope scope,
      PathBytes path,
      String cluster) {
    Map<String, String> labels = new TreeMap<>();
    labels.put(CopyRoots.SNAPSHOT, snapshot.id());
    labels.put(CopyRoots.HOST, cluster);
    labels.put(CopyRoots.FOLDER, cluster + ":/" + path);
    labels.put(INSTANCE, scope.instance());
    labels.put(ARCHIVE, Integer.toString(scope.archive()));
    labels.put(PATH, HexFormat.of().formatHex(path.toBytes()));
    labels.put(STATE, State.CREATING.name());
    return new Head.Root(SnapshotStore.COPY_KIND, name, id, time, snapshot.chunk(), labels);
  }

  /** Whether a root is of a copy on a file system, in its archive. */
  static boolean isOf(Head.Root root, CatalogScope scope) {
    return root.kind().equals(SnapshotStore.COPY_KIND)
        && scope.instance().equals(root.labels().get(INSTANCE))
        && Integer.toString(scope.archive()).equals(root.labels().get(ARCHIVE));
  }

  /** Where on the mount a copy is. */
  static PathBytes path(Head.Root root) throws ProviderException {
    try {
      return PathBytes.of(HexFormat.of().parseHex(root.labels().getOrDefault(PATH, "")));
    } catch (IllegalArgumentException e) {
      throw damaged(root, "names no path", e);
    }
  }

  static State state(Head.Root root) throws ProviderException {
    String state = root.labels().getOrDefault(STATE, "");
    try {
      return State.valueOf(state);
    } catch (IllegalArgumentException e) {
      throw damaged(root, "has the state \"" + state + "\", which this Kmesh does not know", e);
    }
  }

  private static ProviderException damaged(
      Head.Root root, String what, IllegalArgumentException cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot open the virtual copy "
            + root.id()
            + ": its root "
            + what
            + ". Use the Kmesh that made it, or forget the copy.",
        cause);
  }

  /** The catalog of a copy. */
  static String catalog(String copy) {
    return "copy-" + copy;
  }

  private static Head.Root labelled(Head.Root root, String label, String value) {
    Map<String, String> labels = new TreeMap<>(root.labels());
    labels.put(label, value);
    return new Head.Root(root.kind(), root.name(), root.id(), root.time(), root.chunk(), labels);
  }

  static Head in(Head head, String copy, State state) {
    return head.root(SnapshotStore.COPY_KIND, copy)
        .map(root -> head.withRoot(labelled(root, STATE, state.name())))
        .orElse(head);
  }

  /**
   * Who refreshes a copy: what keeps two processes from doing it at once.
   *
   * @param operation the same when it goes on after a crash
   * @param session in which the new snapshot is open: while the head has it, the refresh is alive
   */
  record Claim(String operation, String session) {
    private boolean isOf(Head.Root root) {
      return operation.equals(root.labels().get(OPERATION))
          && session.equals(root.labels().get(SESSION));
    }
  }

  /**
   * With a second root, for the snapshot that the copy will show, and the claim.
   *
   * @param shown the id of the snapshot that the copy was opened with
   * @throws ProviderException EXISTS when another refresh is alive; PRECONDITION when the copy
   *     shows another snapshot by now; NOT_FOUND when it was deleted
   */
  static Head refreshing(Head head, String copy, String shown, Head.Root snapshot, Claim claim)
      throws ProviderException {
    Head.Root root = ready(head, copy);
    Optional<Head.Root> other = head.root(SnapshotStore.REFRESH_KIND, copy);
    Optional<Head.Session> alive =
        other
            .filter(r -> !claim.operation().equals(r.labels().get(OPERATION)))
            .flatMap(r -> head.session(r.labels().getOrDefault(SESSION, "")));
    if (alive.isPresent()) {
      throw refused(
          ErrorKind.EXISTS,
          root,
          "a process on "
              + alive.get().host()
              + " is refreshing it. Wait until that has ended; if it died, let its operation go on"
              + " there, or prune the repository with a time after which sessions are dead.");
    }
    if (!shown.equals(root.labels().get(CopyRoots.SNAPSHOT))) {
      throw refused(
          ErrorKind.PRECONDITION, root, "another process refreshed it just now. Try again.");
    }
    Head with = CopyRoots.refreshing(head, copy, snapshot);
    Head.Root second = with.root(SnapshotStore.REFRESH_KIND, copy).orElseThrow();
    return with.withRoot(
        labelled(labelled(second, OPERATION, claim.operation()), SESSION, claim.session()));
  }

  private static Head.Root ready(Head head, String copy) throws ProviderException {
    Optional<Head.Root> root = head.root(SnapshotStore.COPY_KIND, copy);
    if (root.isEmpty() || state(root.get()) != State.READY) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot refresh the virtual copy " + copy + ": it was deleted meanwhile. List them.");
    }
    return root.get();
  }

  private static ProviderException refused(ErrorKind kind, Head.Root root, String reason) {
    return new ProviderException(
        kind, "Cannot refresh the virtual copy \"" + root.name() + "\": " + reason);
  }

  /**
   * The root of a copy whose refresh is still this one's.
   *
   * @throws ProviderException PRECONDITION when another refresh took this one for dead; NOT_FOUND
   *     when the copy was deleted
   */
  static Head.Root claimed(Head head, String copy, Claim claim) throws ProviderException {
    Head.Root root = ready(head, copy);
    if (head.root(SnapshotStore.REFRESH_KIND, copy).filter(claim::isOf).isEmpty()) {
      throw refused(
          ErrorKind.PRECONDITION,
          root,
          "another process took this one for dead, and refreshes it. Try again.");
    }
    return root;
  }

  /**
   * With the snapshot that a refresh was to as that of the copy.
   *
   * @throws ProviderException as {@link #claimed}
   */
  static Head refreshed(Head head, String copy, Head.Root snapshot, Claim claim)
      throws ProviderException {
    Head.Root root = claimed(head, copy, claim);
    Head.Root next =
        new Head.Root(
            root.kind(), root.name(), root.id(), root.time(), snapshot.chunk(), root.labels());
    Head with = CopyRoots.without(head, copy);
    return with.withRoot(labelled(next, CopyRoots.SNAPSHOT, snapshot.id()));
  }

  /** Without a copy and, if it has one, its catalog. */
  static Head without(Head head, String copy) {
    Head next = CopyRoots.without(head, copy);
    List<Head.Root> kept =
        next.roots().stream()
            .filter(r -> !(r.kind().equals(CatalogManifest.KIND) && r.id().equals(catalog(copy))))
            .toList();
    return kept.size() == next.roots().size() ? next : next.withRoots(kept);
  }
}
