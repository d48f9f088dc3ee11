// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.EngineTime;
import io.kmesh.unit.DataSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Runs the usual commands once, so that an archive of the classes that they load can be made. */
public final class Training {
  private Training() {}

  /**
   * Runs them.
   *
   * @param args a folder that is not there yet; {@code cloud} after it where the stores of clouds
   *     are among the classes, too
   */
  public static void main(String[] args) throws IOException {
    Path work = Path.of(args[0]);
    Path tree = Files.createDirectories(work.resolve("tree/below"));
    Files.writeString(tree.resolve("small"), "a small file");
    Files.write(tree.resolve("large"), new byte[3 << 20]);
    byte[] numbers = new byte[2 << 20];
    new java.util.Random(1).nextBytes(numbers);
    Files.write(tree.resolve("numbers"), numbers);
    Files.createSymbolicLink(tree.resolve("link"), Path.of("small"));
    Path password = Files.writeString(work.resolve("password"), "training\n");
    Map<String, String> environment =
        Map.of(
            "KMESH_REPOSITORY",
            work.resolve("repository").toUri().toString(),
            "KMESH_PASSWORD_FILE",
            password.toString(),
            "KMESH_CACHE",
            work.resolve("cache").toString(),
            "KMESH_STATE",
            work.resolve("state").toString());
    String source = work.resolve("tree").toString();
    run(environment, "repo", "init");
    run(environment, "snapshot", "create", "--name", "one", source);
    Files.writeString(tree.resolve("another"), "another file");
    run(environment, "snapshot", "create", "--name", "two", "--json", source);
    run(environment, "snapshot", "list");
    run(environment, "snapshot", "ls", "latest");
    run(environment, "snapshot", "diff", "one", "two");
    run(environment, "snapshot", "restore", "latest", "--target", work.resolve("out").toString());
    run(environment, "snapshot", "forget", "--keep-last", "1", "--dry-run");
    run(environment, "repo", "stats", "--json");
    String store = work.resolve("store").toString();
    run(environment, "mirror", "push", source, store);
    run(environment, "mirror", "verify", source, store);
    run(environment, "mirror", "pull", store, work.resolve("pulled").toString());
    if (args.length > 1 && args[1].equals("cloud")) {
      cloud(environment, work);
    }
  }

  private static void cloud(Map<String, String> environment, Path work) throws IOException {
    // The default chain of credentials reads these first: a mirror takes none from its environment.
    System.setProperty("aws.accessKeyId", "training");
    System.setProperty("aws.secretAccessKey", "none");
    Path few = Files.createDirectories(work.resolve("few/below"));
    Files.writeString(few.resolve("one"), "one");
    Files.createSymbolicLink(few.resolve("link"), Path.of("one"));
    String source = work.resolve("few").toString();
    try (TrainingStore store = new TrainingStore()) {
      run(environment, "mirror", "push", source, store.url());
      run(environment, "mirror", "push", source, store.url());
      run(environment, "mirror", "verify", source, store.url());
      run(environment, "mirror", "pull", store.url(), work.resolve("few-pulled").toString());
    }
  }

  private static void run(Map<String, String> environment, String... args) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    int code =
        KmeshCommand.run(
            new Surroundings(
                stream,
                stream,
                environment,
                false,
                null,
                EngineTime.system(),
                new Interruption(),
                opener -> opener.passphraseCost(DataSize.ofKib(64), 1),
                LustreWorld.ofMachine()),
            args);
    if (code != ExitCode.OK) {
      throw new IllegalStateException(
          String.join(" ", args) + ": exit " + code + ": " + said.toString(StandardCharsets.UTF_8));
    }
  }
}
