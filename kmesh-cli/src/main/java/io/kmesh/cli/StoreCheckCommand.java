// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.spi.store.ObjectStore;
import io.kmesh.store.StoreReport;
import io.kmesh.store.StoreValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tries what a store does. */
@Command(
    name = "check",
    description = {
      "Tries what an object store does rather than believe what it says, and tells what follows for snapshots, mirrors,"
          + " flows and archives; how far its clock is off; and how it stands mixed calls for a while. All of it happens"
          + " below a prefix of its own, .kmesh-check-…/, which is removed in the end, also after Ctrl-C.",
      "It costs some hundred requests and, with a soak, as many as the store answers. Ends with 3 when a check fails."
          + " What the store says that it lacks is no failure.",
    },
    footer = {
      "",
      "Examples:",
      "  kmesh store check /backup/lab --soak 5s",
      "  kmesh store check 's3://backup/lab?region=eu-central-1' --json",
    })
final class StoreCheckCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "URL",
      description = {
        "The store: file:/path or a path, s3://BUCKET/PREFIX, az://CONTAINER@ACCOUNT/PREFIX or gs://BUCKET/PREFIX, with"
            + " ?OPTION=VALUE&... where it needs them (docs/stores.md).",
      })
  private String url = "";

  @Option(
      names = "--soak",
      paramLabel = "TIME",
      defaultValue = "30s",
      description =
          "How long mixed calls are made (${DEFAULT-VALUE}), up to 1h; 0s for not at all.")
  private String soak = "30s";

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "4",
      description = "How many threads make them (${DEFAULT-VALUE}), 1 to 64.")
  private int threads = 4;

  @Option(names = "--json", description = "Prints one JSON object: docs/stores.md.")
  private boolean isJson;

  @Override
  public Integer call() throws IOException, CommandFailure {
    if (spec == null) {
      throw new IllegalStateException("This command was not made by a command line.");
    }
    Surroundings surroundings = ((KmeshCommand) spec.root().userObject()).surroundings();
    StoreLocation location = MirrorWork.location("check", url);
    Duration length = Durations.parse("--soak", soak);
    Path directory = location.directory().orElse(null);
    if (directory != null && !Files.isDirectory(directory)) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "Cannot check "
              + location
              + ": there is no such directory. Make it, or name the right one.");
    }
    StoreReport report;
    try (ObjectStore store = location.openOrMake()) {
      StoreValidator validator = validator(store, location, length, surroundings);
      surroundings.interruption().whenRaised(validator::cancel);
      if (!isJson) {
        surroundings
            .out()
            .println("Checking " + store.uri() + " below " + validator.prefix() + " ...");
        surroundings.out().flush();
      }
      report = CommandFailure.named(validator::run);
    }
    if (isJson) {
      surroundings.out().println(report.toJson());
    } else {
      surroundings.out().print(StoreReportText.of(report));
    }
    return report.isSound() ? ExitCode.OK : ExitCode.PROBLEMS;
  }

  private StoreValidator validator(
      ObjectStore store, StoreLocation location, Duration length, Surroundings surroundings)
      throws CommandFailure {
    try {
      StoreValidator.Builder builder =
          StoreValidator.of(store).soak(length).threads(threads).time(surroundings.time());
      location.storeUrl().ifPresent(builder::openedBy);
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
  }
}
