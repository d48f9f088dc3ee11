// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.seed;

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
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.place.Nursery;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Source;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source whose first copy is made by whole trees, before anything is told to the target: these
 * are put into both bases, and what looks at the source afterwards finds the rest, and what changed
 * meanwhile. Who asks for a look at a place before it ends has the rest brought file by file. For
 * the base's thread.
 */
public final class SeedSource implements Source, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(SeedSource.class);
  private static final Duration POLL = Duration.ofMillis(5);
  private static final int MOST_TREES = 64;

  private final LiveSource source;
  private final Inspector inspector;
  private final FlowBase base;
  private final PosixTree tree;
  private final KmeshTime time;
  private final String name;
  private @Nullable SeedTarget target;
  private Seed.@Nullable Toll toll;
  private SeedSettings settings = SeedSettings.USUAL;
  private @Nullable CompletableFuture<Optional<Nursery>> beginning;
  private @Nullable Nursery nursery;
  private @Nullable Seed seed;
  private @Nullable Node top;
  private @Nullable CompletableFuture<Void> ending;

  /** The place in the log up to which all was registered here. */
  private long last;

  /** Registered, and not durable here yet. */
  private final List<Registered> registered = new ArrayList<>();

  /** Told to the target. */
  private final List<Handed> handed = new ArrayList<>();

  /** What bytes of files wait for. */
  @FunctionalInterface
  public interface Toll {
    /** Waits until so many may be copied, as long as that is wanted. */
    void pay(long bytes, java.util.function.BooleanSupplier isWanted) throws InterruptedException;
  }

  private record Registered(Tree tree, Placer.Planted planted) {}

  private record Handed(CompletableFuture<Void> done, List<Registered> trees) {}

  /**
   * A source.
   *
   * @param source what looks, before and afterwards
   * @param inspector by which it looks
   * @param tree the flow's top is its root; stays the caller's
   * @param name of the flow, for people who look at threads
   */
  public SeedSource(
      LiveSource source,
      Inspector inspector,
      FlowBase base,
      PosixTree tree,
      String name,
      KmeshTime time) {
    this.source = source;
    this.inspector = inspector;
    this.base = base;
    this.tree = tree;
    this.name = name;
    this.time = time;
  }

  /**
   * Has the first copy made by trees, where that can be; before the engine runs.
   *
   * @param to hears when the ends may be joined
   */
  public void seed(SeedTarget to, Toll bytes, SeedSettings how) {
    target = to;
    settings = how;
    toll = bytes::pay;
  }

  @Override
  public Look look() throws IOException {
    SeedTarget to = target;
    if (to == null) {
      return source.look();
    }
    if (ending != null) {
      return end(to, ending);
    }
    if (beginning == null) {
      begin(to);
      return Look.IDLE;
    }
    if (seed == null) {
      return beginning.isDone() ? start(to, beginning) : Look.IDLE;
    }
    return step(to, seed);
  }

  private void begin(SeedTarget to) throws IOException {
    Optional<Node> root = inspector.beginSeed();
    top = root.orElse(null);
    last = base.lastSeq();
    beginning = root.isPresent() ? to.begin() : CompletableFuture.completedFuture(Optional.empty());
  }

  private Look start(SeedTarget to, CompletableFuture<Optional<Nursery>> begun) throws IOException {
    Nursery made;
    try {
      made = begun.join().orElse(null);
    } catch (RuntimeException e) {
      made = null;
    }
    if (made == null) {
      return over(to);
    }
    nursery = made;
    try {
      Seed started =
          new Seed(
              tree,
              PosixLiveTree.open(tree, PathBytes.EMPTY),
              made,
              time,
              Objects.requireNonNull(toll),
              settings);
      seed = started;
      started.start(name);
    } catch (IOException e) {
      LOG.info("The first copy goes file by file: {}", e.getMessage(), e);
      ending = to.end(); // who looks at the source says what is wrong with it
    }
    return Look.IDLE;
  }

  private Look step(SeedTarget to, Seed from) throws IOException {
    if (!registered.isEmpty()) {
      from.stop(); // nobody commits between, so memory would fill
    }
    settleHanded(from);
    int trees = 0;
    for (Tree one = from.poll(); one != null; one = from.poll()) {
      Placer.Planted planted = register(one);
      if (planted == null) {
        from.drop(one);
        from.settled(one.entries().size());
      } else {
        registered.add(new Registered(one, planted));
      }
      if (++trees == MOST_TREES) {
        break;
      }
    }
    if (from.isOver() && registered.isEmpty() && handed.isEmpty()) {
      if (from.hasRemains()) {
        return over(to); // the next start takes them away
      }
      ending = to.end();
      return Look.MORE;
    }
    return trees > 0 ? Look.MORE : Look.IDLE;
  }

  private Look end(SeedTarget to, CompletableFuture<Void> end) {
    return end.isDone() ? over(to) : Look.IDLE;
  }

  private Look over(SeedTarget to) {
    target = null;
    to.ended();
    return Look.MORE;
  }

  private void settleHanded(Seed from) {
    while (!handed.isEmpty() && handed.get(0).done().isDone()) {
      Handed one = handed.remove(0);
      boolean isFailed = one.done().isCompletedExceptionally();
      if (isFailed) {
        from.stop();
      }
      for (Registered tree : one.trees()) {
        if (isFailed) {
          from.drop(tree.tree());
        }
        from.settled(tree.tree().entries().size());
      }
    }
  }

  /** Puts a tree into this base; null when something of it is known, or its directory is not. */
  private Placer.@Nullable Planted register(Tree tree) throws IOException {
    NodeId parent = tree.parent().node();
    if (parent == null || base.lastSeq() != last || !isNew(tree, parent)) {
      return null;
    }
    int size = tree.entries().size();
    List<Node> nodes = new ArrayList<>(size);
    List<Dirent> names = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      Sprout one = tree.entries().get(i);
      NodeId in = i == 0 ? parent : nodes.get(one.parent()).id();
      Link link = new Link(in, one.name());
      FileStat stat = one.source();
      NodeId id = base.newNodeId();
      Version attributes = Version.NONE.next(base.nextDot());
      Version content = Version.NONE.next(base.nextDot());
      Node node =
          new Node(
              id,
              stat.type(),
              0,
              PathBytes.EMPTY,
              one.attributes(),
              attributes,
              new Content(stat.isRegular() ? stat.size() : 0, stat.mtime()),
              content,
              Local.of(LocalKey.of(stat), stat, attributes.origin(), content.origin()),
              List.of(link),
              0);
      Dirent name = Dirent.none(link).to(id, Version.NONE.next(base.nextDot()));
      inspector.add(node, name.withPlaced(id), one.isYoung());
      if (one.plot() != null) {
        one.plot().registered(id);
      }
      FileStat made = one.target();
      boolean isTop = i == 0;
      nodes.add(
          node.withLocal(
              isTop
                  ? Local.of(LocalKey.of(made), made, Dot.NONE, Dot.NONE)
                  : Local.of(LocalKey.of(made), made, attributes.origin(), content.origin())));
      names.add(isTop ? name : name.withPlaced(id));
    }
    last = base.lastSeq();
    return new Placer.Planted(tree.number(), nodes, names);
  }

  /** Something that was moved while trees were copied may be in two of them. */
  private boolean isNew(Tree tree, NodeId parent) throws IOException {
    if (!base.dirent(new Link(parent, tree.entries().get(0).name()))
        .version()
        .equals(Version.NONE)) {
      return false;
    }
    Set<LocalKey> keys = new HashSet<>(tree.entries().size() * 2);
    for (Sprout one : tree.entries()) {
      LocalKey key = LocalKey.of(one.source());
      if (!keys.add(key) || base.isKnown(key)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void committed() throws IOException {
    source.committed();
    SeedTarget to = target;
    Nursery in = nursery;
    if (registered.isEmpty() || to == null || in == null) {
      return;
    }
    List<Registered> trees = List.copyOf(registered);
    registered.clear();
    long changes = 0;
    long bytes = 0;
    for (Registered one : trees) {
      changes += 2L * one.tree().entries().size();
      bytes += one.tree().bytes();
    }
    CompletableFuture<Void> done =
        to.take(
            in, last, Optional.ofNullable(top), trees.stream().map(Registered::planted).toList());
    top = null;
    handed.add(new Handed(done, trees));
    to.count(changes, bytes);
  }

  /** Ends the first copy by trees: what was not registered is looked at. */
  private void giveUp() {
    if (seed != null) {
      seed.stop();
    }
  }

  @Override
  public void lookAt(PathBytes path) throws IOException {
    giveUp();
    source.lookAt(path);
  }

  @Override
  public Looking beginLook() throws IOException {
    return source.beginLook();
  }

  @Override
  public void lookAt(List<Message.Place> places) throws IOException {
    giveUp();
    source.lookAt(places);
  }

  @Override
  public void recheck(NodeId node) throws IOException {
    source.recheck(node);
  }

  @Override
  public Duration pause() {
    return target == null ? source.pause() : POLL;
  }

  @Override
  public void close() throws IOException {
    if (seed != null) {
      seed.close();
    } else if (nursery != null) {
      nursery.close();
    } else if (beginning != null && beginning.isDone() && !beginning.isCompletedExceptionally()) {
      try {
        Optional<Nursery> made = beginning.get();
        if (made.isPresent()) {
          made.get().close();
        }
      } catch (InterruptedException | ExecutionException e) {
        throw new IOException(e);
      }
    }
  }
}
