// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.repository.CopyInfo;
import io.kmesh.engine.repository.CopyReader;
import io.kmesh.engine.repository.CopyStore;
import io.kmesh.engine.repository.OpenRepository;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands on virtual copies. */
@Command(
    name = "copy",
    description = {
      "Virtual copies: a snapshot that can be written to. A copy is made at once, however large the snapshot is; what"
          + " is written goes into a folder, all else is read from the repository.",
    },
    footer = {
      "",
      "Example:",
      "  kmesh copy create what-if latest --folder /var/lib/what-if --repo /backup/lab",
      "  kmesh copy put what-if ./input.yaml /config/input.yaml --repo /backup/lab",
      "  kmesh copy changes what-if --repo /backup/lab",
      "  kmesh copy refresh what-if latest --repo /backup/lab         # what was changed stays",
      "  kmesh copy reverse-sync what-if --dry-run --repo /backup/lab # back to where it came from",
      "",
      "Programs open a copy as a java.nio.file.FileSystem.",
    },
    subcommands = {
      VirtualCopyCommand.Create.class,
      VirtualCopyCommand.Listing.class,
      VirtualCopyCommand.Show.class,
      VirtualCopyCommand.Delete.class,
      CopyMergeCommands.Changes.class,
      CopyMergeCommands.Refresh.class,
      CopyMergeCommands.ReverseSync.class,
      CopyContentCommands.Entries.class,
      CopyContentCommands.Cat.class,
      CopyContentCommands.Put.class,
      CopyContentCommands.MakeDirectory.class,
      CopyContentCommands.Move.class,
      CopyContentCommands.Remove.class
    })
final class VirtualCopyCommand implements Runnable {
  static final String WHICH = "The copy: its name, its id, or four or more first digits of that.";
  static final String WHICH_SNAPSHOT =
      "The snapshot: its id, four or more first digits of it, its name, or latest.";

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw RepoCommand.missing(
        spec,
        "create, list, show, changes, refresh, reverse-sync, ls, cat, put, mkdir, mv, rm or delete");
  }

  /** A command on the copies of a repository. */
  abstract static class OnCopies extends RepositoryCommand {
    /** What runs with the copies. */
    @FunctionalInterface
    interface CopiesBody {
      int run(OpenRepository repository, CopyStore copies) throws IOException, CommandFailure;
    }

    final int withCopies(CopiesBody body) throws IOException, CommandFailure {
      return withRepository(
          repository -> {
            try (CopyStore copies = repository.copies()) {
              return body.run(repository, copies);
            }
          });
    }
  }

  /** A command on one copy. */
  abstract static class OnCopy extends OnCopies {
    @Parameters(index = "0", paramLabel = "COPY", description = WHICH)
    private String copy = "";

    @Option(
        names = "--folder",
        paramLabel = "DIR",
        description = "Where the copy's folder is now; default where it was made.")
    private @Nullable Path folder;

    /** What runs with an open copy. */
    @FunctionalInterface
    interface CopyBody {
      int run(CopyReader copy) throws IOException, CommandFailure;
    }

    final CopyInfo find(CopyStore copies) throws IOException, CommandFailure {
      return CommandFailure.named(() -> copies.find(copy));
    }

    final Path folder(CopyInfo info) throws CommandFailure {
      if (info.place() == CopyInfo.Place.LUSTRE) {
        throw new CommandFailure(
            ExitCode.FAILED,
            "Cannot open the virtual copy "
                + info.name()
                + ": it is on the Lustre "
                + info.folder()
                + ", and this command has no binding of a Lustre. Read and write its files there, on a mount; look at"
                + " it, refresh, sync back or delete it by kmesh.virtualCopies() in a program that attaches \""
                + info.host()
                + "\".");
      }
      Path place = folder != null ? folder : Path.of(info.folder());
      if (!Files.isDirectory(place)) {
        throw new CommandFailure(
            ExitCode.NOT_FOUND,
            "Cannot open the virtual copy "
                + info.name()
                + ": its folder "
                + place
                + " of the host "
                + info.host()
                + " is not here. Run it there, or give --folder.");
      }
      return place;
    }

    /** Opens the copy, and makes durable what was written. */
    final int withCopy(CopyBody body) throws IOException, CommandFailure {
      return withCopies(
          (repository, copies) -> {
            try (CopyReader open = copies.open(folder(find(copies)))) {
              return body.run(open);
            }
          });
    }
  }

  private static ObjectNode shown(CopyInfo copy) {
    return Output.object()
        .put("id", copy.id())
        .put("name", copy.name())
        .put("snapshot", copy.snapshot())
        .put("created", copy.created().toString())
        .put("host", copy.host())
        .put("folder", copy.folder());
  }

  /** Makes one. */
  @Command(
      name = "create",
      description = {
        "Makes a virtual copy of a snapshot. It takes the same time for any size; the snapshot's content stays in the"
            + " repository until the copy is deleted, also when the snapshot is forgotten.",
      },
      footer = {
        "",
        "Example:",
        "  kmesh copy create what-if latest --folder /var/lib/what-if --repo /backup/lab",
      })
  static final class Create extends OnCopies {
    @Parameters(index = "0", paramLabel = "NAME", description = "The copy's name.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "SNAPSHOT", description = WHICH_SNAPSHOT)
    private String snapshot = "";

    @Option(
        names = "--folder",
        required = true,
        paramLabel = "DIR",
        description = "Where what is written is kept, in the clear; it is made, or empty.")
    private Path folder = Path.of("");

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withCopies(
          (repository, copies) -> {
            String id = CommandFailure.named(() -> repository.find(snapshot));
            CopyInfo made;
            try {
              made = copies.create(name, id, folder.toAbsolutePath());
            } catch (ProviderException e) {
              if (e.kind() == ErrorKind.EXISTS) {
                throw new CommandFailure(ExitCode.CONFLICT, e);
              }
              throw e;
            }
            json(shown(made));
            say("Made the virtual copy " + name + " (" + made.id() + ") of " + id + ".");
            return ExitCode.OK;
          });
    }
  }

  /** Lists them. */
  @Command(name = "list", description = "Lists the virtual copies, the oldest first.")
  static final class Listing extends OnCopies {
    @Override
    public Integer call() throws IOException, CommandFailure {
      return withCopies(
          (repository, copies) -> {
            List<CopyInfo> all = copies.list();
            ObjectNode json = Output.object();
            ArrayNode list = json.putArray("copies");
            all.forEach(copy -> list.add(shown(copy)));
            json(json);
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("ID", "CREATED", "NAME", "SNAPSHOT", "HOST", "FOLDER"));
            for (CopyInfo copy : all) {
              rows.add(
                  List.of(
                      copy.id(),
                      Output.time(copy.created()),
                      copy.name(),
                      copy.snapshot(),
                      copy.host(),
                      copy.folder()));
            }
            say(
                all.isEmpty()
                    ? "There are no virtual copies."
                    : Output.table(rows).stripTrailing());
            return ExitCode.OK;
          });
    }
  }

  /** Shows one. */
  @Command(name = "show", description = "Shows what a virtual copy is of, and where it is.")
  static final class Show extends OnCopy {
    @Override
    public Integer call() throws IOException, CommandFailure {
      return withCopies(
          (repository, copies) -> {
            CopyInfo copy = find(copies);
            json(shown(copy));
            say("id           " + copy.id());
            say("name         " + copy.name());
            say("snapshot     " + copy.snapshot());
            say("created      " + Output.time(copy.created()) + " UTC");
            say("host         " + copy.host());
            say("folder       " + copy.folder());
            return ExitCode.OK;
          });
    }
  }

  /** Deletes one. */
  @Command(
      name = "delete",
      description = {
        "Deletes a virtual copy with all that was written to it. Its snapshot, other copies and the tree that it came"
            + " from stay as they are.",
      })
  static final class Delete extends OnCopy {
    @Option(
        names = "--lost",
        description = "Its folder is lost: only what the repository keeps for it is let go.")
    private boolean isLost;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withCopies(
          (repository, copies) -> {
            CopyInfo copy = find(copies);
            if (isLost) {
              copies.forget(copy.id());
            } else {
              copies.delete(folder(copy));
            }
            json(Output.object().put("id", copy.id()).put("deleted", true));
            say("Deleted the virtual copy " + copy.name() + " (" + copy.id() + ").");
            return ExitCode.OK;
          });
    }
  }
}
