// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.content.ChunkKeys;
import io.kmesh.core.internal.flows.place.Came;
import io.kmesh.core.internal.flows.place.Drift;
import io.kmesh.core.internal.flows.place.Nursery;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.place.Problem;
import io.kmesh.core.internal.flows.place.Want;
import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Pieces;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.core.internal.flows.replica.Target;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A tree that a placer brings to what the registers say. */
final class TreeTarget implements Target {
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final FlowBase base;
  private final Placer placer;
  private final Arrivals arrivals;
  private final KmeshTime time;
  private final Consumer<Drift> drifts;

  /** Contents that come unasked, by the node. */
  private final Map<NodeId, Dot> announced = new HashMap<>();

  /** Contents that the placer wants and that were announced: asked for when they fail to come. */
  private final Map<NodeId, Want> awaited = new LinkedHashMap<>();

  /** Contents that the other site can't read, or this one write: problems until they are here. */
  private final Refusals refused = new Refusals();

  private final LateContents late;

  /** Contents that came in part when a way was lost. */
  private final List<Want> begun = new ArrayList<>();

  private @Nullable Assembler assembler;
  private final Deque<Mark> marks = new ArrayDeque<>();
  private @Nullable Mark newest;
  private long number;
  private long done;
  private long retryAt;
  private boolean isRemovedKept;
  private boolean isAlone = true;
  private volatile List<Problem> problems = List.of();
  private volatile long problemCount;
  private Retry retry = () -> {};

  /** What is tried again with all that failed. */
  interface Retry {
    /** Tries it. */
    void run() throws IOException;
  }

  /** Work of one step, by what must be placed. */
  private static final class Mark {
    final long number;
    final Deque<Due> open = new ArrayDeque<>();
    boolean isPlaced;

    Mark(long number) {
      this.number = number;
    }
  }

  /** What is to be in the tree: a register with what it said when it came. */
  private sealed interface Due {
    /** What the placer has problems by. */
    Object register();

    /** A name that is to lead to a node; to nothing where that is null. */
    record Name(Link register, @Nullable NodeId node) implements Due {}

    /** A node that is to have some attributes and content. */
    record Inode(NodeId register, Dot attributes, Dot content) implements Due {}
  }

  TreeTarget(FlowBase base, Placer placer, KmeshTime time, Consumer<Drift> drifts)
      throws IOException {
    this.base = base;
    this.placer = placer;
    this.arrivals = new Arrivals(placer);
    this.time = time;
    this.drifts = drifts;
    this.late = new LateContents(time);
    this.retryAt = time.nanoTime() + RETRY.toNanos();
    // What an earlier process stored and did not place is told as placed when it is.
    for (Object register : placer.pending()) {
      mark(register);
    }
  }

  /**
   * Has large files put together of what is here; before this is used.
   *
   * @param tree of the placer
   * @param gate asked before a file here is read
   * @param worker does one thing after another
   * @return what does it
   */
  Assembler assembleBy(
      PosixTree tree, ReadGate gate, ChunkKeys keys, RecipeSettings settings, Executor worker)
      throws IOException {
    Assembler made = new Assembler(base, placer, arrivals, tree, gate, keys, settings, worker);
    assembler = made;
    return made;
  }

  /** Has something tried again with all that failed; before this is used. */
  void eachRetry(Retry also) {
    retry = also;
  }

  @Override
  public void isReachedBy(int ends) {
    isAlone = ends <= 1;
  }

  /** Chunks and ranges are asked of the only other end: nobody knows which of several has them. */
  @Override
  public void reached(Channel channel) {
    if (assembler != null) {
      assembler.reached(isAlone && channel.tellsChunks());
    }
  }

  @Override
  public void recipe(Message.Recipe recipe) throws IOException {
    if (assembler != null) {
      assembler.recipe(recipe);
    }
  }

  @Override
  public List<Message> says() {
    return assembler == null ? List.of() : assembler.says();
  }

  @Override
  public void changed(Link link) throws IOException {
    placer.changed(link);
    mark(link);
  }

  @Override
  public void changed(NodeId node, Message.Delivery content) throws IOException {
    if (content == Message.Delivery.PUSHED) {
      announced.put(node, base.require(node).contentVersion().origin());
    }
    placer.changed(node);
    refused.keep(node, this::isWanted);
    mark(node);
  }

  /** Begins to take whole trees; empty where they can't be made. */
  Optional<Nursery> beginSeed() throws IOException {
    return base.lastSeq() == 0 ? placer.beginSeed() : Optional.empty();
  }

  /** No more come. */
  void endSeed() throws IOException {
    placer.endSeed();
  }

  /** Takes whole trees, of which the tops are to get their names. */
  void adopt(Nursery nursery, List<Placer.Planted> trees) throws IOException {
    placer.adopt(nursery, trees);
    for (Placer.Planted one : trees) {
      mark(one.names().get(0).link());
      mark(one.nodes().get(0).id());
    }
  }

  private void mark(Object register) throws IOException {
    Mark mark = newest;
    if (mark == null) {
      mark = new Mark(++number);
      newest = mark;
      marks.add(mark);
    }
    mark.open.add(register instanceof Link link ? due(link) : due((NodeId) register));
  }

  private Due due(Link link) throws IOException {
    return new Due.Name(link, base.dirent(link).node());
  }

  private Due due(NodeId id) throws IOException {
    Optional<Node> node = base.node(id);
    return new Due.Inode(
        id,
        node.map(n -> n.attributesVersion().origin()).orElse(Dot.NONE),
        node.map(n -> n.contentVersion().origin()).orElse(Dot.NONE));
  }

  @Override
  public Pieces.Taker contents() {
    return arrivals;
  }

  @Override
  public void gone(Message.Gone gone) throws IOException {
    if (assembler != null) {
      assembler.forget(gone.node(), gone.content());
    }
    if (!isLacking(gone.node(), gone.content())) {
      return; // a peer may say so of anything
    }
    Want want = awaited.remove(gone.node());
    announced.remove(gone.node(), gone.content());
    if (gone.cause() == Message.Cause.UNREADABLE) {
      refused.add(gone);
    } else {
      late.add(
          want != null && want.content().equals(gone.content())
              ? want
              : new Want(gone.node(), gone.content(), 0, null));
    }
  }

  @Override
  public void wantAgain() throws IOException {
    announced.clear();
    awaited.clear();
    late.clear();
    begun.clear();
    retryAt = time.nanoTime();
    for (Arrivals.Part part : arrivals.reset(this::isLacking)) {
      begun.add(new Want(part.node(), part.content(), part.size(), null));
    }
    if (assembler != null) {
      assembler.reset();
    }
    placer.askAgain();
  }

  @Override
  public List<Message.Wanted> wants(int most) throws IOException {
    if (arrivals.takeOverflow()) {
      wantAgain();
    }
    for (Came one : placer.takeCame()) {
      came(one.node(), one.content(), one.isLost());
    }
    Map<NodeId, Message.Wanted> asked = new LinkedHashMap<>();
    List<Want> lacking = new ArrayList<>(begun);
    begun.clear();
    lacking.addAll(placer.wants(most));
    Assembler by = assembler;
    for (Want want : lacking) {
      if (refused.has(want.node(), want.content())) {
        continue; // with all that failed
      }
      if (want.content().equals(announced.get(want.node()))
          && !arrivals.wasDropped(want.node(), want.content())) {
        awaited.put(want.node(), want);
      } else if (by == null || !by.take(want)) {
        ask(want, 0, asked);
      }
    }
    if (by != null) {
      for (Assembler.Rest rest : by.takeRests()) {
        if (isLacking(rest.want().node(), rest.want().content())) {
          ask(rest.want(), rest.from(), asked);
        }
      }
    }
    List<Want> again = late.due();
    if (time.nanoTime() - retryAt >= 0) {
      retryAt = time.nanoTime() + RETRY.toNanos();
      placer.retry();
      retry.run();
      refused.keep(this::isWanted);
      refused.list().forEach(g -> again.add(new Want(g.node(), g.content(), 0, null)));
      if (refused.takeOverflow()) {
        placer.askAgain();
      }
    }
    for (Want want : again) {
      if (isLacking(want.node(), want.content())) {
        asked.putIfAbsent(want.node(), new Message.Wanted(want.node(), want.content(), 0));
      } else {
        late.forget(want.node());
      }
    }
    return List.copyOf(asked.values());
  }

  /** A content does not come unasked any more: should it be wanted again it is asked for. */
  private void came(NodeId node, Dot content, boolean isLost) {
    announced.remove(node, content);
    Want want = awaited.get(node);
    if (want != null && want.content().equals(content)) {
      awaited.remove(node);
      if (isLost) {
        late.add(want);
      }
    }
  }

  private boolean isLacking(NodeId id, Dot content) throws IOException {
    Optional<Node> node = base.node(id);
    return node.isPresent()
        && !node.get().isPlaced()
        && node.get().contentVersion().origin().equals(content);
  }

  /** As the next, of a node that has a name. */
  private boolean isWanted(NodeId id, Dot content) throws IOException {
    return isLacking(id, content) && base.node(id).filter(n -> !n.links().isEmpty()).isPresent();
  }

  /** Asks for all of a content from a byte on that has not come. */
  private void ask(Want want, long from, Map<NodeId, Message.Wanted> asked) {
    Optional<List<Message.Range>> missing =
        assembler == null ? Optional.empty() : arrivals.missing(want.node(), want.content());
    if (assembler != null && isAlone && missing.isPresent()) {
      assembler.fetch(
          missing.get().stream()
              .filter(r -> r.from() + r.length() > from)
              .map(r -> behind(r, from))
              .toList());
    } else {
      asked.put(want.node(), new Message.Wanted(want.node(), want.content(), from));
    }
  }

  private static Message.Range behind(Message.Range range, long from) {
    long begin = Math.max(range.from(), from);
    return new Message.Range(
        range.node(), range.content(), begin, range.from() + range.length() - begin);
  }

  @Override
  public boolean isReady() throws IOException {
    return placer.isReady();
  }

  @Override
  public boolean step() throws IOException {
    newest = null;
    for (Message.Gone failure : arrivals.takeFailures()) {
      gone(failure);
    }
    // Batches are closed: each may be the last.
    Placer.Step step = isRemovedKept ? placer.step() : placer.finish();
    // What was placed by the step before is durable by the sync and commit of this one.
    while (!marks.isEmpty() && marks.peekFirst().isPlaced) {
      done = marks.removeFirst().number;
    }
    for (Mark mark : marks) {
      if (!isPlaced(mark)) {
        break;
      }
      mark.isPlaced = true;
    }
    if (step.placed() > 0 && !placer.problems().isEmpty()) {
      placer.retry(); // what was in the way may be gone
    }
    if (step.placed() > 0) {
      refused.keep(this::isWanted);
    }
    problems = problemsNow();
    arrivals.settle(dropping(this::isStale), dropping(this::isUseless));
    step.drifts().forEach(drifts);
    return step.hasMore() || (!marks.isEmpty() && marks.peekFirst().isPlaced);
  }

  private boolean isPlaced(Mark mark) throws IOException {
    while (!mark.open.isEmpty() && isPlaced(mark.open.peekFirst())) {
      mark.open.removeFirst();
    }
    return mark.open.isEmpty();
  }

  private boolean isPlaced(Due due) throws IOException {
    Object register = due.register();
    Optional<Problem> problem = placer.problem(register);
    if (problem.isPresent() && !isWaiting(problem.get())) {
      return true;
    }
    return (register instanceof NodeId id && base.node(id).filter(this::hasNoWay).isPresent())
        || isSettled(register)
        || (!placer.isShared() && isShown(due));
  }

  /**
   * Whether the tree shows a register as it was when it came, or later. A file that is written all
   * the time has a newer version that waits whenever one was placed; what was told before is there.
   */
  private boolean isShown(Due due) throws IOException {
    if (due instanceof Due.Name name) {
      return Objects.equals(name.node(), base.dirent(name.register()).placed());
    }
    Due.Inode inode = (Due.Inode) due;
    Local local = base.node(inode.register()).map(Node::local).orElse(null);
    return local != null
        && isFrom(local.attributes(), inode.attributes())
        && isFrom(local.content(), inode.content());
  }

  /** Whether a change is another one or came after it: who makes one has seen his own before. */
  private static boolean isFrom(Dot change, Dot other) {
    return change.replica() == other.replica() && change.counter() >= other.counter();
  }

  /** Whether a node is not here since each of its names is a problem. */
  private boolean hasNoWay(Node node) {
    return node.local() == null
        && !node.links().isEmpty()
        && node.links().stream()
            .allMatch(l -> placer.problem(l).filter(p -> !isWaiting(p)).isPresent());
  }

  private boolean isSettled(Object register) throws IOException {
    if (register instanceof Link link) {
      Dirent name = base.dirent(link);
      return name.isPlaced() || (name.node() != null && isRefused(name.node()));
    }
    Optional<Node> node = base.node((NodeId) register);
    if (isRefused((NodeId) register)) {
      return true;
    }
    if (node.isEmpty() || node.get().isPlaced() || node.get().links().isEmpty()) {
      awaited.remove(register);
      late.forget((NodeId) register);
      Dot content = announced.remove(register);
      if (content != null) {
        arrivals.wasDropped((NodeId) register, content);
      }
      return true;
    }
    return false;
  }

  private boolean isRefused(NodeId id) throws IOException {
    return base.node(id).filter(n -> refused.has(id, n.contentVersion().origin())).isPresent();
  }

  private List<Problem> problemsNow() throws IOException {
    List<Problem> all = new ArrayList<>();
    for (Problem problem : placer.problems()) {
      if (!isWaiting(problem)) {
        all.add(problem);
      }
    }
    problemCount = (long) all.size() + refused.size();
    for (Message.Gone gone : refused.list()) {
      if (all.size() >= EndStatus.MOST_PROBLEMS) {
        break;
      }
      all.add(
          new Problem(
              base.path(gone.node()).orElse(PathBytes.EMPTY), ErrorKind.TRANSIENT, gone.reason()));
    }
    return all;
  }

  /** Whether it is no failure yet, but waits for other entries. */
  private static boolean isWaiting(Problem problem) {
    return problem.kind() == ErrorKind.PRECONDITION;
  }

  /** Whatever a test says of is dropped. */
  private Arrivals.Stale dropping(Arrivals.Stale test) {
    return (node, content) -> {
      boolean isDropped = test.test(node, content);
      if (isDropped) {
        came(node, content, true);
      }
      return isDropped;
    };
  }

  private boolean isStale(NodeId id, Dot content) throws IOException {
    Optional<Node> node = base.node(id);
    if (node.isEmpty()) {
      return false;
    }
    Local local = node.get().local();
    return (local != null && local.content().equals(content))
        || (!node.get().contentVersion().origin().equals(content)
            && node.get().contentVersion().seen().has(content.replica(), content.counter()));
  }

  /** Of what lost its last name: if it gets another one its content is wanted anew. */
  private boolean isUseless(NodeId id, Dot content) throws IOException {
    return isStale(id, content) || base.node(id).filter(n -> n.links().isEmpty()).isPresent();
  }

  @Override
  public Optional<PathBytes> pathOf(Node node) throws IOException {
    return placer.pathOf(node);
  }

  /** Has steps leave what has no name, since it may be on its way to another. */
  void keepRemoved(boolean isKept) {
    isRemovedKept = isKept;
  }

  /** Somebody registered what users did to the tree. */
  void lookedAt() throws IOException {
    placer.lookedAt();
    if (placer.problems().stream().anyMatch(TreeTarget::isWaiting)) {
      placer.retry();
    }
  }

  /** Where users changed what was placed, each once. */
  Set<PathBytes> takeDoubts() {
    return placer.takeDoubts();
  }

  @Override
  public Duration pause() {
    return late.pause();
  }

  @Override
  public long newest() {
    return number;
  }

  @Override
  public long done() {
    return done;
  }

  @Override
  public long problems() {
    return problemCount;
  }

  /** How many contents are asked for again later, for tests. */
  int lateCount() {
    return late.size() + refused.size();
  }

  /** What can't be placed, the first of it. Any thread. */
  List<Problem> listProblems() {
    return problems;
  }
}
