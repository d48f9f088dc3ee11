// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.Operation;
import io.kmesh.OperationCancelledException;
import io.kmesh.Progress;
import io.kmesh.lustre.HsmReport;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What the steps of one run on a mounted Lustre share. Not thread-safe. */
final class MountRun {
  private static final PathBytes DATA = PathBytes.of("data");

  private final MountLab lab;
  private final Screen screen;
  private final Patience patience;
  private final PathBytes directory;
  private final Path folder;
  private final List<String> problems;
  private Sample sample = new Sample(List.of(), 0, 0, 0);

  /**
   * A run.
   *
   * @param directory its own directory in the Lustre, which is not there yet
   * @param folder its folder in the work folder
   */
  MountRun(
      MountLab lab,
      Screen screen,
      Patience patience,
      PathBytes directory,
      Path folder,
      List<String> problems) {
    this.lab = lab;
    this.screen = screen;
    this.patience = patience;
    this.directory = directory;
    this.folder = folder;
    this.problems = problems;
  }

  /** What a step was about. */
  record Amount(long files, long bytes, String words) {}

  MountLab lab() {
    return lab;
  }

  Screen screen() {
    return screen;
  }

  Patience patience() {
    return patience;
  }

  PathBytes directory() {
    return directory;
  }

  /** Where the sample lies in the Lustre. */
  PathBytes top() {
    return directory.resolve(DATA);
  }

  PathBytes path(Sample.Taken file) {
    return top().resolve(file.path());
  }

  /** The sample on the host. */
  Path input() {
    return folder.resolve("input");
  }

  Path folder() {
    return folder;
  }

  Sample sample() {
    return sample;
  }

  void sample(Sample taken) {
    sample = taken;
  }

  /** What did not hold; the run goes on. */
  void problem(String words) {
    screen.say("  PROBLEM: " + words);
    problems.add(words);
  }

  boolean isSound() {
    return problems.isEmpty();
  }

  /**
   * Waits for an operation and says how far it is.
   *
   * @param verb such as {@code archive}
   * @param then what its files are then, such as {@code archived}
   * @throws OperationCancelledException when it was cancelled
   */
  <T> T await(String verb, String then, Operation<T> operation)
      throws IOException, InterruptedException {
    List<T> result = new ArrayList<>();
    boolean isOver = false;
    try {
      patience.until(
          () -> isEnded(operation, result::add),
          () -> {
            Progress p = operation.progress();
            return lab.copytoolLook(
                verb + ": " + p.itemsDone() + " of " + Math.max(p.itemsDone(), p.itemsTotal()) + " "
                    + then,
                List.of(p.itemsDone(), p.bytesDone().bytes()));
          });
      isOver = true;
    } catch (OperationCancelledException e) {
      isOver = true;
      throw e;
    } catch (KmeshException e) {
      isOver = true;
      throw new KmeshException(e.kind(), verb + ": " + e.getMessage(), e);
    } finally {
      if (!isOver) {
        operation.cancel();
      }
    }
    return result.get(0);
  }

  private <T> boolean isEnded(Operation<T> operation, Consumer<T> result) {
    try {
      result.accept(operation.await(patience.look()));
      return true;
    } catch (KmeshTimeoutException e) {
      return false;
    }
  }

  /** Waits until the copytool has nothing at hand. */
  void awaitQuiet(String verb) throws IOException, InterruptedException {
    patience.until(
        lab::isQuiet, () -> lab.copytoolLook(verb + ": waiting for the copytool to finish", verb));
  }

  /** Names what a report has of files that are not as asked; failed ones are a problem. */
  void mustBeWhole(String verb, HsmReport report) {
    for (HsmReport.Detail detail : report.details()) {
      screen.say("  " + verb + " " + detail.outcome() + ": " + detail.path() + ": " + detail.reason());
    }
    if (report.failed() + report.skipped() > 0) {
      problem(
          verb + " left " + (report.failed() + report.skipped()) + " files as they were"
              + (report.details().isEmpty()
                  ? "."
                  : "; the first: " + report.details().get(0).path() + ": "
                      + report.details().get(0).reason()));
    }
  }
}
