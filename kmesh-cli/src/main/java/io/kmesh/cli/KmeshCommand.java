// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command itself. */
@Command(
    name = "kmesh",
    description = {
      "Takes snapshots of trees of files into an encrypted, deduplicated repository, restores them, and makes copies of"
          + " them that can be written to. Keeps trees equal at several sites by data flows. Brings trees to object stores and"
          + " back (mirror). Looks at what is on a mounted Lustre, and says what will not work on this machine and why"
          + " (doctor).",
    },
    footer = {
      "",
      "Begin with:",
      "  kmesh repo init --repo /backup/lab --password-file ~/.kmesh-password",
      "  kmesh snapshot create --repo /backup/lab --password-file ~/.kmesh-password /home/lab",
      "  kmesh snapshot list --repo /backup/lab --password-file ~/.kmesh-password",
      "  kmesh snapshot restore --repo /backup/lab --password-file ~/.kmesh-password latest --target /tmp/lab",
      "",
      "KMESH_REPOSITORY and KMESH_PASSWORD_FILE stand for --repo and --password-file.",
      "docs/operations.md says more.",
    },
    subcommands = {
      RepoCommand.class,
      SnapshotCommand.class,
      VirtualCopyCommand.class,
      FlowCommand.class,
      MirrorCommand.class,
      SiteCommand.class,
      AgentCommand.class,
      LustreCommand.class,
      StoreCommand.class,
      DoctorCommand.class
    })
final class KmeshCommand implements Runnable {
  private final Surroundings surroundings;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Prints the version.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it.
  private boolean isVersion;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Prints this.")
  @SuppressWarnings("UnusedVariable") // As above.
  private boolean isHelp;

  @SuppressWarnings("NullAway.Init") // picocli sets spec.
  private KmeshCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  /** Runs a command line to its end. Returns the exit code. */
  static int run(Surroundings surroundings, String... args) {
    CommandLine line = new CommandLine(new KmeshCommand(surroundings));
    describeExitCodes(line);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.getCommandSpec().version("kmesh " + version());
    line.setOut(writer(surroundings.out()));
    line.setErr(writer(surroundings.err()));
    line.setUsageHelpWidth(120);
    line.setParameterExceptionHandler((e, ignored) -> usage(surroundings, e));
    line.setExecutionExceptionHandler((e, command, result) -> failed(surroundings, e, result));
    int code = line.execute(args);
    surroundings.out().flush();
    return code;
  }

  private static void describeExitCodes(CommandLine line) {
    line.getCommandSpec()
        .usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(ExitCode.list());
    line.getSubcommands().values().forEach(KmeshCommand::describeExitCodes);
  }

  private static PrintWriter writer(java.io.PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  private static String version() {
    String version = KmeshCommand.class.getPackage().getImplementationVersion();
    return version == null ? "of an unknown version" : version;
  }

  private static int usage(Surroundings surroundings, ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    surroundings.err().println("kmesh: " + e.getMessage());
    surroundings.err().println("Try: " + command + " --help");
    return ExitCode.USAGE;
  }

  private static int failed(Surroundings surroundings, Exception e, ParseResult result) {
    int code = CommandFailure.exitCode(e);
    String message = message(e);
    surroundings.err().println("kmesh: " + message);
    if (isJson(result)) {
      ObjectNode json = Output.object();
      json.put("error", message).put("kind", CommandFailure.kind(e)).put("exitCode", code);
      surroundings.out().println(json);
    }
    return code;
  }

  private static String message(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        return "Cannot go on: "
            + cause.getMessage()
            + ". Give Java more memory, KMESH_JAVA_OPTIONS=-Xmx512m, or work with fewer --workers.";
      }
    }
    String text = e.getMessage();
    if (e instanceof RuntimeException || text == null) {
      return "Cannot go on: " + e + ". This is a fault of Kmesh; report it with what was done.";
    }
    return text;
  }

  private static boolean isJson(ParseResult result) {
    ParseResult last = result;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    return last.hasMatchedOption("--json");
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "Cannot run kmesh: no command is given. Name one: repo, snapshot, copy, flow, mirror, site,"
            + " agent, lustre, store or doctor.");
  }
}
