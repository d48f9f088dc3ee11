// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.HiddenNames;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a site's tree what the registers of a base say. One thread, the engine's, calls all but
 * {@link #open} and {@link #put}, which any may call; it is the one that uses the base.
 *
 * <p>In a cycle the engine keeps registers in the base and says which with {@link #changed}, then
 * calls {@link #step}, or {@link #finish} when the batch is all there. A step makes durable what
 * was done before and announces, by one sync of the tree and one commit of the base, what it does
 * next; then it does it. Contents may come between steps. The sync may go on beside the engine's
 * thread ({@link #syncBy}): a step places the contents that had come when it began.
 */
public final class Placer implements Closeable {
  private static final int MOST_ROUNDS = 10_000;
  private static final int SET_GID = 02000;

  /** Without these a copy would be other than what is placed name by name, or not durable. */
  private static final Set<PosixCapability> FOR_SEEDS =
      EnumSet.of(
          PosixCapability.BYTE_NAMES,
          PosixCapability.OWNERSHIP,
          PosixCapability.NANOSECOND_TIMES,
          PosixCapability.RENAME_MODES,
          PosixCapability.TREE_SYNC);

  private final PosixTree tree;
  private final FlowBase base;
  private final Site site;
  private final Look look;
  private final Truth truth;
  private final Names names;
  private final NewEntries newEntries;
  private final Updates updates;
  private final Removals removals;
  private final DirectoryAttributes directoryAttributes;
  private @Nullable SyncRunner beside;

  /** What came was taken over for the next step, and the sync of it and of the last was begun. */
  private boolean isPrepared;

  /**
   * What a step did.
   *
   * @param placed how many names and nodes
   * @param hasMore whether another step would do more now
   * @param drifts what somebody else did to the tree, as far as this step met it
   */
  public record Step(long placed, boolean hasMore, List<Drift> drifts) {}

  private Placer(PosixTree tree, FlowBase base, PlaceSettings settings) throws IOException {
    this.tree = tree;
    this.base = base;
    this.site = new Site(tree, base, settings);
    this.look = new Look(site);
    this.truth = new Truth(site);
    this.names = new Names(site, truth);
    this.newEntries = new NewEntries(site, names);
    this.updates = new Updates(site);
    this.removals = new Removals(site, names, truth);
    this.directoryAttributes = new DirectoryAttributes(site, truth);
  }

  /**
   * Opens a tree for a flow, and finds what became of what an earlier process did last. It costs by
   * what was under way, not by the tree.
   *
   * @param tree stays the caller's, open until this is closed
   * @param base stays the caller's; without uncommitted changes
   */
  public static Placer begin(PosixTree tree, FlowBase base, PlaceSettings settings)
      throws IOException {
    return begin(tree, base, settings, Keeper.NONE);
  }

  /**
   * As above, with files kept that somebody wants to look at when they are replaced or removed.
   *
   * @param keeper hears of those too that an earlier process kept right before it ended
   */
  public static Placer begin(PosixTree tree, FlowBase base, PlaceSettings settings, Keeper keeper)
      throws IOException {
    Placer placer = new Placer(tree, base, settings);
    placer.site.keeper = keeper;
    boolean isBegun = false;
    try {
      placer.begin();
      isBegun = true;
    } finally {
      if (!isBegun) {
        placer.close();
      }
    }
    return placer;
  }

  private void begin() throws IOException {
    Node root = base.require(NodeId.ROOT);
    try (PosixDirectory top = tree.openRoot()) {
      FileStat stat = top.stat();
      Local local = root.local();
      Dot attributes = local == null ? Dot.NONE : local.attributes();
      Dot content = local == null ? Dot.NONE : local.content();
      if (local == null || !local.key().equals(site.keys.of(top, stat))) {
        base.keep(root.withLocal(Local.of(site.keys.of(top, stat), stat, attributes, content)));
      }
    }
    readWork();
    new Recovery(site, truth).run();
    if (site.isNew) {
      site.facts.touched(NodeId.ROOT);
    }
    look.changed(NodeId.ROOT);
  }

  /**
   * Paths of a tree that its users change, where it is not as it was placed: they are to be looked
   * at, and what was found is to be told by {@link #lookedAt}; given out once.
   */
  public Set<PathBytes> takeDoubts() {
    return site.doubts.take();
  }

  /** Somebody registered what users did to the tree: what waited for that is tried again. */
  public void lookedAt() throws IOException {
    site.directories.forgetAll();
    site.facts.moved();
    site.contents.moved();
  }

  /** Somebody who looked at a directory saw a name there that is no user's. */
  public void hidden(NodeId directory, PathBytes name) throws IOException {
    site.strays.seen(directory, name);
  }

  /** The names by registers of a node, and those that it has in the tree besides. */
  public List<Link> names(Node node) throws IOException {
    List<Link> all = new ArrayList<>(node.links());
    for (Link link : site.facts.places(node)) {
      if (!link.parent().equals(FlowNames.HIDDEN) && !all.contains(link)) {
        all.add(link);
      }
    }
    return all;
  }

  /** Where a node is in the tree; empty when it has no name there. */
  public Optional<PathBytes> pathOf(Node node) throws IOException {
    Link at = site.facts.place(node);
    return at == null || site.facts.directory(at.parent()) == null
        ? Optional.empty()
        : Optional.of(site.facts.path(at));
  }

  /**
   * Begins to take trees that are made whole before anybody sees them, where nothing of users is in
   * the tree and what is made has no access control list or group that nobody asked for.
   *
   * @return where they are made, when the base is committed; empty where it can't be
   */
  public Optional<Nursery> beginSeed() throws IOException {
    if (site.keys != LocalKeys.POSIX
        || site.isShared()
        || !tree.capabilities().containsAll(FOR_SEEDS)) {
      return Optional.empty();
    }
    try (Directories.Lease top = site.directories.lease(site.facts.root());
        Directories.Lease in = site.directories.lease(site.facts.hidden())) {
      if (in.hasInheritance()
          || (in.directory().stat().mode() & SET_GID) != 0
          || !isEmpty(top.directory())) {
        return Optional.empty();
      }
    }
    PosixDirectory opened;
    try (PosixDirectory top = tree.openRoot()) {
      opened = top.openDirectory(site.names.hidden());
    }
    site.intents.beginSeed();
    return Optional.of(new Nursery(opened, site.attributes));
  }

  private static boolean isEmpty(PosixDirectory top) throws IOException {
    try (DirectoryCursor all = top.entries()) {
      for (List<DirectoryEntry> some = all.next(); !some.isEmpty(); some = all.next()) {
        if (some.stream().anyMatch(one -> !HiddenNames.isHidden(one.name()))) {
          return false;
        }
      }
    }
    return true;
  }

  /** No more trees come, and none is left where they were made. */
  public void endSeed() throws IOException {
    site.intents.endSeed();
  }

  /**
   * A tree that was made whole.
   *
   * @param number by which it was made
   * @param nodes all of it, its top first, each as it is here
   * @param names the name of each; all but the first are placed
   */
  public record Planted(long number, List<Node> nodes, List<Dirent> names) {}

  /**
   * Takes trees that were made whole, which get their names by the next step. Their bytes and names
   * are durable when this returns, before the base says that they are here.
   */
  public void adopt(Nursery nursery, List<Planted> trees) throws IOException {
    List<Planted> named = new ArrayList<>();
    try {
      for (Planted one : trees) {
        nursery.rename(one.number(), site.names.held(one.nodes().get(0).id()));
        named.add(one);
      }
      tree.sync();
    } catch (IOException e) {
      for (Planted one : named) {
        nursery.renameBack(site.names.held(one.nodes().get(0).id()), one.number());
      }
      throw e;
    }
    for (Planted one : trees) {
      for (int i = 0; i < one.nodes().size(); i++) {
        base.add(one.nodes().get(i), one.names().get(i));
      }
    }
    for (Planted one : trees) {
      site.facts.held.add(one.nodes().get(0).id());
      look.changed(one.names().get(0).link());
    }
  }

  /**
   * The object that is a node is another node from now on, under all its names, and what is in it
   * is in that one.
   *
   * @param to in the base, and not in the tree
   */
  public void became(NodeId from, NodeId to) throws IOException {
    new Rebirth(site).became(from, to);
  }

  /** The names ({@link Link}) and nodes (ids) that are not as their registers say. */
  public List<Object> pending() throws IOException {
    List<Object> all = new ArrayList<>();
    site.work.readAll(
        new Work.Visitor() {
          @Override
          public void name(Link link) {
            all.add(link);
          }

          @Override
          public void node(NodeId id) {
            all.add(id);
          }
        });
    return all;
  }

  private void readWork() throws IOException {
    List<Link> links = new ArrayList<>();
    List<NodeId> nodes = new ArrayList<>();
    site.work.readAll(
        new Work.Visitor() {
          @Override
          public void name(Link link) {
            links.add(link);
          }

          @Override
          public void node(NodeId id) {
            nodes.add(id);
          }
        });
    for (Link link : links) {
      look.changed(link);
    }
    for (NodeId id : nodes) {
      site.facts.noticed(id);
    }
  }

  /** Says that the register of a name changed. */
  public void changed(Link link) throws IOException {
    look.changed(link);
  }

  /** Says that registers of a node changed, or that it is known now. */
  public void changed(NodeId node) throws IOException {
    look.changed(node);
  }

  /**
   * Contents that are not here, were not given out before and don't come yet, after a step.
   *
   * @param most the most that are given out
   */
  public List<Want> wants(int most) throws IOException {
    if (site.contents.hasMore()) {
      readWork();
    }
    for (Link link : List.copyOf(site.work.links)) {
      look.next(link);
    }
    return site.staging.ask(most);
  }

  /**
   * Contents that came, given out once: also those that were dropped, because they had no use or
   * somebody took them away. They may be wanted again.
   */
  public List<Came> takeCame() {
    return site.staging.takeCame();
  }

  /** Has {@link #wants} give out again all that don't come now: a peer was lost. */
  public void askAgain() {
    site.staging.askAgain();
  }

  /**
   * Takes a content; who opens the same one gets the same sink. Any thread.
   *
   * @param size its size, as who sends it says
   * @return empty when it is not wanted, or not known yet to be
   * @throws io.kmesh.spi.ProviderException INVALID when the register has another size
   */
  public Optional<ContentSink> open(NodeId node, Dot content, long size) throws IOException {
    return site.staging.open(node, content, size);
  }

  /**
   * Takes a whole content at once. Any thread.
   *
   * @param bytes all of it
   * @return false when it is not wanted, or not known yet to be
   * @throws io.kmesh.spi.ProviderException INVALID when the register has another size
   */
  public boolean put(NodeId node, Dot content, ByteBuffer bytes) throws IOException {
    return site.staging.put(node, content, bytes);
  }

  /** Has the tree synced beside the engine's thread, where one call does that; before steps. */
  public void syncBy(SyncRunner runner) {
    beside = runner;
  }

  /**
   * Prepares a step: takes over what came, and begins the sync that it begins with.
   *
   * @return whether a step would not wait for that. Until then registers may be kept and said to
   *     have changed, but nobody commits
   */
  public boolean isReady() throws IOException {
    SyncRunner runner = beside;
    if (runner == null) {
      return true;
    }
    if (!isPrepared) {
      site.contents.take();
      isPrepared = true;
      site.sync.begin(runner);
    }
    return !site.sync.isUnderWay();
  }

  /** Places what can be; what lost its names stays, for they may come with the batch's rest. */
  public Step step() throws IOException {
    return cycle(false);
  }

  /** Places what can be, at the end of a batch: what has no name any more goes. */
  public Step finish() throws IOException {
    return cycle(true);
  }

  /** Makes durable what was done, without doing more. */
  public void flush() throws IOException {
    site.sync.sync(site.facts);
    site.intents.clear();
    base.commit();
    site.contents.committed();
  }

  /** Whether nothing waits to be placed, and all that was placed is durable. */
  public boolean isSettled() throws IOException {
    return !site.sync.isDirty() && site.intents.isEmpty() && site.work.isEmpty();
  }

  /**
   * Why a name (a {@link Link}) or a node (its id) is not placed; of the kind PRECONDITION when it
   * waits for other entries to go elsewhere.
   */
  public Optional<Problem> problem(Object register) {
    return site.work.problem(register);
  }

  /** Whether users change the tree, so that what differs is theirs. */
  public boolean isShared() {
    return site.isShared();
  }

  /** What could not be placed. */
  public List<Problem> problems() {
    return site.work.problems();
  }

  /** Has the next step try again what could not be placed. */
  public void retry() throws IOException {
    for (Object one : site.work.retry()) {
      if (one instanceof Link link) {
        site.facts.noticed(link);
      } else if (one instanceof NodeId id) {
        site.facts.noticed(id);
      }
    }
  }

  /** How many attributes were left out because this process may not set them. */
  public long attributesLeftOut() {
    return site.attributes.leftOut();
  }

  private Step cycle(boolean isEnd) throws IOException {
    if (!isPrepared) {
      site.contents.take();
    }
    isPrepared = false;
    site.sync.step(site.facts);
    site.intents.clear();
    // A handle follows a directory that somebody moves, be it out of the tree.
    site.directories.forgetAll();
    site.facts.hereByMoves();
    site.mounts.clear();
    announce(isEnd);
    base.commit();
    site.contents.committed();
    site.placed = 0;
    placeNames();
    // What users wrote may be kept under another name by what is to come.
    if (isEnd || !site.isShared()) {
      for (NodeId id : List.copyOf(site.work.nodes)) {
        updates.add(id);
      }
      updates.run(truth);
    }
    if (isEnd) {
      removals.run();
      site.contents.settle();
      site.strays.clear();
      directoryAttributes.run();
    }
    wantNew();
    boolean hasMore =
        site.work.links.stream().anyMatch(l -> !site.intents.has(l))
            || (isEnd && site.work.removals.stream().anyMatch(l -> !site.intents.has(l)));
    return new Step(site.placed, hasMore, site.displacer.take());
  }

  private void announce(boolean isEnd) throws IOException {
    for (Link link : List.copyOf(site.work.links)) {
      look.announce(link);
    }
    for (NodeId id : site.work.nodes) {
      look.announceContent(id);
    }
    if (isEnd) {
      for (Link link : site.work.removals) {
        look.announceRemoval(link);
      }
      for (NodeId id : site.facts.held) {
        look.announceHeld(id);
      }
    }
  }

  /** In rounds, since one name's way is free when another has gone it. */
  private void placeNames() throws IOException {
    boolean isProgress = true;
    for (int round = 0; isProgress && round < MOST_ROUNDS; round++) {
      isProgress = false;
      List<Link> others = new ArrayList<>();
      for (Link link : List.copyOf(site.work.links)) {
        if (!site.intents.has(link)) {
          continue;
        }
        switch (look.next(link)) {
          case DIRECTORY -> isProgress |= names.place(link);
          case NEW -> newEntries.add(link);
          case MOVE -> others.add(link);
          default -> {}
        }
      }
      isProgress |= newEntries.run();
      for (Link link : others) {
        if (look.next(link) == Look.Next.MOVE) {
          isProgress |= names.place(link);
        }
      }
    }
  }

  /** What names wait for that could not be said before their directories were there. */
  private void wantNew() throws IOException {
    for (Link link : List.copyOf(site.work.links)) {
      Dirent dirent = base.dirent(link);
      if (!site.intents.has(link) && !dirent.isPlaced()) {
        look.next(link);
      }
    }
    site.contents.publish();
  }

  @Override
  public void close() throws IOException {
    site.sync.close();
    site.close();
  }
}
