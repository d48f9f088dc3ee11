// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.repository.OpenRepository;
import io.kmesh.engine.repository.RepositoryCredential;
import io.kmesh.engine.repository.SnapshotInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Copies snapshots to another repository. */
@Command(
    name = "copy",
    description = {
      "Copies snapshots to another repository, all of them or the named. They keep their ids; what is there already is"
          + " not copied again, and the two repositories may have different passwords.",
    },
    footer = {
      "",
      "Example:",
      "  kmesh snapshot copy --repo /backup/lab --to /mnt/elsewhere/lab --to-password-file ~/.kmesh-elsewhere",
    })
final class CopyCommand extends RepositoryCommand {
  @Parameters(
      arity = "0..*",
      paramLabel = "SNAPSHOT",
      description = "Ids, four or more first digits of them, names, or latest; default all.")
  private List<String> snapshots = List.of();

  @Option(
      names = "--to",
      required = true,
      paramLabel = "URL",
      description = "The other repository, made by kmesh repo init.")
  private String to = "";

  @Option(
      names = "--to-password-file",
      paramLabel = "FILE",
      description = "Its password; default the same as that of --repo.")
  private @Nullable Path toPasswordFile;

  @Override
  public Integer call() throws IOException, CommandFailure {
    StoreLocation target = StoreLocation.parse(to);
    return withRepository(
        from -> {
          try (RepositoryCredential password =
              toPasswordFile != null ? Passwords.read(toPasswordFile) : password()) {
            return with(target, password, 2, there -> copy(from, there));
          }
        });
  }

  private int copy(OpenRepository from, OpenRepository there) throws IOException, CommandFailure {
    List<String> ids = new ArrayList<>();
    for (String text : snapshots) {
      ids.add(CommandFailure.named(() -> from.find(text)));
    }
    if (ids.isEmpty()) {
      from.snapshots().stream().map(SnapshotInfo::id).forEach(ids::add);
    }
    List<String> known = there.snapshots().stream().map(SnapshotInfo::id).toList();
    for (String id : ids) {
      boolean isNew = !known.contains(id);
      long stored = isNew ? from.copy(id, there, surroundings().interruption().begin()) : 0;
      json(Output.object().put("snapshot", id).put("copied", isNew).put("storedBytes", stored));
      say(
          isNew
              ? "Copied the snapshot " + id + ", stored " + Output.size(stored) + "."
              : "The snapshot " + id + " is there already.");
    }
    return ExitCode.OK;
  }
}
