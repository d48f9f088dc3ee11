// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.KmeshException;
import io.kmesh.Operation;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.lustre.jna.JnaLustre;
import io.kmesh.path.PathBytes;
import io.kmesh.samples.quickstart.MountRun.Amount;
import io.kmesh.spi.lustre.LustreIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The steps of HSM and tiering on a mounted Lustre: small, patient, and behind itself the mount is as
 * it was. It needs nothing that exists on a server node only.
 */
final class MountJob {
  /** How long a stopped run waits for what it began. Readers that wait can't be woken otherwise. */
  private static final Duration END = Duration.ofMinutes(2);

  private final MountOptions options;
  private final Screen screen;
  private final StopSignal stop;
  private final Patience patience;
  private final Path folder;
  private final Journal journal;
  private final Path mountPoint;
  private final PathBytes parent;
  private final String name;
  private final List<String> problems = new ArrayList<>();
  private final List<String> left = new ArrayList<>();
  private final List<MountResult.StepFigures> steps = new ArrayList<>();
  private MountResult.HsmFigures hsmFigures = MountResult.HsmFigures.NONE;
  private MountResult.TieringFigures tieringFigures = MountResult.TieringFigures.NONE;
  private MountResult.Input input = MountResult.Input.NONE;
  private MountResult.Mount mount = MountResult.Mount.NONE;

  /**
   * A run; makes folders in the work folder only.
   *
   * @throws Obstacles when the directory lies on no Lustre, or an earlier run on another one has left
   *     something
   */
  MountJob(MountOptions options, Screen screen, StopSignal stop, Patience.Times times)
      throws IOException, Obstacles {
    this.options = options;
    this.screen = screen;
    this.stop = stop;
    this.patience = new Patience(screen, stop, times);
    this.mountPoint = Preflight.mountOf(options.directory());
    Preflight.places(options, mountPoint);
    this.parent =
        PathBytes.of(mountPoint.relativize(Preflight.real(options.directory())).toString());
    byte[] drawn = new byte[4];
    new Random().nextBytes(drawn);
    this.name = "kmesh-quickstart-" + HexFormat.of().formatHex(drawn);
    this.folder = options.work().resolve("on-lustre");
    Files.createDirectories(folder.resolve(name));
    this.journal = new Journal(folder.resolve("run.properties"));
    String before = journal.text("mount", mountPoint.toString());
    int archive = (int) journal.number("archive", options.archive().value());
    if (!journal.text("directory", "").isEmpty()
        && (!before.equals(mountPoint.toString()) || archive != options.archive().value())) {
      throw new Obstacles(
          options.directory(),
          List.of(
              "The work folder " + options.work() + " holds a run on " + before + " with archive "
                  + archive + " that did not end. Run with these first, which cleans up, or name"
                  + " another --work."));
    }
  }

  /**
   * Runs all steps.
   *
   * @throws Obstacles when something is in the way; then nothing was touched
   */
  MountResult run() throws Obstacles, IOException, InterruptedException {
    long begun = System.nanoTime();
    screen.say(
        "Kmesh quickstart on a mounted Lustre: a part of " + options.data() + " to a directory below "
            + options.directory() + ", archive " + options.archive() + " in " + options.work());
    try (MountLab lab = open()) {
      long start = begin(MountStep.CHECK);
      try {
        Preflight.check(options, mountPoint, lab, parent);
      } catch (Obstacles e) {
        drop(folder.resolve(name));
        throw e;
      }
      describe(lab, "");
      MountCoordinators coordinators = new MountCoordinators(lab.cluster().lustre().server());
      coordinators.words().forEach(line -> screen.say("  " + line));
      patience.lookAt(coordinators);
      end(MountStep.CHECK, start, 0, new Amount(0, 0, "Nothing is in the way; the copytool serves."));
      onMount(lab);
    } catch (IOException | RuntimeException e) {
      problem("the job stopped: " + Main.words(e));
    }
    if (problems.isEmpty() && !options.isKept()) {
      drop(folder.resolve(name));
    }
    for (String one : left) {
      screen.say("Left: " + one);
    }
    return new MountResult(
        problems.isEmpty(),
        problems.isEmpty()
            ? "every byte and attribute is as it was taken, by a verifier that is not Kmesh."
            : String.join(" ", problems),
        options.data().toString(),
        input,
        mount,
        steps,
        hsmFigures,
        tieringFigures,
        left,
        (System.nanoTime() - begun) / 1e9,
        Figures.peakRssMib());
  }

  private MountLab open() throws Obstacles, IOException {
    try {
      // Files carry an archive's number: each number has a state and a store of its own.
      return MountLab.open(
          folder.resolve("archive-" + options.archive()), options.archive(), mountPoint);
    } catch (KmeshException e) {
      drop(folder.resolve(name));
      throw new Obstacles(options.directory(), List.of(e.getMessage()));
    }
  }

  /** All steps behind the check. What fails is noted; what runs then is ended in order. */
  private void onMount(MountLab lab) throws IOException, InterruptedException {
    MountRun run =
        new MountRun(
            lab, screen, patience, MountLab.join(parent, PathBytes.of(name)), folder.resolve(name),
            problems);
    MountTrees trees = new MountTrees(run, mountPoint.resolve(run.directory().utf8().orElseThrow()));
    MountHsm hsm = new MountHsm(run);
    MountTiering tiering = new MountTiering(run);
    try {
      cleanUpBehindEarlierRun(lab);
      journal.set("mount", mountPoint);
      journal.set("archive", options.archive());
      journal.set("directory", run.directory().utf8().orElseThrow());
      journal.save();
      step(lab, MountStep.INGEST, () -> trees.ingest(options.data()));
      step(lab, MountStep.CANCEL, hsm::cancel);
      step(lab, MountStep.ARCHIVE, hsm::archive);
      step(lab, MountStep.RELEASE, hsm::release);
      step(lab, MountStep.READBACK, hsm::readBack);
      step(lab, MountStep.RECALL, hsm::recall);
      step(lab, MountStep.TIERING, tiering::run);
      step(lab, MountStep.REMOVE, hsm::remove);
      step(lab, MountStep.VERIFY, trees::verify);
      if (options.isKept()) {
        forget();
      } else if (problems.isEmpty()) {
        step(lab, MountStep.CLEANUP, () -> cleanUp(lab, run.directory()));
        forget();
      }
    } catch (StopSignal.StoppedException e) {
      problem(e.getMessage());
    } catch (IOException | RuntimeException e) {
      problem("the job stopped: " + Main.words(e));
      if (Boolean.getBoolean("quickstart.trace")) {
        e.printStackTrace();
      }
    } finally {
      if (!problems.isEmpty()) {
        endWhatRuns(run, hsm);
      }
      Sample sample = run.sample();
      input =
          new MountResult.Input(
              sample.files().size(), sample.directories(), sample.bytes(), sample.seen());
      hsmFigures =
          new MountResult.HsmFigures(
              lab.status().archived(),
              hsm.receipts(),
              hsm.released() + tiering.figures().released(),
              lab.status().restored(),
              lab.status().removed(),
              hsm.cancelled());
      tieringFigures = tiering.figures();
      describe(lab, trees.verifiedBy());
      sayWhatIsLeft(run);
    }
  }

  private interface Work {
    Amount run() throws IOException, InterruptedException;
  }

  private void step(MountLab lab, MountStep step, Work work) throws IOException, InterruptedException {
    long restores = lab.status().restored();
    long start = begin(step);
    Amount amount = work.run();
    end(step, start, lab.status().restored() - restores, amount);
  }

  private long begin(MountStep step) {
    screen.begin(step.title());
    return System.nanoTime();
  }

  private void end(MountStep step, long start, long restores, Amount amount) {
    steps.add(
        new MountResult.StepFigures(
            step.title(), (System.nanoTime() - start) / 1e9, amount.files(), amount.bytes(), restores));
    screen.end(amount.words());
  }

  private void problem(String words) {
    screen.say("  PROBLEM: " + words);
    problems.add(words);
  }

  private void describe(MountLab lab, String verifiedBy) {
    LustreIdentity identity = lab.cluster().lustre().identity();
    mount =
        new MountResult.Mount(
            mountPoint.toString(),
            identity.fileSystemName(),
            MountHsm.asked(JnaLustre::libraryRelease).orElse(""),
            MountHsm.asked(() -> identity.mdts().size()).orElse(0),
            MountHsm.asked(
                    () ->
                        (int)
                            lab.cluster().targets().stream()
                                .filter(target -> target.kind() == TargetUsage.Kind.OST)
                                .count())
                .orElse(0),
            MountHsm.asked(() -> lab.cluster().pools().stream().map(PoolUsage::name).toList())
                .orElse(List.of()),
            options.directory().resolve(name).toString(),
            options.archive().value(),
            verifiedBy);
  }

  // ---- the end

  private void cleanUpBehindEarlierRun(MountLab lab) throws IOException, InterruptedException {
    String directory = journal.text("directory", "");
    if (directory.isEmpty()) {
      return;
    }
    screen.say("An earlier run did not end; what it left in " + directory + " is removed first.");
    cleanUp(lab, PathBytes.of(directory));
    drop(folder.resolve(PathBytes.of(directory).name().toString()));
    forget();
  }

  private Amount cleanUp(MountLab lab, PathBytes directory) throws IOException, InterruptedException {
    MountCleanUp.Done done = new MountCleanUp(lab, patience).run(directory);
    if (!done.left().isEmpty()) {
      problem(
          done.left().size() + " copies of files that are gone are in the archive still, such as "
              + done.left().get(0) + ".");
    }
    if (done.foreign() > 0) {
      left.add(
          done.foreign() + " objects of other files are in " + lab.storeFolder() + ": of runs that"
              + " were kept, or requests of others for archive " + options.archive()
              + " came to this copytool. Keep that folder, and use an archive of its own"
              + " (--archive-id).");
    }
    return new Amount(
        done.files(), 0, done.files() + " files and " + done.copies() + " copies are removed.");
  }

  private void forget() throws IOException {
    journal.set("directory", "");
    journal.save();
  }

  /**
   * Leaves nothing at work: archives and removals of this run are withdrawn, restores end first, since
   * somebody may be blocked in a read.
   */
  private void endWhatRuns(MountRun run, MountHsm hsm) throws InterruptedException {
    screen.say("Ending what was begun ...");
    run.lab().kmesh().operations().open().forEach(Operation::cancel);
    hsm.stopReading();
    withdraw(run, false);
    if (!isQuietWithin(run, hsm, END)) {
      withdraw(run, true);
      isQuietWithin(run, hsm, END);
    }
    if (hsm.isReading()) {
      left.add(
          "a reader of this process, blocked in the kernel until a copytool restores its file; this"
              + " process may not end before. Run the same command again beside it.");
    }
    int waiting = pending(run).size();
    if (waiting > 0) {
      left.add(
          waiting + " requests wait at the coordinators. They go to the next copytool of archive "
              + options.archive() + ", withdrawn or for files that are gone: no harm.");
    }
  }

  /**
   * Waits until the copytool and the readers have nothing at hand, and the coordinators nothing of
   * this run; what these have not sent by a while they may keep for as long as they are disabled.
   */
  private boolean isQuietWithin(MountRun run, MountHsm hsm, Duration limit)
      throws InterruptedException {
    long begun = System.nanoTime();
    while (true) {
      Duration since = Duration.ofNanos(System.nanoTime() - begun);
      boolean isQuiet = run.lab().isQuiet() && !hsm.isReading();
      if (isQuiet && (pending(run).isEmpty() || since.compareTo(patience.end()) >= 0)) {
        return true;
      }
      if (since.compareTo(limit) >= 0) {
        return false;
      }
      Thread.sleep(patience.look().toMillis());
    }
  }

  /** The files of this run for which a request waits or runs. */
  private List<Sample.Taken> pending(MountRun run) {
    return run.sample().files().stream()
        .filter(
            file ->
                MountHsm.asked(() -> run.lab().cluster().hsm().currentAction(run.path(file)))
                    .filter(action -> action.phase() != CurrentAction.Phase.IDLE)
                    .isPresent())
        .toList();
  }

  /** Cancels what waits or runs for this run's files. */
  private void withdraw(MountRun run, boolean restoresToo) {
    for (Sample.Taken file : pending(run)) {
      try {
        CurrentAction action = run.lab().cluster().hsm().currentAction(run.path(file));
        if (restoresToo || !action.action().filter(HsmActionKind.RESTORE::equals).isPresent()) {
          run.lab().cluster().hsm().cancel(run.path(file));
        }
      } catch (KmeshException e) {
        screen.say("  not withdrawn: " + file.path() + ": " + e.getMessage());
      }
    }
  }

  private void sayWhatIsLeft(MountRun run) {
    if (journal.text("directory", "").isEmpty() && !options.isKept()) {
      return;
    }
    Path directory = mountPoint.resolve(run.directory().utf8().orElseThrow());
    String words =
        "the directory " + directory + ", and the archive of its files in " + run.lab().storeFolder()
            + " (archive " + options.archive() + "). Reading a released file there needs this"
            + " copytool to run; rm -r only unlinks, and is safe.";
    left.add(
        options.isKept()
            ? words
            : words + " The same command with the same --work removes both first.");
  }

  /** Removes a folder of the work folder. */
  private static void drop(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
