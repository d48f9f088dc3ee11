// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the independent verifier, a Python program that has no part of Kmesh in it. */
final class Verifier {
  private final Path script;
  private final Path folder;
  private final Path data;
  private final Screen screen;

  Verifier(Path script, Path work, Path data, Screen screen) {
    this.script = script;
    this.folder = work.resolve("verify");
    this.data = data;
    this.screen = screen;
  }

  Path changes() {
    return folder.resolve("changes.jsonl");
  }

  Path source() {
    return folder.resolve("source.jsonl");
  }

  /** Describes the source before it is read. */
  void manifest() throws IOException, InterruptedException {
    if (Files.exists(source())) {
      return;
    }
    must("manifest", data.toString(), "-o", source().toString(), "--keep");
  }

  /** Looks at the source again after the ingest, and draws the changes. */
  void plan(long seed, int count) throws IOException, InterruptedException {
    Path stable = folder.resolve("stable.jsonl");
    Path expected = folder.resolve("expected.jsonl");
    Path copy = folder.resolve("copy.jsonl");
    // What is there is whole: the verifier renames its outputs into place.
    if (Files.exists(stable) && Files.exists(changes()) && Files.exists(expected)
        && Files.exists(copy)) {
      return;
    }
    must(
        "recheck", "--source", data.toString(), "--manifest", source().toString(), "-o",
        stable.toString(), "--keep");
    must(
        "changes", "--source", data.toString(), "--manifest", stable.toString(),
        "--seed", Long.toString(seed), "--count", Integer.toString(count),
        "-o", changes().toString(), "--expected", expected.toString(),
        "--copy", copy.toString(), "--keep");
  }

  /** Whether the exported tree is as it must be. */
  boolean isTreeRight(Path tree, Path reported) throws IOException, InterruptedException {
    return isRight("expected", tree, reported, "tree");
  }

  /** Whether a restored snapshot of the ingest is as the source was. */
  boolean isSnapshotRight(Path tree, Path reported) throws IOException, InterruptedException {
    return isRight("stable", tree, reported, "snapshot");
  }

  /** Whether the exported virtual copy shows its newer snapshot, and what was changed in it. */
  boolean isCopyRight(Path tree, Path reported) throws IOException, InterruptedException {
    return isRight("copy", tree, reported, "copy");
  }

  /**
   * Whether a tree is as the source was.
   *
   * @param isMounted whether it lies on a mounted Lustre
   */
  boolean isMountRight(Path tree, boolean isMounted) throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "tree", "--expected", source().toString(), "--actual", tree.toString(),
                "--report", folder.resolve("mount.json").toString()));
    if (isMounted) {
      arguments.add("--mounted");
    }
    return run(arguments.toArray(String[]::new)) == 0;
  }

  private boolean isRight(String expected, Path tree, Path reported, String report)
      throws IOException, InterruptedException {
    return run(
            "tree", "--expected", folder.resolve(expected + ".jsonl").toString(),
            "--actual", tree.toString(), "--reported", reported.toString(),
            "--report", folder.resolve(report + ".json").toString())
        == 0;
  }

  /**
   * Whether a tree that was brought elsewhere is there as it is here.
   *
   * @param cluster the folder of the simulated Lustre there, which nobody has open
   * @param there the tree in it
   */
  boolean isFlowRight(Path here, Path cluster, PathBytes there) throws IOException, InterruptedException {
    Path flowed = folder.resolve("flowed.jsonl");
    must("manifest", here.toString(), "-o", flowed.toString());
    return run(
            "tree", "--expected", flowed.toString(), "--actual", cluster.toString(),
            "--lustre", there.toString(), "--report", folder.resolve("flow.json").toString())
        == 0;
  }

  /** Whether the object store holds what it must. */
  boolean isStoreRight(Path store, String base, Path archived) throws IOException, InterruptedException {
    return run(
            "store", "--expected", folder.resolve("expected.jsonl").toString(),
            "--source-manifest", folder.resolve("stable.jsonl").toString(),
            "--base", base, "--store", store.toString(), "--archived", archived.toString(), "--report", folder.resolve("store.json").toString())
        == 0;
  }

  private void must(String... args) throws IOException, InterruptedException {
    int exit = run(args);
    if (exit != 0) {
      throw new IOException(
          "The verifier's \"" + args[0] + "\" ended with exit status " + exit
              + ". Its words are above.");
    }
  }

  private int run(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", script.toString()));
    command.addAll(List.of(args));
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IOException(
          "Cannot run the verifier: python3 does not start. Install Python 3.11 or newer.", e);
    }
    process.getOutputStream().close();
    try (var lines = process.inputReader(java.nio.charset.StandardCharsets.UTF_8)) {
      String line;
      int shown = 0;
      while ((line = lines.readLine()) != null) {
        if (shown++ < 40) {
          screen.say("  verifier: " + (line.length() > 300 ? line.substring(0, 300) + "..." : line));
        }
      }
    }
    return process.waitFor();
  }
}
