// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.content.ChunkKeys;
import io.kmesh.core.internal.flows.content.FeatureTable;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.flows.place.Want;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.ReadGate;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has wanted large files put together of bytes that are here: asks for the chunks of their begin
 * and end, looks which files here have such, and if there are any asks for the chunks of all, part
 * by part, and for the ranges that are not here. The rest is handed back, to be asked for as ever.
 * For the engine's thread; the work on files is done by another one.
 */
final class Assembler implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Assembler.class);

  /** Files whose begin and end are compared at once. */
  private static final int MOST_PROBED = 32;

  /** Files that are put together at once. */
  private static final int MOST_ASSEMBLED = 2;

  /** Parts of a file whose chunks came, or were asked for, and are not dealt with. */
  private static final int MOST_PARTS = 2;

  /** Files found by their chunks that are looked at. */
  private static final int MOST_ALIKE = 2;

  private static final int MOST_RANGES = 2000;
  private static final int MOST_ASKED = 512;

  private final FlowBase base;
  private final Placer placer;
  private final Arrivals arrivals;
  private final FeatureTable features;
  private final PosixTree tree;
  private final ReadGate gate;
  private final ChunkKeys keys;
  private final RecipeSettings settings;
  private final Executor worker;
  private final Map<NodeId, Job> jobs = new LinkedHashMap<>();
  private final Map<NodeId, Want> waiting = new LinkedHashMap<>();
  private final Deque<Job> ready = new ArrayDeque<>();
  private final Queue<Result> results = new ConcurrentLinkedQueue<>();
  private final List<Message.Part> asks = new ArrayList<>();
  private final List<Message.Range> ranges = new ArrayList<>();
  private final List<Rest> rests = new ArrayList<>();
  private Runnable wake = () -> {};
  private boolean isOn;
  private int assembled;

  /** What the worker found, for the engine's thread. */
  private interface Result {
    void take();
  }

  /** Work on files. */
  private interface Work {
    Result run() throws IOException;
  }

  /** What is to be asked for as it is: all of a content from a byte on. */
  record Rest(Want want, long from) {}

  /** A file on its way through all this. */
  private static final class Job {
    final Want want;

    /** Questions that were not answered, by the first byte. */
    final Map<Long, Message.Part> asked = new LinkedHashMap<>();

    final List<Message.Recipe> probes = new ArrayList<>();
    List<Assembly.Candidate> candidates = List.of();
    @Nullable Assembly assembly;

    /** The first byte whose chunks were not told. */
    long next;

    /** Parts at the worker. */
    int unfinished;

    Job(Want want) {
      this.want = want;
    }
  }

  /**
   * Makes one.
   *
   * @param gate asked before a file is read here
   * @param keys of the flow
   * @param worker does one thing after another
   */
  Assembler(
      FlowBase base,
      Placer placer,
      Arrivals arrivals,
      PosixTree tree,
      ReadGate gate,
      ChunkKeys keys,
      RecipeSettings settings,
      Executor worker)
      throws IOException {
    this.base = base;
    this.placer = placer;
    this.arrivals = arrivals;
    this.features = FeatureTable.open(base, FeatureTable.MOST);
    this.tree = tree;
    this.gate = gate;
    this.keys = keys;
    this.settings = settings;
    this.worker = worker;
  }

  /** What it knows of files here, in which others may note more. */
  FeatureTable features() {
    return features;
  }

  /** Whom to tell that there is something to do. */
  void wakeBy(Runnable engine) {
    wake = engine;
  }

  /** A peer is reached. */
  void reached(boolean tellsChunks) {
    isOn = tellsChunks;
  }

  /**
   * Takes a want over.
   *
   * @return false when it is to be asked for as it is
   */
  boolean take(Want want) {
    forget(want.node(), null);
    if (!isOn || want.size() < settings.least()) {
      return false;
    }
    waiting.put(want.node(), want);
    return true;
  }

  /** What was taken over and is to be asked for as it is, each once. */
  List<Rest> takeRests() throws IOException {
    for (Result one = results.poll(); one != null; one = results.poll()) {
      one.take();
    }
    for (Job job : List.copyOf(jobs.values())) {
      if (job.assembly != null && !isLacking(job.want)) {
        end(job); // there is a newer one
      }
    }
    while (jobs.size() < MOST_PROBED && !waiting.isEmpty()) {
      Want next = waiting.values().iterator().next();
      waiting.remove(next.node());
      begin(next);
    }
    while (assembled < MOST_ASSEMBLED && !ready.isEmpty()) {
      open(ready.removeFirst());
    }
    List<Rest> all = List.copyOf(rests);
    rests.clear();
    return all;
  }

  /** What is to be asked of the other site, each once. */
  List<Message> says() {
    List<Message> all = new ArrayList<>();
    for (int i = 0; i < asks.size(); i += MOST_ASKED) {
      all.add(
          new Message.Compare(List.copyOf(asks.subList(i, Math.min(asks.size(), i + MOST_ASKED)))));
    }
    for (int i = 0; i < ranges.size(); i += MOST_RANGES) {
      all.add(
          new Message.Fetch(
              Message.Urgency.NOW,
              List.copyOf(ranges.subList(i, Math.min(ranges.size(), i + MOST_RANGES)))));
    }
    asks.clear();
    ranges.clear();
    return all;
  }

  /** Has ranges asked for. */
  void fetch(List<Message.Range> lacking) {
    ranges.addAll(lacking);
  }

  private boolean isLacking(Want want) throws IOException {
    Optional<Node> node = base.node(want.node());
    return node.isPresent()
        && !node.get().isPlaced()
        && node.get().contentVersion().origin().equals(want.content());
  }

  private void begin(Want want) throws IOException {
    if (!isLacking(want)) {
      return;
    }
    Job job = new Job(want);
    jobs.put(want.node(), job);
    long size = want.size();
    if (size <= 2 * settings.probe()) {
      ask(job, 0, size, settings.level());
    } else {
      ask(job, 0, settings.probe(), settings.level());
      ask(job, size - settings.probe(), settings.probe(), settings.level());
    }
  }

  private void ask(Job job, long from, long length, int level) {
    Message.Part part = new Message.Part(job.want.node(), job.want.content(), from, length, level);
    job.asked.put(from, part);
    asks.add(part);
  }

  /**
   * Chunks were told.
   *
   * @throws ProviderException INVALID when they are not in the file
   */
  void recipe(Message.Recipe recipe) throws IOException {
    Job job = jobs.get(recipe.node());
    if (job == null || !job.want.content().equals(recipe.content())) {
      return; // it was given up meanwhile
    }
    Message.Part asked = job.asked.get(recipe.from());
    if (asked == null || asked.level() != recipe.level()) {
      return;
    }
    if (recipe.length() > job.want.size() - recipe.from()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot take what the other site tells of node "
              + recipe.node()
              + ": its chunks end behind its "
              + job.want.size()
              + " bytes. The two sites may run builds that disagree.");
    }
    job.asked.remove(recipe.from());
    if (job.assembly == null) {
      job.probes.add(recipe);
      if (job.asked.isEmpty()) {
        probed(job);
      }
    } else {
      take(job, job.assembly, recipe);
    }
  }

  private void probed(Job job) throws IOException {
    Set<Long> typical = new LinkedHashSet<>();
    for (Message.Recipe probe : job.probes) {
      typical.addAll(FeatureTable.features(probe.from(), probe.chunks(), probe.level()));
    }
    Want want = job.want;
    Map<PathBytes, Assembly.Candidate> found = new LinkedHashMap<>();
    base.node(want.node())
        .filter(node -> node.local() != null)
        .flatMap(this::pathOf)
        .ifPresent(path -> found.put(path, new Assembly.Candidate(path, Assembly.Kind.IN_PLACE)));
    if (want.similar() != null) {
      found.putIfAbsent(
          want.similar(), new Assembly.Candidate(want.similar(), Assembly.Kind.IN_PLACE));
    }
    for (FeatureTable.Found one : features.find(typical, want.node(), MOST_ALIKE)) {
      pathOf(one.node())
          .ifPresent(
              path ->
                  found.putIfAbsent(
                      path,
                      new Assembly.Candidate(
                          path, one.isSame() ? Assembly.Kind.HAS : Assembly.Kind.HAD)));
    }
    features.put(want.node(), want.content(), typical);
    LOG.debug("Compared {} of {} with {}", want.content(), want.node(), found.keySet());
    if (found.isEmpty()) {
      giveBack(job, 0);
    } else {
      job.candidates = List.copyOf(found.values());
      ready.add(job);
    }
  }

  private Optional<PathBytes> pathOf(Node node) {
    try {
      return placer.pathOf(node);
    } catch (IOException e) {
      LOG.debug("Not compared with node {}: {}", node.id(), e.getMessage());
      return Optional.empty();
    }
  }

  private void open(Job job) {
    assembled++;
    Assembly assembly = new Assembly(job.want, settings, keys, tree, gate, arrivals);
    job.assembly = assembly;
    work(
        job,
        () -> {
          boolean isAny = assembly.open(job.candidates, job.probes);
          return () -> opened(job, assembly, isAny);
        });
  }

  private void opened(Job job, Assembly assembly, boolean isAny) {
    if (!isAny) {
      giveBack(job, 0);
      return;
    }
    work(
        job,
        () -> {
          assembly.index();
          return () -> {};
        });
    Message.Recipe first = job.probes.get(0);
    int level = settings.levelFor(job.want.size());
    if (first.from() == 0 && first.length() == job.want.size() && first.level() == level) {
      take(job, assembly, first);
    } else {
      askNext(job);
    }
  }

  private void askNext(Job job) {
    if (job.next < job.want.size() && job.asked.isEmpty() && job.unfinished < MOST_PARTS) {
      ask(job, job.next, settings.part(), settings.levelFor(job.want.size()));
    }
  }

  private void take(Job job, Assembly assembly, Message.Recipe recipe) {
    job.next = recipe.from() + recipe.length();
    job.unfinished++;
    askNext(job);
    work(
        job,
        () -> {
          Assembly.Outcome outcome = assembly.take(recipe);
          return () -> taken(job, recipe, outcome);
        });
  }

  private void taken(Job job, Message.Recipe recipe, Assembly.Outcome outcome) {
    job.unfinished--;
    LOG.debug(
        "Of {} of {}, from {}: {} bytes lack",
        job.want.content(),
        job.want.node(),
        recipe.from(),
        outcome.lacking().stream().mapToLong(Message.Range::length).sum());
    fetch(outcome.lacking());
    long end = recipe.from() + recipe.length();
    if (end >= job.want.size()) {
      end(job);
    } else if (!outcome.isWorthwhile()) {
      giveBack(job, end);
    } else {
      askNext(job);
    }
  }

  private void work(Job job, Work work) {
    try {
      worker.execute(
          () -> {
            Result result;
            try {
              result = work.run();
            } catch (IOException | RuntimeException e) {
              LOG.debug("Not put together: {}", e.getMessage());
              result = () -> giveBack(job, 0);
            }
            Result whole = result;
            results.add(
                () -> {
                  if (jobs.get(job.want.node()) == job) {
                    whole.take();
                  }
                });
            wake.run();
          });
    } catch (RejectedExecutionException e) {
      giveBack(job, 0); // it is being closed
    }
  }

  private void giveBack(Job job, long from) {
    LOG.debug("Asked for as it is: {} of {} from {}", job.want.content(), job.want.node(), from);
    end(job);
    rests.add(new Rest(job.want, from));
  }

  private void end(Job job) {
    jobs.remove(job.want.node(), job);
    ready.remove(job);
    Assembly assembly = job.assembly;
    if (assembly != null) {
      assembled--;
      assembly.cancel();
      try {
        worker.execute(() -> close(assembly));
      } catch (RejectedExecutionException e) {
        close(assembly); // no worker any more
      }
    }
  }

  private static void close(Assembly assembly) {
    try {
      assembly.close();
    } catch (IOException e) {
      LOG.debug("A file that was read can't be closed: {}", e.getMessage());
    }
  }

  /**
   * Gives a content up.
   *
   * @param content which; null for whatever the node has
   */
  void forget(NodeId node, @Nullable Dot content) {
    Job job = jobs.get(node);
    if (job != null && (content == null || job.want.content().equals(content))) {
      end(job);
    }
    Want want = waiting.get(node);
    if (want != null && (content == null || want.content().equals(content))) {
      waiting.remove(node);
    }
  }

  /** Gives all up: it is wanted anew. */
  void reset() {
    for (Job job : List.copyOf(jobs.values())) {
      end(job);
    }
    waiting.clear();
    asks.clear();
    ranges.clear();
    rests.clear();
  }

  /** Has what is under way end soon. Any thread. */
  @Override
  public void close() {
    reset();
  }
}
