// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.HiddenNames;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a site's own tree where something may have changed, and registers what differs from the
 * base: new objects, names, attributes, contents, removals. What is there is looked at as it is
 * then, so hints may be late, doubled or in any order, and a second look changes nothing.
 *
 * <p>Names that come are registered before names that go. All that is to be done yet is in the base
 * and committed with it; the caller commits between calls, and after a rollback makes a new
 * inspector. For the base's thread.
 */
public final class Inspector {
  /** The table of a base that is detection's. */
  static final char TABLE = 'Q';

  private static final int MOST_ROUNDS = 4;
  private static final int DRAIN_STEP = 10_000;

  private final FlowBase base;
  private final LiveTree live;
  private final Concurrent concurrent;
  private final Unsettled unsettled;
  private final Removals removals;
  private final EntryLook entries;
  private final OpenDirectories directories;
  private final NewDirectories fresh;
  private final TreeScan scan;
  private Findings findings = new Findings();

  /**
   * An inspector of a base's tree.
   *
   * @param guard what may be removed without being asked for
   * @param concurrent what becomes of changes of registers whose newest value is not placed
   */
  public Inspector(
      FlowBase base, LiveTree live, DeleteGuard guard, Concurrent concurrent, KmeshTime time)
      throws IOException {
    this.base = base;
    this.live = live;
    Area area = base.area(TABLE);
    this.unsettled = new Unsettled(area, live, time);
    this.removals = new Removals(base, area, guard, unsettled, concurrent, findings);
    this.entries = new EntryLook(base, live, unsettled, concurrent, removals, findings);
    this.concurrent = concurrent;
    this.directories = new OpenDirectories(base, live, concurrent);
    this.fresh = new NewDirectories(base, area, entries, removals, directories);
    this.scan = new TreeScan(base, area, entries, removals, directories, this::isGone);
  }

  /**
   * Looks at what is hinted at. Directories that are new here are looked at by {@link #step}; what
   * is gone is registered once none is left.
   */
  public void look(Hints hints) throws IOException {
    try {
      if (base.require(NodeId.ROOT).local() == null) {
        top();
      }
      names(hints);
      for (LocalKey key : hints.objects()) {
        object(key, hints);
      }
      for (LocalKey key : hints.directories()) {
        fresh.add(key, NewDirectories.Levels.ONE);
      }
      for (LocalKey key : hints.trees()) {
        fresh.add(key, NewDirectories.Levels.ALL);
      }
      settle();
    } finally {
      directories.close();
    }
  }

  /**
   * Begins with a tree into which nobody put anything yet: what its top is, was nobody's change.
   *
   * @return false when there is something in it, or it is known; nothing was done then
   */
  public boolean beginEmpty() throws IOException {
    if (base.require(NodeId.ROOT).local() != null) {
      return false;
    }
    try (PosixDirectory top = live.openTop();
        DirectoryCursor all = top.entries()) {
      for (List<DirectoryEntry> some = all.next(); !some.isEmpty(); some = all.next()) {
        if (some.stream().anyMatch(one -> !HiddenNames.isHidden(one.name()))) {
          return false;
        }
      }
      entries.topAsFound(top);
      return true;
    }
  }

  /** How much of what is at a path is looked at. */
  public enum Depth {
    /** The entry; of a directory the attributes and the time. What is new is looked at wholly. */
    ENTRY,
    /** The entry and, of a directory, those in it. What is new is looked at wholly. */
    NAMES,
    /** The entry and all below it. */
    TREE
  }

  /**
   * Looks at paths, whatever hints at them: a list that somebody made, or what is to be waited for.
   * What is not there is gone.
   *
   * @param paths below the flow's top; empty for the top itself
   */
  public void look(Collection<PathBytes> paths, Depth depth) throws IOException {
    try {
      top();
      for (PathBytes path : paths) {
        look(path, depth);
      }
      settle();
    } finally {
      directories.close();
    }
  }

  /**
   * Looks at the entries of paths as far as they are there. What is missing may have another name
   * by now, which only a look at more than these tells.
   *
   * @param paths below the flow's top; empty for the top itself
   */
  public void lookAtPresent(Collection<PathBytes> paths) throws IOException {
    try {
      top();
      for (PathBytes path : paths) {
        look(path, Depth.ENTRY, Missing.LEFT);
      }
      settle();
    } finally {
      directories.close();
    }
  }

  /** What is thought of names that are not there. */
  private enum Missing {
    /** They are gone. */
    GONE,
    /** Nothing yet. */
    LEFT
  }

  private void look(PathBytes path, Depth depth) throws IOException {
    look(path, depth, Missing.GONE);
  }

  private void look(PathBytes path, Depth depth, Missing missing) throws IOException {
    NodeId at = NodeId.ROOT;
    for (PathBytes name : path.names()) {
      Link link = new Link(at, name);
      Optional<PosixDirectory> handle = directories.open(at);
      if (handle.isEmpty()
          || HiddenNames.isHidden(name)
          || (missing == Missing.LEFT && handle.get().find(name).isEmpty())
          || !look(handle.get(), handle.get().stat().device(), link, null, new Hints())) {
        return;
      }
      NodeId placed = base.dirent(link).placed();
      if (placed == null) {
        return;
      }
      others(placed, link);
      at = placed;
    }
    if (depth != Depth.ENTRY && base.require(at).isDirectory()) {
      fresh.add(at, depth == Depth.TREE ? NewDirectories.Levels.ALL : NewDirectories.Levels.ONE);
    }
  }

  /** Looks at an object, whatever hints at it: a record of its change may never come. */
  public void recheck(NodeId id) throws IOException {
    Local local = base.node(id).map(Node::local).orElse(null);
    if (local == null) {
      return;
    }
    try {
      object(local.key(), new Hints());
      settle();
    } finally {
      directories.close();
    }
  }

  /** Looks at the other names of an object: one that was moved here has lost them. */
  private void others(NodeId node, Link but) throws IOException {
    for (Link link : concurrent.names(base, base.require(node))) {
      Optional<PosixDirectory> handle =
          link.equals(but) || !node.equals(base.dirent(link).placed())
              ? Optional.empty()
              : directories.open(link.parent());
      if (handle.isPresent()) {
        look(handle.get(), handle.get().stat().device(), link, null, new Hints());
      }
    }
  }

  /**
   * Goes on with what is left: directories that are new, objects that are due, removals that were
   * confirmed, the scan.
   *
   * @param most about so many entries are looked at, above 0
   * @return whether there is more to do now
   */
  public boolean step(int most) throws IOException {
    try {
      int left = stepWithoutScan(most);
      if (left > 0 && scan.isRunning()) {
        scan.step(left, findings);
      }
      return scan.isRunning() || isBusy();
    } finally {
      directories.close();
    }
  }

  /**
   * Goes on until all is registered that was looked at or hinted at, whatever time it takes; a scan
   * that is under way stays where it is.
   */
  public void drain() throws IOException {
    try {
      do {
        stepWithoutScan(DRAIN_STEP);
      } while (isBusy());
    } finally {
      directories.close();
    }
  }

  /**
   * Objects at or below a path whose stamps may hide a change that was made until now.
   *
   * @return to be handed to {@link #resolve} after a look at the path
   */
  List<Map.Entry<NodeId, Unsettled.Entry>> doubts(PathBytes path) throws IOException {
    List<Map.Entry<NodeId, Unsettled.Entry>> doubts = new ArrayList<>();
    for (Map.Entry<NodeId, Unsettled.Entry> one : unsettled.all()) {
      if (path.isEmpty() || isBelow(one.getKey(), path)) {
        doubts.add(one);
      }
    }
    return doubts;
  }

  /** By any of its names: another may be the one that is asked about. */
  private boolean isBelow(NodeId id, PathBytes path) throws IOException {
    if (id.isRoot()) {
      return false;
    }
    Optional<Node> node = base.node(id);
    for (Link link : node.map(Node::links).orElse(List.of())) {
      Optional<PathBytes> above = base.path(link.parent());
      if (above.isPresent() && above.get().resolve(link.name()).isAtOrBelow(path)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Looks at these again, as if they were due; a later change may hide again.
   *
   * @return those that could not be found where they are known to be
   */
  List<Map.Entry<NodeId, Unsettled.Entry>> resolve(List<Map.Entry<NodeId, Unsettled.Entry>> doubts)
      throws IOException {
    List<Map.Entry<NodeId, Unsettled.Entry>> left = new ArrayList<>();
    try {
      for (Map.Entry<NodeId, Unsettled.Entry> one : doubts) {
        for (int i = 0; i < MOST_ROUNDS; i++) {
          Optional<Unsettled.Entry> doubt = unsettled.left(one.getKey(), one.getValue());
          if (doubt.isEmpty()) {
            break;
          }
          Again again = lookAgain(Map.entry(one.getKey(), doubt.get()));
          if (again == Again.OTHER_BYTES) {
            unsettled.written(base.require(one.getKey()));
          } else if (again == Again.NOT_FOUND) {
            left.add(one);
          } else if (again == Again.TOUCHED) {
            continue; // its bytes may be doubted still
          }
          break;
        }
      }
      settle();
    } finally {
      directories.close();
    }
    return left;
  }

  private int stepWithoutScan(int most) throws IOException {
    int left = most;
    while (left > 0) {
      int done = fresh.step(findings);
      if (done < 0) {
        break;
      }
      left -= Math.max(1, done);
    }
    settle();
    due(most);
    if (removals.isWaiting()) {
      removals.step(most, this::isGone);
    }
    return left;
  }

  private boolean isBusy() throws IOException {
    return removals.isWaiting() || unsettled.isDue() || !fresh.isEmpty();
  }

  /**
   * Whether the registers are what the tree was, as far as it was looked at: between, a move may
   * look like two names of one object, or like a removal.
   */
  public boolean isWhole() throws IOException {
    return fresh.isEmpty() && removals.isWhole();
  }

  /**
   * How long until {@link #step} is to be called next, though nothing happens; below zero for now,
   * empty for no need.
   */
  public Optional<Duration> untilDue() {
    return unsettled.untilDue();
  }

  /**
   * Demands a look at the whole tree, which goes on with {@link #step}, and begins again where the
   * process ends before it does. When one is under way, another follows it.
   *
   * @param reason for people
   */
  public void demandScan(String reason) throws IOException {
    scan.demand(reason);
  }

  /**
   * Looks at the whole tree as it is from now on, to the end, with what else is left: instead of a
   * scan that is under way, which would look at all of it once more.
   *
   * @param reason for people
   */
  public void scanNow(String reason) throws IOException {
    scan.restart(reason);
    while (scan.isRunning()) {
      step(DRAIN_STEP);
    }
  }

  /**
   * Demands a look at the whole tree as it is from now on, which goes on with {@link #step}: the
   * one that is under way begins anew, but not while somebody waits for that.
   *
   * @param reason for people
   * @return its number, for {@link #isScanned}
   */
  public long awaitScan(String reason) throws IOException {
    return scan.await(reason);
  }

  /** Whether a look at the whole tree has ended. */
  public boolean isScanned(long number) {
    return scan.isEnded(number);
  }

  /** Why the scan that is under way was demanded; empty when none is. */
  public Optional<String> scanReason() {
    return scan.reason();
  }

  /** Whether a look at the whole tree is under way. */
  public boolean isScanning() {
    return scan.isRunning();
  }

  /** What was found since this was last called. */
  public Findings takeFindings() {
    Findings taken = findings;
    findings = new Findings();
    entries.countIn(findings);
    removals.countIn(findings);
    return taken;
  }

  /** Removals that wait for somebody's word. */
  public Optional<DeletionsHeld> held() {
    return Optional.ofNullable(removals.held());
  }

  /** Lets the removals that are held now through, as far as what is removed is still gone. */
  public void confirmDeletions() throws IOException {
    removals.confirm();
  }

  /**
   * Registers the top of a base that knows nothing yet, and demands a look at the whole tree, which
   * comes behind what {@link #add} registers.
   *
   * @return the top; empty when the base is not new
   */
  public Optional<Node> beginSeed() throws IOException {
    if (base.lastSeq() != 0 || base.require(NodeId.ROOT).local() != null) {
      return Optional.empty();
    }
    top();
    if (!scan.isRunning()) {
      scan.demand("the first copy was made");
    }
    return base.node(NodeId.ROOT);
  }

  /**
   * Registers an object that was read under a stamp, when it is none that is known.
   *
   * @param name its only name, which nobody registered
   * @param isYoung whether the stamp does not prove what it is yet; only of what has no bytes
   */
  public void add(Node node, Dirent name, boolean isYoung) throws IOException {
    base.add(node, name);
    if (isYoung) {
      unsettled.young(node);
    }
  }

  private void top() throws IOException {
    try (PosixDirectory top = live.openTop()) {
      entries.top(top);
    }
  }

  private void settle() throws IOException {
    if (fresh.isEmpty()) {
      removals.settle(QueueKeys.GONE, this::isGone);
    }
  }

  // Names

  private void names(Hints hints) throws IOException {
    List<LocalKey> left = new ArrayList<>(hints.names().keySet());
    for (int round = 0; round < MOST_ROUNDS && !left.isEmpty(); round++) {
      List<LocalKey> again = new ArrayList<>();
      for (LocalKey key : left) {
        // One that is made or moved by a later hint is found in the next round.
        Optional<Node> node = base.nodeAt(key);
        Optional<PosixDirectory> handle =
            node.isEmpty() ? Optional.empty() : directories.open(node.get().id());
        if (handle.isEmpty()) {
          again.add(key);
        } else {
          names(node.get().id(), handle.get(), hints.names().getOrDefault(key, Map.of()), hints);
          object(key, hints); // its time moved
        }
      }
      if (again.size() == left.size()) {
        return; // what is not known and not found is none of the flow's
      }
      left = again;
    }
  }

  private void names(
      NodeId directory, PosixDirectory handle, Map<PathBytes, LocalKey> names, Hints hints)
      throws IOException {
    long device = handle.stat().device();
    for (Map.Entry<PathBytes, LocalKey> one : names.entrySet()) {
      Link link = new Link(directory, one.getKey());
      if (!HiddenNames.isHidden(link.name())) {
        look(handle, device, link, Hints.known(one.getValue()), hints);
      }
    }
  }

  /** Looks at one name, and notes when it is gone: false then. */
  private boolean look(
      PosixDirectory handle, long device, Link link, @Nullable LocalKey expected, Hints hints)
      throws IOException {
    return look(handle, device, link, expected, hints, Missing.GONE);
  }

  private boolean look(
      PosixDirectory handle,
      long device,
      Link link,
      @Nullable LocalKey expected,
      Hints hints,
      Missing missing)
      throws IOException {
    boolean isThere = name(handle, device, link, expected, hints::evidence);
    if (!isThere && missing == Missing.GONE) {
      removals.gone(QueueKeys.GONE, base.dirent(link));
    }
    return isThere;
  }

  /** Looks at one name; false when it is gone. */
  private boolean name(
      PosixDirectory handle,
      long device,
      Link link,
      @Nullable LocalKey expected,
      EntryLook.Known said)
      throws IOException {
    Dirent known = base.dirent(link);
    try {
      entries.asking();
      Optional<FileStat> stat = handle.find(link.name());
      if (stat.isEmpty()) {
        return false;
      }
      if (stat.get().isDirectory() && stat.get().device() != device) {
        problem(link, "is left out: another file system is mounted there");
        return true;
      }
      Node placed = known.placed() == null ? null : base.node(known.placed()).orElse(null);
      EntryLook.Seen seen = entries.found(handle, known, placed, stat.get(), expected, said);
      if (seen.isNew() && seen.node().isDirectory()) {
        fresh.add(seen.node().id(), NewDirectories.Levels.ONE);
      }
    } catch (ProviderException e) {
      if (e.errno().isEmpty()) {
        throw e;
      }
      if (EntryLook.isGone(e)) {
        return false;
      }
      problem(link, "can't be looked at: " + e.getMessage());
    }
    return true;
  }

  private boolean isGone(Dirent name) throws IOException {
    Optional<PosixDirectory> handle = directories.open(name.link().parent());
    return handle.isEmpty()
        || !name(
            handle.get(), handle.get().stat().device(), name.link(), null, EntryLook.Known.NOTHING);
  }

  private void problem(Link link, String reason) throws IOException {
    findings.problem(base.path(link.parent()).orElse(PathBytes.EMPTY).resolve(link.name()), reason);
  }

  // Objects

  private void object(LocalKey key, Hints hints) throws IOException {
    object(key, hints, Missing.GONE);
  }

  private void object(LocalKey key, Hints hints, Missing missing) throws IOException {
    Optional<Node> node = base.nodeAt(key);
    if (node.isEmpty()) {
      return; // a name tells of it when it comes into the tree
    }
    if (node.get().id().isRoot()) {
      top();
      entries.recorded(NodeId.ROOT, hints.evidence(key));
      return;
    }
    List<Link> links = concurrent.names(base, node.get());
    for (int i = links.size() - 1; i >= 0; i--) {
      Link link = links.get(i);
      Optional<PosixDirectory> handle = directories.open(link.parent());
      if (handle.isPresent()
          && look(handle.get(), handle.get().stat().device(), link, key, hints, missing)
          && node.get().id().equals(base.dirent(link).placed())) {
        return;
      }
    }
  }

  private void due(int most) throws IOException {
    for (Map.Entry<NodeId, Unsettled.Entry> one : unsettled.due(most)) {
      if (lookAgain(one) == Again.NOT_FOUND) {
        unsettled.park(one.getKey(), one.getValue());
      } else {
        unsettled.settled(one.getKey(), one.getValue());
      }
    }
  }

  /** What a look at an object whose stamp was doubted tells. */
  private enum Again {
    /** Nothing: it is not where it is known to be, and may have changed where it is. */
    NOT_FOUND,
    /** It is gone, or has another stamp by now. */
    TOUCHED,
    /** It shows the stamp that was doubted, and is as it was but for attributes. */
    KNOWN,
    /** It shows the stamp that was doubted, and has other bytes. */
    OTHER_BYTES
  }

  private Again lookAgain(Map.Entry<NodeId, Unsettled.Entry> one) throws IOException {
    Optional<Node> before = base.node(one.getKey());
    Local local = before.isEmpty() ? null : before.get().local();
    if (local == null) {
      return Again.TOUCHED;
    }
    // Where a scan has to tell what was moved, it tells what is gone, too: until then it may be a
    // directory with all that is in it.
    object(local.key(), new Hints(), live.findsByKey() ? Missing.GONE : Missing.LEFT);
    Node now = base.require(one.getKey());
    if (!local.equals(now.local())) {
      return Again.TOUCHED;
    }
    if (!again(now, one.getValue())) {
      return Again.NOT_FOUND;
    }
    return base.require(one.getKey()).contentVersion().equals(now.contentVersion())
        ? Again.KNOWN
        : Again.OTHER_BYTES;
  }

  /** Looks at an object that shows the stamp that was doubted; false when it is not found. */
  private boolean again(Node node, Unsettled.Entry entry) throws IOException {
    if (node.id().isRoot()) {
      againTop(node, entry);
      return true;
    }
    for (Link link : concurrent.names(base, node)) {
      Optional<PosixDirectory> handle = directories.open(link.parent());
      if (handle.isPresent() && node.id().equals(base.dirent(link).placed())) {
        Optional<FileStat> stat = handle.get().find(link.name());
        if (stat.isPresent() && EntryLook.here(node).isUntouched(stat.get())) {
          try {
            entries.settle(node, stat.get(), new Source(handle.get(), link.name()), entry);
          } catch (ProviderException e) {
            if (!EntryLook.isGone(e)) {
              throw e;
            }
            continue; // it went right now
          }
          return true;
        }
      }
    }
    return false;
  }

  private void againTop(Node node, Unsettled.Entry entry) throws IOException {
    try (PosixDirectory top = live.openTop()) {
      FileStat stat = top.stat();
      if (EntryLook.here(node).isUntouched(stat)) {
        entries.settle(node, stat, new Source(top, null), entry);
      }
    }
  }
}
