// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import static io.kmesh.Durability.REMOTE;

import io.kmesh.Operation;
import io.kmesh.OperationCancelledException;
import io.kmesh.Receipt;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Hsm;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmReport;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.samples.quickstart.MountRun.Amount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** The steps of HSM on a mounted Lustre. Each looks at every file behind the report. */
final class MountHsm {
  /** How many requests are made to be withdrawn, and how many files plain readers read. */
  private static final int WITHDRAWN = 6;

  private static final int READ = 8;

  private final MountRun run;
  private final Hsm hsm;
  private ReadBack reading;
  private long receipts;
  private long released;
  private long cancelled;

  MountHsm(MountRun run) {
    this.run = run;
    this.hsm = run.lab().cluster().hsm();
  }

  private PathBytes part() {
    return run.top().resolve(Sample.HSM);
  }

  private List<Sample.Taken> files() {
    return run.sample().below(Sample.HSM);
  }

  private static long bytes(List<Sample.Taken> files) {
    return files.stream().mapToLong(Sample.Taken::size).sum();
  }

  /** Asks for some archives and withdraws all but the first. */
  Amount cancel() throws IOException, InterruptedException {
    List<Sample.Taken> some = files().subList(0, Math.min(WITHDRAWN, files().size()));
    List<Operation<Receipt>> asked = new ArrayList<>();
    for (Sample.Taken file : some) {
      asked.add(hsm.archive(run.path(file), a -> a.to(MountLab.STORE)));
    }
    asked.subList(1, asked.size()).forEach(Operation::cancel);
    long before = cancelled;
    for (Operation<Receipt> operation : asked) {
      try {
        run.await("cancel", "archived", operation);
      } catch (OperationCancelledException e) {
        cancelled++;
      }
    }
    for (Sample.Taken file : some) {
      run.patience()
          .until(
              () -> hsm.currentAction(run.path(file)).phase() == CurrentAction.Phase.IDLE,
              () ->
                  run.lab()
                      .copytoolLook(
                          "cancel: until nothing waits for " + file.path() + " any more",
                          file.path()));
    }
    run.awaitQuiet("cancel");
    long withdrawn = cancelled - before;
    return new Amount(
        some.size(),
        bytes(some),
        withdrawn + " requests withdrawn, " + (some.size() - withdrawn) + " archived.");
  }

  /** Archives durably, and looks at each file's state and receipt. */
  Amount archive() throws IOException, InterruptedException {
    HsmReport report =
        run.await(
            "archive",
            "archived",
            hsm.archiveTree(part(), a -> a.to(MountLab.STORE).durability(REMOTE)));
    run.mustBeWhole("archive", report);
    for (Sample.Taken file : files()) {
      HsmState state = hsm.state(run.path(file));
      Optional<Receipt> receipt = hsm.receipt(run.path(file));
      if (!state.isArchivedAndClean()) {
        run.problem(file.path() + " is not archived: " + state);
      } else if (receipt.isEmpty() || !receipt.get().stillHolds()) {
        run.problem("the receipt of " + file.path() + " does not hold.");
      } else if (!receipt.get().sha256().map(Object::toString).equals(Optional.of(file.sha256()))) {
        run.problem("the receipt of " + file.path() + " is of other bytes: " + receipt.get().sha256());
      } else {
        receipts++;
      }
    }
    return new Amount(files().size(), bytes(files()), receipts + " receipts hold.");
  }

  Amount release() throws IOException, InterruptedException {
    run.mustBeWhole("release", run.await("release", "released", hsm.release(part())));
    long now = countReleased();
    if (now < files().size()) {
      run.problem((files().size() - now) + " files are not released.");
    }
    released += now;
    return new Amount(now, bytes(files()), now + " files take no space now.");
  }

  private long countReleased() {
    return files().stream().filter(file -> hsm.state(run.path(file)).isReleased()).count();
  }

  /** Reads some files as any program does: each is restored by being read. */
  Amount readBack() throws IOException, InterruptedException {
    List<Sample.Taken> some = files().subList(0, Math.min(READ, files().size()));
    reading = ReadBack.start(run.lab().tree(), run.top(), some);
    run.patience()
        .until(
            reading::isOver,
            () ->
                run.lab()
                    .copytoolLook(
                        "readback: " + reading.done() + " of " + some.size()
                            + " files read, the readers wait for the restore",
                        reading.done()));
    reading.problems().forEach(run::problem);
    run.awaitQuiet("readback");
    return new Amount(some.size(), reading.bytes(), "Their bytes are those that were taken.");
  }

  /** Has the rest restored by request. */
  Amount recall() throws IOException, InterruptedException {
    long before = countReleased();
    HsmReport report = run.await("recall", "restored", hsm.recall(part()));
    run.mustBeWhole("recall", report);
    run.awaitQuiet("recall");
    if (countReleased() > 0) {
      run.problem(countReleased() + " files are released still.");
    }
    return new Amount(before, report.bytes().bytes(), "All have their bytes here again.");
  }

  /** Has the copies removed from the archive. */
  Amount remove() throws IOException, InterruptedException {
    HsmReport report = run.await("remove", "removed from the archive", hsm.remove(part()));
    run.mustBeWhole("remove", report);
    run.awaitQuiet("remove");
    for (Sample.Taken file : files()) {
      HsmState state = hsm.state(run.path(file));
      if (state.has(HsmFlag.EXISTS) || state.has(HsmFlag.ARCHIVED)) {
        run.problem(file.path() + " is in the archive still: " + state);
      }
    }
    String prefix = part().utf8().orElseThrow() + "/";
    long objects = run.lab().keys().stream().filter(key -> key.startsWith(prefix)).count();
    if (objects > 0) {
      run.problem(objects + " objects of removed copies are in " + run.lab().storeFolder() + " still.");
    }
    return new Amount(report.done(), report.bytes().bytes(), "The archive holds none of them.");
  }

  /** Whether a reader is blocked; then the copytool has to stay. */
  boolean isReading() {
    return reading != null && !reading.isOver();
  }

  /** Has the readers begin no further file. */
  void stopReading() {
    if (reading != null) {
      reading.enough();
    }
  }

  long receipts() {
    return receipts;
  }

  long released() {
    return released;
  }

  long cancelled() {
    return cancelled;
  }

  /** A question that a failing file system may not answer. */
  static <T> Optional<T> asked(Callable<T> question) {
    try {
      return Optional.of(question.call());
    } catch (Exception e) {
      return Optional.empty();
    }
  }
}
