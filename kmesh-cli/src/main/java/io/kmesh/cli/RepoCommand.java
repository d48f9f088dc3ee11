// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.repository.OpenRepository;
import io.kmesh.engine.repository.RepositoryCredential;
import io.kmesh.engine.repository.RepositoryHolder;
import io.kmesh.engine.repository.RepositoryStats;
import io.kmesh.engine.repository.RotatedKey;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands on a repository itself. */
@Command(
    name = "repo",
    description = "Makes a repository, shows its size, and says who may open it.",
    subcommands = {RepoCommand.Init.class, RepoCommand.Stats.class, RepoCommand.Key.class})
final class RepoCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw missing(spec, "init, stats or key");
  }

  static RuntimeException missing(@Nullable CommandSpec spec, String commands) {
    if (spec == null) {
      return new IllegalStateException("This command was not made by a command line.");
    }
    return new ParameterException(
        spec.commandLine(),
        "Cannot run "
            + spec.qualifiedName()
            + ": no command is given. Name one: "
            + commands
            + ".");
  }

  /** Makes one. */
  @Command(
      name = "init",
      description = {
        "Makes a repository, encrypted from its first byte. Who loses the password loses everything in it.",
      },
      footer = {
        "",
        "Example:",
        "  (umask 077; head -c 24 /dev/urandom | base64 > ~/.kmesh-password)",
        "  kmesh repo init --repo /backup/lab --password-file ~/.kmesh-password",
      })
  static final class Init extends RepositoryCommand {
    @Option(
        names = "--holder",
        paramLabel = "NAME",
        defaultValue = "first",
        description = "What the password is called in the list of keys (${DEFAULT-VALUE}).")
    private String holder = "first";

    @Override
    public Integer call() throws IOException, CommandFailure {
      StoreLocation location = location();
      try (RepositoryCredential password = newPassword();
          ObjectStore store = location.openOrMake();
          OpenRepository repository = init(store, password)) {
        json(Output.object().put("repository", repository.id()).put("url", store.uri().toString()));
        say("Made the repository " + repository.id() + " in " + store.uri() + ".");
        return ExitCode.OK;
      }
    }

    private OpenRepository init(ObjectStore store, RepositoryCredential password)
        throws IOException, CommandFailure {
      try {
        return opener(store).init(holder, password);
      } catch (ProviderException e) {
        if (e.kind() == ErrorKind.EXISTS) {
          throw new CommandFailure(ExitCode.CONFLICT, e);
        }
        throw e;
      }
    }
  }

  /** Its size. */
  @Command(name = "stats", description = "Shows how large the repository is; lists its objects.")
  static final class Stats extends RepositoryCommand {
    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            RepositoryStats s = repository.stats();
            ObjectNode json = Output.object();
            json.put("repository", repository.id()).put("snapshots", s.snapshots());
            json.put("chunks", s.chunks()).put("sessions", s.sessions());
            json.put("generation", s.generation());
            json.put("packObjects", s.packObjects()).put("packBytes", s.packBytes());
            json.put("otherObjects", s.otherObjects()).put("otherBytes", s.otherBytes());
            json(json);
            say("repository  " + repository.id());
            say("snapshots   " + Output.count(s.snapshots()));
            say("chunks      " + Output.count(s.chunks()));
            say("packs       " + Output.count(s.packObjects()) + ", " + Output.size(s.packBytes()));
            say(
                "other       "
                    + Output.count(s.otherObjects())
                    + ", "
                    + Output.size(s.otherBytes()));
            say("sessions    " + Output.count(s.sessions()));
            return ExitCode.OK;
          });
    }
  }

  /** Who may open it. */
  @Command(
      name = "key",
      description = "Lists, adds, removes and rotates the passwords that open the repository.",
      subcommands = {KeyList.class, KeyAdd.class, KeyRemove.class, KeyRotate.class})
  static final class Key implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    @Override
    public void run() {
      throw missing(spec, "list, add, remove or rotate");
    }
  }

  private static ObjectNode json(RepositoryHolder holder) {
    return Output.object()
        .put("id", holder.id())
        .put("kind", holder.kind())
        .put("name", holder.name())
        .put("generation", holder.generation());
  }

  /** Lists them. */
  @Command(name = "list", description = "Lists who may open the repository.")
  static final class KeyList extends RepositoryCommand {
    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            List<RepositoryHolder> all = repository.holders();
            ObjectNode json = Output.object();
            ArrayNode keys = json.putArray("keys");
            all.forEach(holder -> keys.add(RepoCommand.json(holder)));
            json(json);
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("ID", "NAME", "KIND", "GENERATION"));
            for (RepositoryHolder h : all) {
              rows.add(List.of(h.id(), h.name(), h.kind(), Integer.toString(h.generation())));
            }
            say(Output.table(rows).stripTrailing());
            return ExitCode.OK;
          });
    }
  }

  /** Adds one. */
  @Command(
      name = "add",
      description = "Adds a password. The one given by --password-file goes on to work.",
      footer = {
        "",
        "Example:",
        "  kmesh repo key add --repo /backup/lab --password-file mine --name anna --new-password-file hers",
      })
  static final class KeyAdd extends RepositoryCommand {
    @Option(
        names = "--name",
        paramLabel = "NAME",
        required = true,
        description = "What it is called in the list.")
    private String name = "";

    @Option(
        names = "--new-password-file",
        paramLabel = "FILE",
        description = "A file whose first line is the new password; else it is asked for.")
    private @Nullable Path newPasswordFile;

    @Option(
        names = "--new-key-file",
        paramLabel = "FILE",
        description =
            "A key file in place of a new password: FILE or FILE#KEY; made when it is not there.")
    private @Nullable String newKeyFile;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            try (RepositoryCredential added = added(newPasswordFile, newKeyFile, surroundings())) {
              RepositoryHolder holder = repository.addHolder(name, added);
              json(RepoCommand.json(holder));
              say("Added the key " + holder.id() + " of " + holder.name() + ".");
              return ExitCode.OK;
            }
          });
    }
  }

  private static RepositoryCredential added(
      @Nullable Path file, @Nullable String keyFile, Surroundings surroundings)
      throws CommandFailure {
    if (keyFile != null) {
      return KeyFiles.openOrMake(keyFile);
    }
    return file != null ? Passwords.read(file) : Passwords.askTwice(surroundings);
  }

  /** Removes one. */
  @Command(
      name = "remove",
      description = {
        "Removes a password. Whoever knew it may have kept the key that it opened: rotate as well.",
      })
  static final class KeyRemove extends RepositoryCommand {
    @Parameters(paramLabel = "ID", description = "The key's id, as the list shows it.")
    private String id = "";

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            CommandFailure.named(
                () -> {
                  repository.removeHolder(id);
                  return id;
                });
            json(Output.object().put("removed", id));
            say("Removed the key " + id + ".");
            return ExitCode.OK;
          });
    }
  }

  /** Replaces the repository key. */
  @Command(
      name = "rotate",
      description = {
        "Replaces the repository key; no data is written again. From then on only one password opens it: the new"
            + " one, or the same as before. Add the others anew.",
      })
  static final class KeyRotate extends RepositoryCommand {
    @Option(
        names = "--name",
        paramLabel = "NAME",
        defaultValue = "first",
        description = "What the password is called in the list (${DEFAULT-VALUE}).")
    private String name = "first";

    @Option(
        names = "--new-password-file",
        paramLabel = "FILE",
        description = "A file whose first line is the new password; else it stays the same.")
    private @Nullable Path newPasswordFile;

    @Option(
        names = "--new-key-file",
        paramLabel = "FILE",
        description =
            "A key file in place of a new password: FILE or FILE#KEY; made when it is not there.")
    private @Nullable String newKeyFile;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            try (RepositoryCredential next =
                newPasswordFile != null || newKeyFile != null
                    ? added(newPasswordFile, newKeyFile, surroundings())
                    : password()) {
              RotatedKey rotated = repository.rotate(name, next);
              ObjectNode json = Output.object().put("generation", rotated.generation());
              ArrayNode dropped = json.putArray("dropped");
              rotated.dropped().forEach(holder -> dropped.add(RepoCommand.json(holder)));
              json(json);
              say("Rotated the repository key; its generation is " + rotated.generation() + ".");
              for (RepositoryHolder holder : rotated.dropped()) {
                warn(holder.name() + " (" + holder.id() + ") can't open it any more.");
              }
              return ExitCode.OK;
            }
          });
    }
  }
}
