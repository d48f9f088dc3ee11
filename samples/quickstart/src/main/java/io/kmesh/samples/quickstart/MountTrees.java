// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.engine.TreeCopy;
import io.kmesh.engine.TreeCopyReport;
import io.kmesh.path.PathBytes;
import io.kmesh.samples.quickstart.MountRun.Amount;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Brings the sample to the mount, and has the independent verifier compare the two at the end. */
final class MountTrees {
  private final MountRun run;
  private final Path onHost;
  private final Verifier verifier;
  private String verifiedBy = "";

  /**
   * The trees of a run.
   *
   * @param onHost where the run's directory is on the host when the kernel has the mount
   */
  MountTrees(MountRun run, Path onHost) throws IOException {
    this.run = run;
    this.onHost = onHost;
    Files.createDirectories(run.folder().resolve("verify"));
    Files.createDirectories(run.input());
    this.verifier =
        new Verifier(
            Path.of(System.getProperty("quickstart.verifier", "verify.py")),
            run.folder(),
            run.input(),
            run.screen());
  }

  /** Takes a part of a tree, says what, and copies it to the mount. */
  Amount ingest(Path data) throws IOException, InterruptedException {
    TreeCopyReport report;
    try (PosixTree from = HostTree.open(data);
        PosixTree input = HostTree.open(run.input())) {
      run.sample(Sample.take(from, input));
      Sample sample = run.sample();
      run.screen()
          .say(
              "  " + sample.files().size() + " of the " + sample.seen() + " files of " + data
                  + " are taken, " + Screen.size(sample.bytes()) + ", as copied to " + run.input());
      verifier.manifest();
      try (PosixDirectory parent = run.lab().tree().openDirectory(run.directory().parent())) {
        parent.makeDirectory(run.directory().name(), 0700);
      }
      report = TreeCopy.from(input, PathBytes.EMPTY).to(run.lab().tree(), run.top()).run();
    }
    for (TreeCopyReport.Problem problem : report.failed()) {
      run.problem("copying " + problem.path() + ": " + problem.message());
    }
    return new Amount(report.files(), report.bytes(), "They lie in " + onHost + ".");
  }

  /** The verifier reads the mount itself: what is still released is restored by that. */
  Amount verify() throws IOException, InterruptedException {
    boolean isMounted = Files.isDirectory(onHost);
    verifiedBy = isMounted ? "mount" : "export";
    Path tree = isMounted ? onHost.resolve(run.top().name().toString()) : run.folder().resolve("export");
    FutureTask<Boolean> verdict =
        new FutureTask<>(
            () -> {
              if (!isMounted) {
                export(tree);
              }
              return verifier.isMountRight(tree, isMounted);
            });
    Thread thread = new Thread(verdict, "quickstart-verifier");
    thread.setDaemon(true);
    thread.start();
    run.patience()
        .until(
            verdict::isDone,
            () ->
                run.lab()
                    .copytoolLook(
                        "verify: the verifier reads all files",
                        run.lab().status().restored() + " restored so far",
                        "verify"));
    try {
      if (!verdict.get()) {
        run.problem("the tree on the mount differs from what was taken; the verifier's words are above.");
      }
    } catch (ExecutionException e) {
      throw new IOException("Cannot verify the tree: " + Main.words(e.getCause()), e);
    }
    run.awaitQuiet("verify");
    return new Amount(run.sample().files().size(), run.sample().bytes(), "Compared with what was taken.");
  }

  private void export(Path tree) throws IOException {
    Files.createDirectories(tree);
    try (PosixTree target = HostTree.open(tree)) {
      TreeCopy.from(run.lab().tree(), run.top()).to(target, PathBytes.EMPTY).run();
    }
  }

  String verifiedBy() {
    return verifiedBy;
  }
}
