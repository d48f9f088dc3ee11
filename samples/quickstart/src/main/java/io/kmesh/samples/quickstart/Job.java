// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import static io.kmesh.Durability.REMOTE;
import static io.kmesh.tiering.Conditions.inPool;
import static io.kmesh.tiering.Conditions.path;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.Operation;
import io.kmesh.Progress;
import io.kmesh.engine.TreeCopy;
import io.kmesh.engine.TreeCopyReport;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.tiering.TieringPlan;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.tiering.TieringReport;
import io.kmesh.unit.Percent;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/** The main job, step by step. Each step may be repeated after a kill: it does what is left. */
final class Job {
  private static final PathBytes ROOT = Lab.DATA;
  private static final int READERS = 50;
  private static final long LARGEST_SHARED_READ = 256L << 20;
  private static final Duration LOOK = Duration.ofMillis(200);

  private final Options options;
  private final Screen screen;
  private final Figures figures = new Figures();
  private final Journal journal;
  private final Verifier verifier;
  private final ObjectMapper json = new ObjectMapper();
  private final List<String> problems = new ArrayList<>();
  private boolean isResumed;

  Job(Options options, Screen screen) throws IOException {
    this.options = options;
    this.screen = screen;
    Files.createDirectories(options.work().resolve("verify"));
    this.journal = new Journal(options.work().resolve("run.properties"));
    this.verifier =
        new Verifier(
            Path.of(System.getProperty("quickstart.verifier", "verify.py")),
            options.work(),
            options.data(),
            screen);
  }

  Result run() throws IOException, InterruptedException {
    String taken = journal.text("data", "");
    isResumed = !taken.isEmpty();
    if (isResumed && !taken.equals(options.data().toString())) {
      throw new IOException(
          "Cannot use the work folder " + options.work() + " for " + options.data()
              + ": it holds a run on " + taken + ". Choose another --work.");
    }
    if (journal.isDone(Step.VERIFY)) {
      screen.say(
          "This work folder holds a run that ended; it is verified again. For a new run remove "
              + options.work() + ", or name another --work.");
    }
    journal.set("data", options.data());
    journal.save();
    long begun = System.nanoTime();
    screen.say("Kmesh quickstart: " + options.data() + " in " + options.work());
    verifier.manifest();
    boolean isWhole = false;
    try (Lab lab = Lab.open(options.work(), figures, journal, verifier.source())) {
      step(Step.INGEST, () -> ingest(lab));
      verifier.plan(options.seed(), options.changes());
      SnapshotSteps snapshots = new SnapshotSteps(this, lab, journal, screen);
      step(Step.SNAPSHOT, () -> snapshot(lab, snapshots));
      step(Step.COPY, () -> copy(lab, snapshots));
      step(Step.ARCHIVE, () -> archive(lab));
      step(Step.RELEASE, () -> release(lab));
      step(Step.READBACK, () -> readBack(lab));
      step(Step.CHANGES, () -> changes(lab));
      step(Step.REFRESH, () -> refresh(lab, snapshots));
      step(Step.REVERSE, () -> reverse(lab, snapshots));
      step(Step.TIERING, () -> tiering(lab));
      step(Step.REMOVE, () -> remove(lab));
      step(Step.RESTORE, () -> restore(lab, snapshots));
      FlowSteps flows =
          new FlowSteps(
              lab, journal, screen, options.work(), options.flowChanges(), options.seed());
      step(Step.FLOW, () -> flow(lab, flows));
      verify(lab, flows);
      isWhole = true;
    } catch (IOException | RuntimeException e) {
      problems.add("the job stopped: " + Main.words(e));
      if (Boolean.getBoolean("quickstart.trace")) {
        e.printStackTrace();
      }
    }
    journal.add("nanos", System.nanoTime() - begun);
    if (isWhole) {
      journal.set(Step.VERIFY.title() + ".done", "yes");
    }
    journal.save();
    return result();
  }

  private interface Work {
    /** Does the step and gives the bytes that it was about. */
    long run() throws IOException, InterruptedException;
  }

  private void step(Step step, Work work) throws IOException, InterruptedException {
    if (journal.isDone(step)) {
      screen.say(step.title() + " was done before.");
      return;
    }
    screen.begin(step.title());
    long begun = System.nanoTime();
    long bytes = work.run();
    journal.set(step.title() + ".nanos", System.nanoTime() - begun);
    journal.set(step.title() + ".bytes", bytes);
    journal.set(step.title() + ".done", "yes");
    journal.save();
    screen.end(Screen.size(bytes));
  }

  private long ingest(Lab lab) throws IOException {
    TreeCopyReport report;
    try (PosixTree source = lab.open(options.data())) {
      report =
          TreeCopy.from(source, PathBytes.EMPTY)
              .to(lab.tree(), ROOT)
              .countFirst()
              .onProgress(this::show)
              .run();
    }
    journal.set("files", report.files() + report.hardLinks());
    journal.set("dirs", report.directories());
    journal.set("symlinks", report.symlinks());
    writeReported(report);
    sabotage(Step.INGEST, lab.tree(), ROOT, Sabotage.Kind.MTIME);
    return report.bytes();
  }

  private void writeReported(TreeCopyReport report) throws IOException {
    try (BufferedWriter out =
        Files.newBufferedWriter(reported(), StandardCharsets.UTF_8)) {
      for (TreeCopyReport.Problem problem : report.failed()) {
        ObjectNode node = json.createObjectNode();
        node.put("path", Base64.getEncoder().encodeToString(problem.path().toBytes()))
            .put("reason", problem.reason().name().toLowerCase(Locale.ROOT))
            .put("message", problem.message());
        out.write(json.writeValueAsString(node));
        out.newLine();
        screen.say("  not taken: " + problem.path() + ": " + problem.message());
      }
    }
  }

  private Path reported() {
    return options.work().resolve("reported.jsonl");
  }

  private long snapshot(Lab lab, SnapshotSteps snapshots) throws IOException {
    long bytes = snapshots.take();
    if (options.sabotage().filter(Step.SNAPSHOT::equals).isPresent()) {
      try (PosixTree folder = lab.open(lab.backupFolder())) {
        PathBytes spoilt =
            new Sabotage(folder, PathBytes.of("objects"))
                .spoil(Sabotage.Kind.BYTE, path -> path.toString().contains("/packs/"));
        screen.say("  sabotage: a byte of the stored pack " + spoilt + " is spoiled now.");
      }
    }
    return bytes;
  }

  private long copy(Lab lab, SnapshotSteps snapshots) throws IOException {
    long bytes = snapshots.copy(records());
    sabotage(Step.COPY, lab.tree(), Lab.COPY, Sabotage.Kind.MTIME);
    return bytes;
  }

  private long refresh(Lab lab, SnapshotSteps snapshots) throws IOException {
    long bytes = snapshots.refresh(records());
    sabotage(Step.REFRESH, lab.tree(), Lab.COPY, Sabotage.Kind.XATTR);
    return bytes;
  }

  private long reverse(Lab lab, SnapshotSteps snapshots) throws IOException {
    long bytes = snapshots.reverse();
    archiveAgain(lab);
    sabotage(Step.REVERSE, lab.tree(), Lab.COPY, Sabotage.Kind.BYTE);
    return bytes;
  }

  private long restore(Lab lab, SnapshotSteps snapshots) throws IOException {
    long bytes = snapshots.restore(restored());
    try (PosixTree folder = lab.open(restored())) {
      sabotage(Step.RESTORE, folder, PathBytes.EMPTY, Sabotage.Kind.BYTE);
    }
    return bytes;
  }

  private long flow(Lab lab, FlowSteps flows) throws IOException, InterruptedException {
    if (options.flowChanges() == 0) {
      return 0;
    }
    long bytes = flows.run();
    if (options.sabotage().filter(Step.FLOW::equals).isPresent()) {
      try (SimulatedLustre cluster = SimulatedLustre.at(flows.cluster())) {
        sabotage(Step.FLOW, cluster.tree(), flows.arrived(), Sabotage.Kind.BYTE);
      }
    }
    return bytes;
  }

  private Path restored() {
    return options.work().resolve("restored");
  }

  private long archive(Lab lab) throws IOException {
    HsmReport report =
        await(
            lab.cluster()
                .hsm()
                .archiveTree(ROOT, a -> a.to(Lab.STORE).durability(REMOTE)));
    mustBeWhole("archive", report);
    journal.add("archived", report.done());
    if (options.sabotage().filter(Step.ARCHIVE::equals).isPresent()) {
      try (PosixTree folder = lab.open(lab.storeFolder())) {
        PathBytes spoilt =
            new Sabotage(folder, PathBytes.of("objects"))
                .spoil(Sabotage.Kind.BYTE, path -> true);
        screen.say("  sabotage: a byte of the stored object " + spoilt + " is spoiled now.");
      }
    }
    return report.bytes().bytes();
  }

  private long release(Lab lab) throws IOException {
    HsmReport report = await(lab.cluster().hsm().release(ROOT));
    mustBeWhole("release", report);
    journal.add("released", report.done());
    sabotage(Step.RELEASE, lab.tree(), ROOT, Sabotage.Kind.XATTR);
    return report.bytes().bytes();
  }

  private long readBack(Lab lab) throws IOException, InterruptedException {
    PathBytes shared = lab.largest(ROOT, LARGEST_SHARED_READ);
    long bytes = 0;
    if (!shared.isEmpty()) {
      long before = lab.restores();
      // A killed run's restore goes on: the copytool was given it before. Asked first, since it may
      // end any moment.
      boolean isUnderWay = lab.isBeingRestored(shared);
      boolean isReleased = lab.cluster().hsm().state(shared).isReleased();
      try (FileSystem mount = lab.mount()) {
        Readers.together(mount.getPath("/", shared.utf8().orElseThrow()), READERS);
      }
      long restores = lab.restores() - before;
      journal.set("concurrent", isReleased ? restores : 0);
      if (isReleased && restores != 1 && !(isUnderWay && restores == 0)) {
        problems.add(READERS + " readers of one file caused " + restores + " restores, not 1.");
      }
      bytes += lab.tree().stat(shared).size() * READERS;
    }
    bytes +=
        Readers.all(
            lab.tree(),
            ROOT,
            (files, done) ->
                screen.progress(files, journal.number("files", 0), done, lab.inputBytes()));
    sabotage(Step.READBACK, lab.tree(), ROOT, Sabotage.Kind.BYTE);
    return bytes;
  }

  private long changes(Lab lab) throws IOException {
    Changes changes =
        new Changes(lab.tree(), ROOT, options.work().resolve("changes.done"));
    int applied = changes.apply(verifier.changes(), "changes");
    screen.say("  " + applied + " records of changes are applied.");
    long bytes = archiveAgain(lab);
    sabotage(Step.CHANGES, lab.tree(), ROOT, Sabotage.Kind.BYTE);
    return bytes;
  }

  private long archiveAgain(Lab lab) {
    HsmReport report =
        await(
            lab.cluster()
                .hsm()
                .archiveTree(ROOT, a -> a.to(Lab.STORE).durability(REMOTE)));
    mustBeWhole("archive again", report);
    journal.add("archived", report.done());
    return report.bytes().bytes();
  }

  private long tiering(Lab lab) throws IOException {
    long freed = tier(lab, "cool", Lab.FAST, t -> t.moveTo(Lab.CHEAP));
    freed += tier(lab, "cold", Lab.CHEAP, t -> t.archiveTo(Lab.STORE).thenRelease());
    sabotage(Step.TIERING, lab.tree(), ROOT, Sabotage.Kind.MTIME);
    return freed;
  }

  /** Brings a pool from above its high watermark to its low one; the marks follow its usage. */
  private long tier(
      Lab lab, String name, String pool, Consumer<TieringPolicy.Builder> actions)
      throws IOException {
    Percent high = lab.mark(pool, 0.85);
    Percent low = lab.mark(pool, 0.4);
    if (low.compareTo(high) >= 0) {
      screen.say("  The pool \"" + pool + "\" is empty: \"" + name + "\" has nothing to do.");
      return 0;
    }
    if (lab.kmesh().tiering().find(name).isEmpty()) {
      lab.kmesh()
          .tiering()
          .ensure(
              name,
              t -> {
                t.on(lab.cluster()).when(path("data/**").and(inPool(pool))).watermarks(pool, high, low);
                actions.accept(t);
              });
    }
    TieringPlan plan = lab.kmesh().tiering().plan(name);
    screen.say("  " + plan.toString().lines().findFirst().orElse(""));
    TieringReport report = await(plan.apply());
    journal.add("tiering.planned", report.planned());
    journal.add("tiering.moved", report.moved());
    journal.add("tiering.released", report.released());
    journal.add("archived", report.archived());
    for (HsmReport.Detail detail : report.details()) {
      screen.say("  left: " + detail.path() + ": " + detail.reason());
    }
    if (report.failed() > 0) {
      problems.add("tiering \"" + name + "\" failed on " + report.failed() + " files.");
    }
    return report.bytesFreed().bytes();
  }

  private long remove(Lab lab) throws IOException {
    Changes changes =
        new Changes(lab.tree(), ROOT, options.work().resolve("changes.done"));
    List<PathBytes> doomed = doomed();
    for (PathBytes path : doomed) {
      if (isOnlyName(lab, path)) {
        mustBeWhole("recall", await(lab.cluster().hsm().recall(path)));
        mustBeWhole("remove", await(lab.cluster().hsm().remove(path)));
      }
    }
    int applied = changes.apply(verifier.changes(), "remove");
    screen.say("  " + doomed.size() + " copies and " + applied + " entries are removed.");
    sabotage(Step.REMOVE, lab.tree(), ROOT, Sabotage.Kind.XATTR);
    return 0;
  }

  private static boolean isOnlyName(Lab lab, PathBytes path) throws IOException {
    if (!Changes.exists(lab.tree(), path)) {
      return false;
    }
    FileStat stat = lab.tree().stat(path);
    return stat.isRegular() && stat.links() == 1;
  }

  /** The files whose last name the plan's last step takes. */
  private List<PathBytes> doomed() throws IOException {
    List<PathBytes> paths = new ArrayList<>();
    for (JsonNode record : records()) {
      if (record.path("step").asText().equals("remove")
          && record.path("op").asText().equals("unlink")) {
        paths.add(
            ROOT.resolve(
                PathBytes.of(Base64.getDecoder().decode(record.path("path").asText()))));
      }
    }
    return paths;
  }

  private List<JsonNode> records() throws IOException {
    List<JsonNode> records = new ArrayList<>();
    try (BufferedReader lines =
        Files.newBufferedReader(verifier.changes(), StandardCharsets.UTF_8)) {
      String line;
      while ((line = lines.readLine()) != null) {
        records.add(json.readTree(line));
      }
    }
    return records;
  }

  private void verify(Lab lab, FlowSteps flows) throws IOException, InterruptedException {
    screen.begin(Step.VERIFY.title());
    long begun = System.nanoTime();
    lab.awaitQuiet();
    if (isResumed) {
      long orphans = lab.removeOrphans();
      screen.say("  " + orphans + " copies of files that are gone were left by a killed run.");
      lab.awaitQuiet();
    }
    Path archived = options.work().resolve("archived.jsonl");
    new ArchivedList(lab).write(ROOT, archived);
    // The store does not change any more: it is looked at while the tree is exported.
    FutureTask<Boolean> storeIsRight =
        new FutureTask<>(() -> verifier.isStoreRight(lab.storeFolder(), ROOT.toString(), archived));
    Thread storeCheck = new Thread(storeIsRight, "quickstart-store-check");
    storeCheck.setDaemon(true);
    storeCheck.start();
    Path exported = options.work().resolve("final");
    long bytes = export(lab, ROOT, exported);
    if (!verifier.isTreeRight(exported, reported())) {
      problems.add("the exported tree differs from what it must be.");
    }
    // Reads all of the copy: what is still a stub is restored from the repository.
    Path copy = options.work().resolve("copy");
    bytes += export(lab, Lab.COPY, copy);
    if (!verifier.isCopyRight(copy, reported())) {
      problems.add("the virtual copy differs from what it must be.");
    }
    if (!verifier.isSnapshotRight(restored(), reported())) {
      problems.add("the restored snapshot differs from what was taken in.");
    }
    if (journal.number("flow.changes", 0) > 0) {
      Path flowed = options.work().resolve("flowed");
      bytes += export(lab, flows.top().resolve(PathBytes.of("tree")), flowed);
      if (!verifier.isFlowRight(flowed, flows.cluster(), flows.arrived())) {
        problems.add("the tree at the second site differs from the one that flowed.");
      }
      if (!journal.text("grant.problem", "no grant was tried.").isEmpty()) {
        problems.add(journal.text("grant.problem", "no grant was tried."));
      }
    }
    try {
      if (!storeIsRight.get()) {
        problems.add("the object store differs from what it must hold.");
      }
    } catch (ExecutionException e) {
      throw new IOException("Cannot check the object store: " + e.getCause(), e);
    }
    lab.awaitQuiet();
    journal.set("verify.nanos", System.nanoTime() - begun);
    journal.set("verify.bytes", bytes);
    journal.set("restored", lab.restoresInAll());
    screen.end(problems.isEmpty() ? "All held." : problems.size() + " problems.");
  }

  private long export(Lab lab, PathBytes from, Path to) throws IOException {
    Files.createDirectories(to);
    TreeCopyReport report;
    try (PosixTree target = lab.open(to)) {
      report =
          TreeCopy.from(lab.tree(), from)
              .to(target, PathBytes.EMPTY)
              .countFirst()
              .onProgress(this::show)
              .threads(8)
              .run();
    }
    for (TreeCopyReport.Problem problem : report.failed()) {
      problems.add("export of " + problem.path() + ": " + problem.message());
    }
    return report.bytes();
  }

  private void show(TreeCopy.Progress p) {
    screen.progress(p.entries(), p.totalEntries(), p.bytes(), Math.max(0, p.totalBytes()));
  }

  /** What did not hold. */
  void problem(String words) {
    problems.add(words);
  }

  /** Waits for an operation and shows how far it is. */
  <T> T await(Operation<T> operation) {
    while (true) {
      try {
        return operation.await(LOOK);
      } catch (KmeshTimeoutException e) {
        Progress p = operation.progress();
        screen.progress(
            p.itemsDone(), p.itemsTotal(), p.bytesDone().bytes(), p.bytesTotal().bytes());
      } catch (KmeshException e) {
        throw new KmeshException(
            e.kind(), operation.type() + " " + operation.id() + ": " + e.getMessage(), e);
      }
    }
  }

  private void mustBeWhole(String verb, HsmReport report) {
    for (HsmReport.Detail detail : report.details()) {
      screen.say(
          "  " + verb + " " + detail.outcome() + ": " + detail.path() + ": " + detail.reason());
    }
    if (report.failed() > 0) {
      problems.add(verb + " failed on " + report.failed() + " files.");
    }
  }

  private void sabotage(Step step, PosixTree tree, PathBytes top, Sabotage.Kind kind)
      throws IOException {
    if (options.sabotage().filter(step::equals).isPresent()) {
      PathBytes spoilt = new Sabotage(tree, top).spoil(kind, untouched());
      screen.say("  sabotage: the " + kind + " of " + spoilt + " is spoiled now.");
    }
  }

  /** Paths that no change names, so that the spoilt thing is not mended by chance. */
  private java.util.function.Predicate<PathBytes> untouched() throws IOException {
    Set<PathBytes> named = new HashSet<>();
    if (Files.exists(verifier.changes())) {
      for (JsonNode record : records()) {
        for (String field : List.of("path", "to")) {
          if (record.has(field)) {
            named.add(PathBytes.of(Base64.getDecoder().decode(record.path(field).asText())));
          }
        }
      }
    }
    return path -> {
      for (PathBytes p = path; !p.isEmpty(); p = p.parent()) {
        if (named.contains(p) && p.equals(path)) {
          return false;
        }
      }
      return true;
    };
  }

  private BurstPlace place() throws IOException {
    String line = journal.text("flow.place", "");
    return line.isEmpty() ? BurstPlace.NOWHERE : BurstPlace.of(line);
  }

  private Result result() throws IOException {
    List<Result.StepFigures> steps = new ArrayList<>();
    double seconds = 0;
    for (Step step : Step.values()) {
      double s = journal.number(step.title() + ".nanos", 0) / 1e9;
      seconds += s;
      steps.add(
          new Result.StepFigures(step.title(), s, journal.number(step.title() + ".bytes", 0)));
    }
    return new Result(
        problems.isEmpty(),
        problems.isEmpty()
            ? "every byte and attribute is as it must be, by a verifier that is not Kmesh."
            : String.join(" ", problems),
        options.data().toString(),
        new Result.Input(
            journal.number("files", 0),
            journal.number("dirs", 0),
            journal.number("symlinks", 0),
            journal.number("ingest.bytes", 0)),
        steps,
        new Result.HsmFigures(
            journal.number("archived", 0),
            journal.number("released", 0) + journal.number("tiering.released", 0),
            journal.number("restored", 0),
            journal.number("concurrent", 0)),
        new Result.TieringFigures(
            journal.number("tiering.planned", 0),
            journal.number("tiering.moved", 0),
            journal.number("tiering.released", 0)),
        new Result.SnapshotFigures(
            journal.number("snapshot.logical", 0), journal.number("snapshot.stored", 0)),
        new Result.CopyFigures(
            journal.number("copy.nanos", 0) / 1e9, journal.number("copy.stored", 0)),
        new Result.FlowFigures(
            journal.number("flow.changes", 0),
            journal.number("flow.lagP50", 0) / 1e3,
            journal.number("flow.lagP99", 0) / 1e3,
            journal.number("flow.logical", 0),
            journal.number("flow.wire", 0),
            journal.number("flow.reconnects", 0),
            place(),
            new Result.GrantFigures(
                journal.number("grant.bytes", 0),
                journal.number("grant.refusals", 0),
                journal.number("grant.audit", 0),
                journal.number("grant.millis", 0) / 1e3)),
        journal.number("commits.before", 0),
        journal.number("fsyncs.before", 0),
        Math.max(seconds, journal.number("nanos", 0) / 1e9),
        Figures.peakRssMib());
  }
}
