// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.content.ChunkKeys;
import io.kmesh.core.internal.flows.content.ChunkLevel;
import io.kmesh.core.internal.flows.content.FeatureTable;
import io.kmesh.core.internal.flows.merge.ReplicaEnds;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of one replica: looks for local changes, tells peers, takes what they tell, brings it
 * to the local tree. One thread drives it by {@link #step}; what comes over ways is handed in from
 * any thread.
 */
public final class Replica {
  /** No end alone, but all of them. */
  public static final int ALL = -1;

  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
  private static final int MOST_EVENTS = 64;
  private static final long MOST_INBOX_BYTES = 64 << 20;
  private static final int MOST_OUTSTANDING = 16;
  private static final int MOST_READING = 32;
  private static final int MOST_WANTS = 4096;

  /** Nodes of at most this many bytes are sent without being asked for. */
  private static final long MOST_PUSHED = 1 << 20;

  /**
   * So much goes unasked before the peer says that it has the batches: it drops what it can't hold
   * yet (64 MiB), and would have to ask for it.
   */
  private static final long MOST_PUSHED_AHEAD = 48 << 20;

  private final ReplicaIdentity identity;
  private final FlowBase base;
  private final Progress progress;
  private final @Nullable Source source;
  private final @Nullable Target target;
  private final ContentSender contents;
  private final ContentRequests requests;
  private final Intake intake;
  private final @Nullable Joining joining;
  private final WantRouter router = new WantRouter();
  private final KmeshTime time;
  private final LagMeter lag = new LagMeter();
  private final AtomicLong bytesSent = new AtomicLong();
  private final AtomicLong changesSent = new AtomicLong();

  private final Object monitor = new Object();
  private final Deque<Event> inbox = new ArrayDeque<>();
  private final Map<Channel, Peer> peers = new LinkedHashMap<>();
  private final List<Barrier> barriers = new ArrayList<>();
  private final List<Awaited> looks = new ArrayList<>();
  private final List<CompletableFuture<Void>> asked = new ArrayList<>();

  /** Changes of the base that somebody waits for, until they are committed. */
  private final List<CompletableFuture<Void>> changed = new ArrayList<>();

  private long inboxBytes;
  private long lookAfter;

  /** The place in the log up to which a peer shows it, also while it is not reached. */
  private long shown;

  /** The same of several masters, by their ends. */
  private final Map<Integer, Long> shownBy = new TreeMap<>();

  private Message.Delivery delivery = Message.Delivery.ON_DEMAND;
  private boolean wasWoken;
  private boolean isSettling;

  /** A way was lost while something was sent. */
  private boolean isAskedInVain;

  private boolean isClosed;
  private volatile ReplicaStatus status = ReplicaStatus.NONE;
  private volatile long mostPushed = MOST_PUSHED;
  private volatile @Nullable Edits edits;
  private volatile @Nullable FeatureTable notes;

  /** Something that came from another thread. */
  private sealed interface Event {
    record Attached(Channel channel) implements Event {}

    record Detached(Channel channel) implements Event {}

    record Received(Channel channel, byte[] message) implements Event {}

    record NotSent(Channel channel, Message.Gone gone) implements Event {}

    record Told(Message.Recipe recipe) implements Event {}

    record Call(Work work, boolean isChange, CompletableFuture<Void> done) implements Event {}

    record Asked(PathBytes path, int towards, CompletableFuture<Void> done) implements Event {}

    record Settle(CompletableFuture<Void> done) implements Event {}
  }

  /** What the engine's thread is to do with the base. */
  @FunctionalInterface
  public interface Work {
    /** Does it. */
    void run() throws IOException;
  }

  private record Barrier(long place, int towards, CompletableFuture<Void> done) {
    boolean concerns(Peer peer) {
      return towards == ALL || (peer.hasGreeted() && ReplicaEnds.of(peer.replica) == towards);
    }
  }

  /** Somebody waits for a look that goes on. */
  private record Awaited(Source.Looking look, int towards, CompletableFuture<Void> done) {}

  /** Makes an engine of a flow of which one site alone decides. */
  public Replica(
      ReplicaIdentity identity,
      FlowBase base,
      PosixTree tree,
      @Nullable Source source,
      @Nullable Target target,
      ReadGate gate,
      Executor crew,
      KmeshTime time)
      throws IOException {
    this(identity, base, tree, source, target, null, gate, crew, time);
  }

  /**
   * Makes an engine.
   *
   * @param source where changes are looked for; null where only those of others count
   * @param target what changes of others are brought to; null where none are taken
   * @param joining joins changes of others with those of this tree's users; null where one site
   *     alone decides
   * @param gate asked before a file is read
   * @param crew reads files
   */
  public Replica(
      ReplicaIdentity identity,
      FlowBase base,
      PosixTree tree,
      @Nullable Source source,
      @Nullable Target target,
      @Nullable Joining joining,
      ReadGate gate,
      Executor crew,
      KmeshTime time)
      throws IOException {
    this.identity = identity;
    this.base = base;
    this.progress = new Progress(base);
    this.source = source;
    this.target = target;
    this.joining = joining;
    this.time = time;
    this.contents =
        new ContentSender(tree, gate, ChunkKeys.of(identity.flow()), crew, new Sending());
    this.requests = new ContentRequests(base, contents, this::pathOf, this::tellGone);
    this.intake = new Intake(base, new Arrivals());
    this.lookAfter = time.nanoTime();
  }

  /** Has what leaves this site guarded; before it runs. */
  public void guard(SendGate gateOfFlow) {
    requests.guard(gateOfFlow);
  }

  /** Sends bytes of files to those alone who ask for them. */
  public void sendOnDemand() {
    mostPushed = -1;
  }

  /** Notes by what files here are found whose chunks were told; before it runs. */
  public void noteIn(FeatureTable table) {
    notes = table;
  }

  /** Lets other sites change the local tree; before it runs. */
  public void take(Edits changes) {
    edits = changes;
  }

  /** A way to a peer is up. */
  public void attach(Channel channel) {
    add(new Event.Attached(channel));
  }

  /** A way to a peer is down. */
  public void detach(Channel channel) {
    add(new Event.Detached(channel));
  }

  /**
   * A message came in order. Never waits, since a peer that waits for this one must be heard: peers
   * bound by themselves what they say before they are answered.
   *
   * @throws ProviderException when the peer does not
   */
  public void received(Channel channel, byte[] message) throws ProviderException {
    synchronized (monitor) {
      if (inboxBytes + message.length > MOST_INBOX_BYTES) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot take more messages of "
                + channel.site()
                + ": "
                + inboxBytes
                + " bytes wait to be dealt with. The two sites may run builds that disagree.");
      }
      inboxBytes += message.length;
    }
    add(new Event.Received(channel, message));
  }

  /** Bytes of files came. Any thread. */
  public void receivedBulk(byte[] message) throws IOException {
    Pieces.read(message, taker());
    if (target != null) {
      wake();
    }
  }

  /** Who takes bytes of files here. Any thread may call it. */
  public Pieces.Taker taker() throws ProviderException {
    Edits changes = edits;
    if (target != null) {
      return target.contents();
    }
    if (changes != null) {
      return changes.contents();
    }
    throw new ProviderException(
        ErrorKind.DENIED,
        "Cannot take bytes of files from the other site: this replica only sends.");
  }

  /**
   * Asks that all that is at and below a path now be durable at all peers that are reached.
   *
   * @return done when it is; failed when an entry can't be placed there
   */
  public CompletableFuture<Void> barrier(PathBytes path) {
    return barrier(path, ALL);
  }

  /**
   * As {@link #barrier(PathBytes)}, where one end of several masters counts alone.
   *
   * @param towards the end's number, or {@link #ALL}
   */
  public CompletableFuture<Void> barrier(PathBytes path, int towards) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    synchronized (monitor) {
      asked.removeIf(CompletableFuture::isDone);
      asked.add(done);
    }
    add(new Event.Asked(path, towards, done));
    return done;
  }

  /**
   * Looks for local changes no more.
   *
   * @return done when all that was found is durable at all peers that are reached; failed when an
   *     entry can't be placed there
   */
  public CompletableFuture<Void> settle() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    synchronized (monitor) {
      asked.add(done);
    }
    add(new Event.Settle(done));
    return done;
  }

  /** Looks for local changes again, after {@link #settle}. */
  public CompletableFuture<Void> goOn() {
    return call(() -> isSettling = false);
  }

  /**
   * Looks at places where somebody says that something changed.
   *
   * @return done when what was found there is registered; at once where no changes are looked for
   */
  public CompletableFuture<Void> look(List<Message.Place> places) {
    return call(
        () -> {
          if (source != null && !isSettling) {
            source.lookAt(places);
            if (joining != null && target != null) {
              joining.looked();
              joining.settle(target);
            }
          }
        });
  }

  /** Tells one of several masters by their numbers which ends there are, so that others went. */
  public CompletableFuture<Void> keepOnly(Set<Integer> ends) {
    return change(
        () -> {
          if (joining != null) {
            joining.keepOnly(ends);
          }
        });
  }

  /** Has one of several masters forget no removal any more; done when it is so. */
  public CompletableFuture<Void> keepRemovals() {
    return call(
        () -> {
          if (joining != null) {
            joining.keepRemovals();
          }
        });
  }

  /** Has the engine's thread read something between two steps; done when it did. Any thread. */
  public CompletableFuture<Void> call(Work work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    add(new Event.Call(work, false, done));
    return done;
  }

  /**
   * Has the engine's thread change the base between two steps; done when the change is durable. Any
   * thread.
   */
  public CompletableFuture<Void> change(Work work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    add(new Event.Call(work, true, done));
    return done;
  }

  /**
   * Takes what a replica of the same process has in its log up to a place, where most of it was put
   * into this base, and the tree, by other means.
   *
   * @param from the replica
   * @param changes what is to be taken as if it had been told
   * @param rest puts the rest into the base
   * @return done when it is durable
   */
  public CompletableFuture<Void> takeSeed(
      long from, long to, List<Message.Change> changes, Work rest) {
    return change(
        () -> {
          rest.run();
          for (Message.Change change : changes) {
            delivery = change.content();
            intake.take(change);
          }
          Progress.Peer kept = progress.of(from);
          progress.keep(from, new Progress.Peer(to, kept.told(), kept.counter()));
        });
  }

  /** Counts what went to a peer by other means. Any thread. */
  public void seeded(long changes, long bytes) {
    changesSent.addAndGet(changes);
    bytesSent.addAndGet(bytes);
  }

  /** The id of its base. */
  public long id() {
    return base.replica();
  }

  /** How it stands, as of the last step. Any thread. */
  public ReplicaStatus status() {
    return status;
  }

  /** Has the engine look at once. Any thread. */
  public void wake() {
    synchronized (monitor) {
      wasWoken = true;
      monitor.notifyAll();
    }
  }

  /** Steps until it is closed. */
  public void run() throws IOException, InterruptedException {
    while (true) {
      boolean isBusy = step();
      synchronized (monitor) {
        if (isClosed) {
          return;
        }
        if (!isBusy && inbox.isEmpty() && !wasWoken) {
          time.await(monitor, pause());
        }
        wasWoken = false;
      }
    }
  }

  /**
   * Ends {@link #run} after its step, and fails what waits for it; the base stays the caller's to
   * close.
   */
  public void close() {
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    synchronized (monitor) {
      isClosed = true;
      for (Event event : inbox) {
        if (event instanceof Event.Call call) {
          waiting.add(call.done());
        }
      }
      waiting.addAll(asked);
      asked.clear();
      waiting.addAll(changed);
      changed.clear();
      monitor.notifyAll();
    }
    for (CompletableFuture<Void> one : waiting) {
      one.completeExceptionally(
          new ProviderException(
              ErrorKind.TRANSIENT, "The flow was stopped meanwhile. Start it, and ask again."));
    }
  }

  /**
   * One round of all.
   *
   * @return whether there is more to do at once
   */
  public boolean step() throws IOException, InterruptedException {
    boolean hasMore = takeEvents();
    if (isAskedInVain) {
      wantAgain();
    }
    hasMore |= look();
    if (edits != null) {
      for (Edits.Answer answer : edits.step()) {
        answer(answer);
      }
    }
    if (target != null && joining == null && !target.isReady()) {
      status = statusNow();
      return hasMore; // nothing that came is durable yet
    }
    if (target != null) {
      if (joining != null && joining.settle(target)) {
        lookAfter = time.nanoTime();
      }
      hasMore |= joining != null && collect(joining);
      hasMore |= target.step(); // commits, and what it did itself not before that is durable
      hasMore |= joining != null && joining.hasDoubts();
    } else {
      base.commit();
    }
    settleChanges();
    if (source != null) {
      source.committed();
    }
    for (Peer peer : List.copyOf(peers.values())) {
      try {
        hasMore |= tell(peer);
      } catch (IOException e) {
        drop(peer, e);
      }
    }
    if (joining != null && target != null) {
      askForBytes(target);
    }
    status = statusNow(); // before somebody who waited for a barrier asks for it
    settleBarriers();
    return hasMore;
  }

  private void settleChanges() {
    List<CompletableFuture<Void>> durable;
    synchronized (monitor) {
      durable = List.copyOf(changed);
      changed.clear();
    }
    durable.forEach(one -> one.complete(null));
  }

  private boolean collect(Joining joins) throws IOException {
    boolean hasMore = false;
    for (Peer peer : peers.values()) {
      hasMore |= peer.hasGreeted() && joins.collect(progress.of(peer.replica).taken());
    }
    return hasMore;
  }

  /** Asks for bytes after the batches were told that make others know of them. */
  private void askForBytes(Target here) throws IOException {
    if (peers.values().stream().noneMatch(Peer::hasGreeted)) {
      return;
    }
    Map<Peer, List<Message.Wanted>> byPeer = new LinkedHashMap<>();
    for (Message.Wanted wanted : here.wants(MOST_WANTS)) {
      router
          .first(wanted, peers.values())
          .ifPresent(p -> byPeer.computeIfAbsent(p, k -> new ArrayList<>()).add(wanted));
    }
    byPeer.forEach(this::ask);
    for (Message message : here.says()) {
      Optional<Peer> peer = peers.values().stream().filter(Peer::hasGreeted).findFirst();
      if (peer.isPresent()) {
        try {
          peer.get().channel.send(MessageCodec.encode(message));
        } catch (IOException e) {
          drop(peer.get(), e);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private boolean takeEvents() throws IOException, InterruptedException {
    for (int i = 0; i < MOST_EVENTS; i++) {
      Event event;
      synchronized (monitor) {
        event = inbox.pollFirst();
        if (event instanceof Event.Received received) {
          inboxBytes -= received.message().length;
        }
      }
      if (event == null) {
        return false;
      }
      handle(event);
    }
    return true;
  }

  private void handle(Event event) throws IOException, InterruptedException {
    if (event instanceof Event.Attached attached) {
      Peer peer = new Peer(attached.channel());
      peers.put(peer.channel, peer);
      try {
        peer.channel.send(
            MessageCodec.encode(
                new Message.Hello(
                    identity.flow(),
                    identity.site(),
                    base.replica(),
                    identity.generation(),
                    progress.taken())));
      } catch (IOException e) {
        drop(peer, e);
      }
    } else if (event instanceof Event.Detached detached) {
      peers.remove(detached.channel());
      tellParted(detached.channel());
      wantAgain();
    } else if (event instanceof Event.Received received) {
      Peer peer = peers.get(received.channel());
      if (peer != null) {
        try {
          handle(peer, MessageCodec.decode(received.message()));
        } catch (ProviderException e) {
          drop(peer, e);
        }
      }
    } else if (event instanceof Event.NotSent gone) {
      notSent(gone);
    } else if (event instanceof Event.Told told && notes != null) {
      Message.Recipe recipe = told.recipe();
      notes.put(
          recipe.node(),
          recipe.content(),
          FeatureTable.features(recipe.from(), recipe.chunks(), recipe.level()));
    } else if (event instanceof Event.Call call) {
      try {
        call.work().run();
        if (call.isChange()) {
          synchronized (monitor) {
            changed.add(call.done());
          }
        } else {
          call.done().complete(null);
        }
      } catch (IOException | RuntimeException e) {
        call.done().completeExceptionally(e);
      }
    } else if (event instanceof Event.Settle settle) {
      while (source != null && !looks.isEmpty()) {
        Source.Look unused = source.look();
        settleLooks();
      }
      isSettling = true;
      barriers.add(new Barrier(base.lastSeq(), ALL, settle.done()));
    } else if (event instanceof Event.Asked asked) {
      ask(asked);
    }
  }

  private void ask(Event.Asked asked) throws IOException {
    Source.Looking look = Source.Looking.DONE;
    if (source != null) {
      try {
        if (asked.path().isEmpty() && !isSettling) {
          look = source.beginLook();
        } else {
          source.lookAt(asked.path());
        }
      } catch (IOException | RuntimeException e) {
        asked.done().completeExceptionally(e);
        return;
      }
    }
    looks.add(new Awaited(look, asked.towards(), asked.done()));
    settleLooks();
    if (!looks.isEmpty()) {
      lookAfter = time.nanoTime();
    }
  }

  /** Has those wait for the other site whose looks have ended. */
  private void settleLooks() throws IOException {
    for (Awaited one : List.copyOf(looks)) {
      try {
        if (!one.look().isDone()) {
          continue;
        }
        if (joining != null && target != null) {
          joining.looked();
          joining.settle(target);
        }
        barriers.add(new Barrier(base.lastSeq(), one.towards(), one.done()));
      } catch (IOException | RuntimeException e) {
        one.done().completeExceptionally(e);
      }
      looks.remove(one);
    }
  }

  private void handle(Peer peer, Message message) throws IOException {
    if (message instanceof Message.Hello hello) {
      greet(peer, hello);
      return;
    }
    if (!peer.hasGreeted()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot take a message of " + peer.channel.site() + ": it did not greet first.");
    }
    if (message instanceof Message.Batch batch) {
      take(peer, batch);
    } else if (message instanceof Message.Stored stored) {
      stored(peer, stored.to());
    } else if (message instanceof Message.Placed placed) {
      peer.placed = Math.max(peer.placed, placed.to());
      peer.problems = placed.problems();
      lag.placed(peer.placed, time.nanoTime());
      if (joining != null) {
        joining.heard(placed);
      }
    } else if (message instanceof Message.Want want) {
      requests.send(peer, want);
    } else if (message instanceof Message.Gone gone && target != null) {
      gone(peer, gone, target);
    } else if (message instanceof Message.Fetch fetch) {
      requests.send(peer, fetch);
    } else if (message instanceof Message.Compare compare) {
      requests.send(peer, compare);
    } else if (message instanceof Message.Recipe recipe && target != null) {
      target.recipe(recipe);
    } else if (message instanceof Message.Ask ask) {
      answer(peer, ask);
    } else if (message instanceof Message.Edit edit) {
      edit(peer, edit);
    } else if (message instanceof Message.Edited edited && target != null) {
      target.edited(edited);
    } else if (message instanceof Message.Fresh fresh && target != null) {
      target.fresh(fresh, progress.of(peer.replica).taken());
      if (joining != null) {
        joining.heard(fresh);
      }
    }
  }

  private void gone(Peer peer, Message.Gone gone, Target here) throws IOException {
    Message.Wanted wanted = router.wanted(gone);
    Optional<Peer> next = router.next(gone, peer, peers.values());
    if (next.isPresent()) {
      ask(next.get(), List.of(wanted));
      return;
    }
    here.gone(gone);
    if (joining != null) {
      joining.nobodyHas(gone, here);
    }
  }

  private void ask(Peer peer, List<Message.Wanted> wants) {
    try {
      peer.channel.send(MessageCodec.encode(new Message.Want(wants)));
    } catch (IOException e) {
      drop(peer, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void greet(Peer peer, Message.Hello hello) throws IOException {
    if (peer.hasGreeted()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot take a message of " + peer.channel.site() + ": it greeted before.");
    }
    if (!hello.flow().equals(identity.flow())) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot join flow "
              + identity.flow()
              + " with "
              + hello.site()
              + ": that speaks of flow "
              + hello.flow()
              + ".");
    }
    if (hello.generation() != identity.generation()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot join flow "
              + identity.flow()
              + " with "
              + hello.site()
              + ": its direction was switched "
              + hello.generation()
              + " times there and "
              + identity.generation()
              + " times here. Switch it at both.");
    }
    if (hello.stored().getOrDefault(base.replica(), 0L) > base.lastSeq()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot join flow "
              + identity.flow()
              + " with "
              + hello.site()
              + ": that knows more of this site than its base does, which is older than what was"
              + " sent. Delete the flow and make it again.");
    }
    if (joining != null
        && hello.stored().getOrDefault(base.replica(), 0L) < progress.of(hello.replica()).told()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot join flow "
              + identity.flow()
              + " with "
              + hello.site()
              + ": its base is older than what it acknowledged, and what was removed since is"
              + " forgotten here. Delete the flow and make it again.");
    }
    peer.replica = hello.replica();
    long has = hello.stored().getOrDefault(base.replica(), 0L);
    Progress.Peer kept = progress.of(peer.replica);
    peer.sent = has;
    peer.stored = has;
    peer.placed = 0;
    peer.pushedTo = has == 0 ? 0 : kept.counter();
    peer.outstanding.clear();
    peer.composer = new BatchComposer(base, peer.replica, node -> isPushed(peer, node));
    peer.isOwedAnEnd = joining != null;
    if (joining != null) {
      joining.greeted(peer.replica);
    }
    if (target != null) {
      target.isReachedBy(
          (int)
              peers.values().stream()
                  .filter(Peer::hasGreeted)
                  .mapToLong(p -> p.replica)
                  .distinct()
                  .count());
      target.reached(peer.channel);
      router.clear();
      target.wantAgain();
    }
  }

  private boolean isPushed(Peer peer, Node node) {
    Dot dot = node.contentVersion().origin();
    return node.isRegular()
        && dot.replica() == base.replica()
        && dot.counter() > peer.pushedTo
        && node.content().size() <= mostPushed
        && hasBytes(node)
        && peer.push(node.id(), dot);
  }

  private static boolean hasBytes(Node node) {
    Local local = node.local();
    return local != null && local.content().equals(node.contentVersion().origin());
  }

  private void take(Peer peer, Message.Batch batch) throws IOException {
    if (target == null) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot take changes of "
              + peer.channel.site()
              + ": this is the flow's source. Switch its direction first.");
    }
    Admission.check(batch, peer.channel.site());
    Progress.Peer kept = progress.of(peer.replica);
    if (joining != null) {
      joining.take(peer.replica, batch, target);
    } else {
      for (Message.Change change : batch.changes()) {
        delivery = change.content();
        intake.take(change);
      }
    }
    if (batch.to() > kept.taken()) {
      progress.keep(peer.replica, new Progress.Peer(batch.to(), kept.told(), kept.counter()));
      target.taken(batch.to());
    }
    peer.taken(batch.to(), target.newest());
  }

  private void stored(Peer peer, long to) throws IOException {
    peer.stored = Math.max(peer.stored, to);
    Peer.Sent last = null;
    while (!peer.outstanding.isEmpty() && peer.outstanding.peekFirst().to() <= to) {
      last = peer.outstanding.removeFirst();
      contents.send(peer.channel, last.waiting(), Message.Urgency.NOW);
    }
    Progress.Peer kept = progress.of(peer.replica);
    if (last != null && to > kept.told()) {
      progress.keep(peer.replica, new Progress.Peer(kept.taken(), to, last.counter()));
    }
  }

  private void answer(Peer peer, Message.Ask ask) throws IOException {
    if (source == null) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot tell "
              + peer.channel.site()
              + " what is new: this is not the flow's source. Switch its direction first.");
    }
    if (!ask.places().isEmpty()) {
      source.lookAt(ask.places());
    }
    try {
      peer.channel.send(MessageCodec.encode(new Message.Fresh(ask.number(), base.lastSeq())));
    } catch (IOException e) {
      drop(peer, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(Edits.Answer answer) {
    Peer peer = peers.get(answer.to());
    if (peer != null) {
      try {
        peer.channel.send(MessageCodec.encode(answer.edited()));
      } catch (IOException e) {
        drop(peer, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void edit(Peer peer, Message.Edit edit) throws ProviderException {
    if (edits == null) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot change "
              + edit.path()
              + " for "
              + peer.channel.site()
              + ": this site's tree is not written by others in this flow.");
    }
    edits.edit(peer.channel, peer.replica, edit);
  }

  private Optional<PathBytes> pathOf(Node node) throws IOException {
    return joining != null && target != null ? target.pathOf(node) : base.path(node.id());
  }

  private void notSent(Event.NotSent gone) throws IOException {
    Peer peer = peers.get(gone.channel());
    if (peer != null) {
      LOG.debug("Not sent: {}", gone.gone());
      tellGone(peer, gone.gone());
      if (gone.gone().cause() == Message.Cause.SUPERSEDED) {
        lookAfter = time.nanoTime(); // that is to be seen soon
        if (source != null && !isSettling && isNewest(gone.gone())) {
          source.recheck(gone.gone().node());
        }
      }
    }
  }

  private boolean isNewest(Message.Gone gone) throws IOException {
    Version now = base.node(gone.node()).map(Node::contentVersion).orElse(null);
    return now != null && now.origin().equals(gone.content());
  }

  private void tellGone(Peer peer, Message.Gone gone) {
    try {
      peer.channel.send(MessageCodec.encode(gone));
    } catch (IOException e) {
      drop(peer, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean look() throws IOException {
    if (source == null || isSettling || time.nanoTime() - lookAfter < 0) {
      return false;
    }
    long before = base.lastSeq();
    Source.Look look = source.look();
    if (joining != null) {
      joining.looked();
    }
    settleLooks();
    lag.seen(base.lastSeq(), base.lastSeq() - before, time.nanoTime());
    if (look == Source.Look.IDLE) {
      lookAfter = time.nanoTime() + source.pause().toNanos();
    }
    return look == Source.Look.MORE;
  }

  /** Tells a peer what there is to tell. */
  private boolean tell(Peer peer) throws IOException, InterruptedException {
    if (peer.composer == null) {
      return false;
    }
    acknowledge(peer);
    Optional<Message.Ask> ask = joining == null ? Optional.empty() : joining.asks();
    if (ask.isPresent()) {
      peer.channel.send(MessageCodec.encode(ask.get()));
    }
    if (target != null && joining == null) {
      List<Message.Wanted> wants = target.wants(MOST_WANTS);
      if (!wants.isEmpty()) {
        peer.channel.send(MessageCodec.encode(new Message.Want(wants)));
      }
      for (Message message : target.says()) {
        peer.channel.send(MessageCodec.encode(message));
      }
    }
    if (peer.outstanding.size() >= MOST_OUTSTANDING
        || peer.pushedAhead() >= MOST_PUSHED_AHEAD
        || contents.outstanding() >= MOST_READING
        || source == null
        || (joining != null && !joining.isTellable())) {
      return false;
    }
    boolean isHalf = joining != null && joining.isHalfToldToo(peer.replica);
    Optional<Message.Batch> batch = peer.composer.after(peer.sent);
    if (batch.isEmpty()) {
      if (peer.isOwedAnEnd && !isHalf) {
        peer.channel.send(
            MessageCodec.encode(new Message.Batch(peer.sent, Message.Tail.END, List.of())));
        peer.isOwedAnEnd = false;
      }
      return false;
    }
    Message.Batch news = isHalf ? batch.get().withMore() : batch.get();
    peer.isOwedAnEnd = joining != null && news.isLast() == Message.Tail.MORE;
    long counter = base.lastCounter();
    peer.channel.send(MessageCodec.encode(news));
    peer.sent = news.to();
    changesSent.addAndGet(news.changes().size());
    push(peer, news, counter);
    if (news.to() == base.lastSeq()) {
      peer.toldAll(counter);
    }
    return true;
  }

  /**
   * Sends the contents behind a batch; within one process when the batch is there, so that nobody
   * has to hold them until their registers are.
   */
  private void push(Peer peer, Message.Batch news, long counter) throws IOException {
    List<ContentSender.Job> jobs = requests.pushed(peer, news);
    if (peer.channel.handing() != null) {
      peer.outstanding.add(new Peer.Sent(news.to(), counter, 0, jobs));
      return;
    }
    contents.send(peer.channel, jobs, Message.Urgency.NOW);
    long bytes = 0;
    for (ContentSender.Job job : jobs) {
      bytes += job.length();
    }
    peer.outstanding.add(new Peer.Sent(news.to(), counter, bytes, List.of()));
  }

  private void acknowledge(Peer peer) throws IOException, InterruptedException {
    if (target == null) {
      return;
    }
    long taken = progress.of(peer.replica).taken();
    if (taken > peer.toldStored) {
      peer.channel.send(MessageCodec.encode(new Message.Stored(taken)));
      peer.toldStored = taken;
    }
    long done = target.done();
    long placed = peer.toldPlaced;
    while (!peer.taken.isEmpty() && peer.taken.peekFirst().work() <= done) {
      placed = peer.taken.removeFirst().to();
    }
    if (peer.taken.isEmpty() && done >= target.newest()) {
      placed = Math.max(placed, taken);
    }
    long problems = target.problems();
    if (placed > peer.toldPlaced || (placed >= 0 && problems != peer.toldProblems)) {
      peer.channel.send(MessageCodec.encode(new Message.Placed(placed, problems)));
      peer.toldPlaced = placed;
      peer.toldProblems = problems;
    }
  }

  private void settleBarriers() {
    barriers.removeIf(
        barrier -> {
          List<Peer> concerned = peers.values().stream().filter(barrier::concerns).toList();
          boolean isReached =
              !concerned.isEmpty()
                  && concerned.stream()
                      .allMatch(p -> p.hasGreeted() && p.placed >= barrier.place());
          if (isReached) {
            long problems = concerned.stream().mapToLong(p -> p.problems).sum();
            if (problems == 0) {
              barrier.done().complete(null);
            } else {
              barrier
                  .done()
                  .completeExceptionally(
                      new ProviderException(
                          ErrorKind.PRECONDITION,
                          "Cannot prove that the other site has all: "
                              + problems
                              + " entries can't be placed there. The flow's status there lists"
                              + " them."));
            }
          }
          return isReached || barrier.done().isDone();
        });
  }

  private void drop(Peer peer, IOException reason) {
    LOG.info("The way to {} ends: {}", peer.channel.site(), reason.getMessage());
    peers.remove(peer.channel);
    tellParted(peer.channel);
    isAskedInVain = true;
    peer.channel.abort(String.valueOf(reason.getMessage()));
  }

  /** A way was lost: what was asked for over it may come over another one. */
  private void wantAgain() throws IOException {
    isAskedInVain = false;
    if (target != null && (joining != null || peers.values().stream().anyMatch(Peer::hasGreeted))) {
      router.clear();
      target.wantAgain();
    }
  }

  private void tellParted(Channel channel) {
    if (edits != null) {
      edits.parted(channel);
    }
    if (target != null && peers.values().stream().noneMatch(Peer::hasGreeted)) {
      target.parted();
    }
  }

  private ReplicaStatus statusNow() {
    for (Peer peer : peers.values()) {
      shown = Math.max(shown, peer.placed);
      if (joining != null && peer.hasGreeted()) {
        shownBy.merge(ReplicaEnds.of(peer.replica), peer.placed, Math::max);
      }
    }
    return new ReplicaStatus(
        peers.values().stream().filter(Peer::hasGreeted).map(p -> p.channel.site()).toList(),
        shown,
        base.lastSeq() - Math.min(shown, base.lastSeq()),
        lag.now(time.nanoTime()),
        lag.quantile(0.5),
        lag.quantile(0.99),
        changesSent.get(),
        bytesSent.get(),
        target == null ? 0 : target.problems(),
        shownBy,
        base.lastSeq());
  }

  private Duration pause() {
    long nanos = Duration.ofSeconds(1).toNanos();
    if (source != null) {
      nanos = Math.min(nanos, lookAfter - time.nanoTime());
    }
    if (target != null) {
      nanos = Math.min(nanos, target.pause().toNanos());
    }
    return Duration.ofNanos(Math.max(1, nanos));
  }

  private void add(Event event) {
    boolean isTaken;
    synchronized (monitor) {
      isTaken = !isClosed;
      if (isTaken) {
        inbox.add(event);
        monitor.notifyAll();
      }
    }
    if (!isTaken) {
      close();
      if (event instanceof Event.Call call) {
        call.done()
            .completeExceptionally(
                new ProviderException(
                    ErrorKind.TRANSIENT, "The flow was stopped. Start it, and ask again."));
      }
    }
  }

  private final class Arrivals implements Intake.Changed {
    @Override
    public void name(Link link) throws IOException {
      if (target != null) {
        target.changed(link);
      }
    }

    @Override
    public void node(NodeId node) throws IOException {
      if (target != null) {
        target.changed(node, delivery);
      }
    }
  }

  private final class Sending implements ContentSender.Listener {
    @Override
    public void notSent(
        Channel channel, ContentSender.Job job, Message.Cause cause, String reason) {
      add(new Event.NotSent(channel, new Message.Gone(job.node(), job.content(), cause, reason)));
    }

    @Override
    public void told(ContentSender.Job job, Message.Recipe recipe) {
      boolean isEdge = recipe.from() == 0 || job.to() == job.local().size();
      if (notes != null && isEdge && recipe.level() <= ChunkLevel.OF_EDGES) {
        add(new Event.Told(recipe));
      }
    }

    @Override
    public void hasRoom() {
      wake();
    }

    @Override
    public void sent(long bytes) {
      bytesSent.addAndGet(bytes);
    }
  }
}
