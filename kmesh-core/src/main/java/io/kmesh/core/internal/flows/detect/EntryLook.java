// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares one entry, as it is now, with the base, and registers what differs. For the base's
 * thread.
 */
final class EntryLook {
  private final FlowBase base;
  private final LiveTree live;
  private final Unsettled unsettled;
  private final Concurrent concurrent;
  private final Removals removals;
  private Findings findings;

  EntryLook(
      FlowBase base,
      LiveTree live,
      Unsettled unsettled,
      Concurrent concurrent,
      Removals removals,
      Findings findings) {
    this.base = base;
    this.live = live;
    this.unsettled = unsettled;
    this.concurrent = concurrent;
    this.removals = removals;
    this.findings = findings;
  }

  void countIn(Findings next) {
    findings = next;
  }

  /**
   * What was seen of an entry.
   *
   * @param node the entry's object
   * @param isNew whether the object was not known before
   */
  record Seen(Node node, boolean isNew) {}

  /** Says what is known of an object's bytes. */
  interface Known {
    Known NOTHING = key -> Evidence.NONE;

    Evidence of(LocalKey object);
  }

  /**
   * An entry that is there.
   *
   * @param handle its directory
   * @param known the name's register
   * @param placed the node that has the name by the base, as it is now; null when none has
   * @param expected the key that it may have; null when nothing is expected
   * @throws ProviderException ENOENT when it went meanwhile
   */
  Seen found(
      PosixDirectory handle,
      Dirent known,
      @Nullable Node placed,
      FileStat stat,
      @Nullable LocalKey expected,
      Known said)
      throws IOException {
    findings.countLook();
    Link link = known.link();
    Node node = placed != null ? stillThere(placed, stat) : null;
    boolean isNamedSo = node != null;
    LocalKey key;
    PathBytes target = PathBytes.EMPTY;
    if (node != null) {
      Local local = here(node);
      key = local.key();
      Evidence evidence = said.of(key);
      if (known.isPlaced()
          && local.isUntouched(stat)
          && evidence != Evidence.BYTES
          && (evidence == Evidence.NONE || !hasOtherMode(node, stat))) {
        recorded(node, evidence);
        return new Seen(node, false);
      }
      node = base.require(node.id());
      if (node.local() == null) {
        // It went since its directory's names were read.
        node = base.nodeAt(key).orElse(null);
        isNamedSo = false;
      }
    } else {
      key = live.key(handle, link.name(), pathOf(link), stat, expected);
      node = base.nodeAt(key).orElse(null);
    }
    if (stat.type() == FileType.SYMLINK) {
      target = handle.readSymlink(link.name());
    }
    if (node != null && !isSame(node, stat, target)) {
      // The number of an inode that went was given to another.
      base.keep(node.withLocal(null));
      removals.lost(node.id());
      node = null;
      isNamedSo = false;
    }
    Source source = new Source(handle, link.name());
    boolean isNew = node == null;
    Node seen =
        node == null
            ? create(key, stat, target, source)
            : update(node, stat, source, isNamedSo ? said.of(key) : explained(said.of(key)));
    recorded(seen.id(), said.of(key));
    if (name(base.dirent(link), seen.id()) && seen.isDirectory() && !isNew) {
      unsettled.moved();
    }
    return new Seen(seen, isNew);
  }

  /** Who was just given a name had its time of change moved by that. */
  private static Evidence explained(Evidence evidence) {
    return evidence == Evidence.NONE ? Evidence.NO_BYTES : evidence;
  }

  /** A stat of an entry is asked for, which {@link #found} is given. */
  void asking() {
    unsettled.asking();
  }

  /** The flow's top. */
  Node top(PosixDirectory handle) throws IOException {
    Node top = base.require(NodeId.ROOT);
    asking();
    FileStat stat = handle.stat();
    LocalKey key = live.key(handle);
    findings.countLook();
    Source source = new Source(handle, null);
    if (top.local() != null) {
      Node here = here(top).key().equals(key) ? top : rekeyed(top, key);
      return update(here, stat, source, Evidence.NO_BYTES);
    }
    Version attributes = top.attributesVersion().next(base.nextDot());
    Version content = top.contentVersion().next(base.nextDot());
    findings.countAttributes();
    findings.countContent();
    Node found =
        top.withAttributes(Attributes.of(stat, source.xattrs()), attributes)
            .withContent(contentOf(stat), content)
            .withLocal(Local.of(key, stat, attributes.origin(), content.origin()));
    unsettled.written(found);
    return concurrent.changed(base, found);
  }

  /** The flow's top as nobody's change: what others make of it counts. */
  void topAsFound(PosixDirectory handle) throws IOException {
    FileStat stat = handle.stat();
    base.keep(
        base.require(NodeId.ROOT)
            .withAttributes(Attributes.of(stat, new Source(handle, null).xattrs()), Version.NONE)
            .withContent(contentOf(stat), Version.NONE)
            .withLocal(Local.of(live.key(handle), stat, Dot.NONE, Dot.NONE)));
  }

  /** A directory itself, before its names are looked at: what comes later moves its time again. */
  void directory(NodeId id, PosixDirectory handle) throws IOException {
    Node node = base.require(id);
    if (node.local() != null) {
      asking();
      update(node, handle.stat(), new Source(handle, null), Evidence.NO_BYTES);
    }
  }

  /** A name that is never part of a flow. */
  void hidden(NodeId directory, PathBytes name) throws IOException {
    concurrent.hidden(directory, name);
  }

  /** The node that has a name by the base, when it is what was found there. */
  private @Nullable Node stillThere(Node placed, FileStat stat) throws IOException {
    Local local = placed.local();
    if (local == null || placed.type() != stat.type()) {
      return null;
    }
    if (live.isOf(local.key(), stat)) {
      return placed;
    }
    // A file system that was mounted anew may have another device number.
    if (!live.findsByKey() && local.key().low() == stat.inode() && local.isUntouched(stat)) {
      return rekeyed(placed, LocalKey.of(stat));
    }
    return null;
  }

  private Node rekeyed(Node node, LocalKey key) throws IOException {
    Local old = here(node);
    Node next =
        node.withLocal(
            new Local(key, old.size(), old.mtime(), old.ctime(), old.attributes(), old.content()));
    base.keep(next);
    return next;
  }

  /** What is known of a node that is here. */
  static Local here(Node node) {
    Local local = node.local();
    if (local == null) {
      throw new IllegalArgumentException("Node " + node.id() + " is not here.");
    }
    return local;
  }

  /** Whether what never changes in an object's life is the same. */
  private static boolean isSame(Node node, FileStat stat, PathBytes target) {
    return node.type() == stat.type()
        && node.rdev() == rdevOf(stat)
        && node.target().equals(target);
  }

  private static long rdevOf(FileStat stat) {
    return stat.type() == FileType.CHARACTER_DEVICE || stat.type() == FileType.BLOCK_DEVICE
        ? stat.rdev()
        : 0;
  }

  private static Content contentOf(FileStat stat) {
    return new Content(stat.isRegular() ? stat.size() : 0, stat.mtime());
  }

  private Node create(LocalKey key, FileStat stat, PathBytes target, Source source)
      throws IOException {
    NodeId id = base.newNodeId();
    Version attributes = Version.NONE.next(base.nextDot());
    Version content = Version.NONE.next(base.nextDot());
    Node node =
        new Node(
            id,
            stat.type(),
            rdevOf(stat),
            target,
            Attributes.of(stat, source.xattrs()),
            attributes,
            contentOf(stat),
            content,
            Local.of(key, stat, attributes.origin(), content.origin()),
            List.of(),
            0);
    findings.countNode();
    unsettled.written(node);
    return concurrent.changed(base, node);
  }

  /** Registers what differs of an object that is known. */
  Node update(Node node, FileStat stat, Source source, Evidence evidence) throws IOException {
    Local local = here(node);
    boolean isTouched = !local.isUntouched(stat);
    if (!isTouched && (evidence == Evidence.NONE || !hasOtherMode(node, stat))) {
      return evidence == Evidence.BYTES && node.isRegular() && unsettled.mayHaveChanged(node)
          ? rewritten(node, stat, source)
          : node;
    }
    Node next = node;
    Dot attributesHere = local.attributes();
    boolean hasOthers = false;
    // Of attributes that are to be replaced it is not known what they were here.
    if (attributesHere.equals(node.attributesVersion().origin())) {
      Attributes here = Attributes.of(stat, source.xattrs());
      if (!here.equals(node.attributes())) {
        Version version = node.attributesVersion().next(base.nextDot());
        next = next.withAttributes(here, version);
        attributesHere = version.origin();
        hasOthers = true;
        findings.countAttributes();
      }
    }
    boolean isOther =
        !local.mtime().equals(stat.mtime()) || (stat.isRegular() && local.size() != stat.size());
    Local seen = Local.of(local.key(), stat, attributesHere, local.content());
    if (isOther || isDoubtful(node, hasOthers, stat, evidence)) {
      Node written = content(next.withLocal(seen), contentOf(stat));
      unsettled.written(written);
      if (written.contentVersion().equals(node.contentVersion()) && !hasOthers) {
        base.keep(written);
        return written;
      }
      return concurrent.changed(base, written);
    }
    next = next.withLocal(seen);
    if (node.isRegular()) {
      unsettled.passedOver(next, local.ctime());
    } else {
      unsettled.written(next);
    }
    if (attributesHere.equals(local.attributes())) {
      base.keep(next);
      return next;
    }
    return concurrent.changed(base, next);
  }

  /** A record told of an object: another change of its times may have none. */
  void recorded(NodeId id, Evidence evidence) throws IOException {
    if (evidence != Evidence.NONE) {
      recorded(base.require(id), evidence);
    }
  }

  private void recorded(Node node, Evidence evidence) throws IOException {
    if (evidence != Evidence.NONE && isReadHere(node)) {
      unsettled.recorded(node);
    }
  }

  /**
   * Whether its attributes are what was read of it here. Those that were placed may be others than
   * were asked for, where this process may not set owners.
   */
  private boolean isReadHere(Node node) {
    Dot shown = node.local() == null ? Dot.NONE : node.local().attributes();
    return shown.replica() == base.replica() && shown.equals(node.attributesVersion().origin());
  }

  /** Whether what a stat tells of attributes is not what was read. */
  private boolean hasOtherMode(Node node, FileStat stat) {
    Attributes known = node.attributes();
    return isReadHere(node)
        && (known.mode() != stat.mode() || known.uid() != stat.uid() || known.gid() != stat.gid());
  }

  /**
   * Whether bytes may have changed though size and time did not: a writer may have set the time
   * back. Where nothing else moved the time of change, that is believed; a file system that has
   * data versions is asked.
   */
  private boolean isDoubtful(Node node, boolean hasOthers, FileStat stat, Evidence evidence)
      throws IOException {
    if (!node.isRegular() || evidence == Evidence.NO_BYTES) {
      return false;
    }
    if (evidence == Evidence.NONE && (hasOthers || stat.links() != node.links().size())) {
      return false;
    }
    return !unsettled.isProvenSame(node);
  }

  /** Looks again at what shows the stamp that was doubted: nothing newer can hide behind it now. */
  void settle(Node node, FileStat stat, Source source, Unsettled.Entry entry) throws IOException {
    Local local = here(node);
    Node next = attributesAgain(node, stat, source);
    boolean isOther = !next.attributesVersion().equals(node.attributesVersion());
    if (unsettled.isOtherWhenDue(node, entry)) {
      next = content(next, new Content(local.size(), local.mtime()));
      isOther = true;
    }
    if (isOther) {
      concurrent.changed(base, next);
    }
  }

  /** An object that shows the same stamp as before, with the attributes that it has now. */
  private Node attributesAgain(Node node, FileStat stat, Source source) throws IOException {
    Local local = here(node);
    if (!local.attributes().equals(node.attributesVersion().origin())) {
      return node;
    }
    Attributes here = Attributes.of(stat, source.xattrs());
    if (here.equals(node.attributes())) {
      return node;
    }
    Version version = node.attributesVersion().next(base.nextDot());
    findings.countAttributes();
    return node.withAttributes(here, version)
        .withLocal(
            new Local(
                local.key(),
                local.size(),
                local.mtime(),
                local.ctime(),
                version.origin(),
                local.content()));
  }

  /**
   * Registers other bytes of a file that shows the same stamp as before. Its attributes may be
   * others as well: who waits for what was doubted takes this for the look at it.
   */
  private Node rewritten(Node node, FileStat stat, Source source) throws IOException {
    Local local = here(node);
    Node written =
        content(attributesAgain(node, stat, source), new Content(local.size(), local.mtime()));
    unsettled.written(written);
    return concurrent.changed(base, written);
  }

  private Node content(Node node, Content now) throws IOException {
    Local local = here(node);
    Dot dot = base.nextDot();
    Dot had = local.content();
    boolean isPlaced = had.equals(node.contentVersion().origin());
    if (!isPlaced && !node.isRegular()) {
      return node; // of a time alone the newer value wins
    }
    findings.countContent();
    Node here =
        node.withLocal(
            new Local(
                local.key(), local.size(), local.mtime(), local.ctime(), local.attributes(), dot));
    if (isPlaced) {
      return here.withContent(now, node.contentVersion().next(dot));
    }
    VersionVector seen =
        had.counter() == 0 ? VersionVector.EMPTY : VersionVector.of(had.replica(), had.counter());
    return concurrent.content(base, here, now, new Version(Dot.NONE, seen).next(dot));
  }

  /** Registers that a name leads to a node here; whether it did not before. */
  private boolean name(Dirent known, NodeId here) throws IOException {
    if (here.equals(known.placed())) {
      return false; // nobody gave it; where it leads elsewhere, that is to be placed
    }
    NodeId before = known.placed();
    if (here.equals(known.node())) {
      base.keep(known.withPlaced(here));
    } else if (known.isPlaced()) {
      Version next = known.version().next(base.nextDot());
      concurrent.changed(base, known, known.to(here, next).withPlaced(here));
      findings.countName();
    } else {
      Dot dot = base.nextDot();
      Version version = Version.NONE.next(dot);
      base.keep(concurrent.name(base, known, here, version).withPlaced(here));
      findings.countName();
    }
    concurrent.placed(known.link());
    if (before != null) {
      removals.lost(before);
    }
    return true;
  }

  private PathBytes pathOf(Link link) throws IOException {
    Optional<PathBytes> directory = base.path(link.parent());
    return directory.orElse(PathBytes.EMPTY).resolve(link.name());
  }

  /** Whether an error says that something is not there, or is of another kind than thought. */
  static boolean isGone(ProviderException e) {
    return e.errno()
        .filter(
            n ->
                n.equals(Errno.ENOENT)
                    || n.equals(Errno.ENOTDIR)
                    || n.equals(Errno.ELOOP)
                    || n.equals(Errno.ESTALE))
        .isPresent();
  }
}
