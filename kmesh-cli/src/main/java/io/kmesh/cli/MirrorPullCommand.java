// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.MirrorChecksum;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorTree;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings a tree from a store. */
@Command(
    name = "pull",
    description = {
      "Writes what is stored into a directory. Each content is verified before the file gets its name, and nothing is"
          + " written outside of the directory. Files that are there with the same size and time are not read again, so a"
          + " pull that was stopped or killed goes on when it is repeated. What was changed here since is not overwritten, unless"
          + " --on-conflict says so, and what else is in the directory stays.",
    },
    footer = {
      "",
      "Example:",
      "  kmesh mirror pull --foreign s3://archive/job42 /scratch/job42",
    })
final class MirrorPullCommand extends MirrorWork {
  @Parameters(index = "0", paramLabel = "STORE", description = "Where from: a store's URL.")
  private String source = "";

  @Parameters(
      index = "1",
      paramLabel = "DIR",
      description = "The directory; it is made where its parent is there.")
  private String target = "";

  @Option(
      names = "--foreign",
      description = {
        "Brings the objects of other tools too, with the attributes that their metadata says; without it each is a"
            + " failure.",
      })
  private boolean isForeign;

  @Option(
      names = "--durable",
      description = "Syncs everything: a repeated pull goes on after a crash of the machine, too.")
  private boolean isDurable;

  @Option(
      names = "--on-conflict",
      paramLabel = "POLICY",
      defaultValue = "fail",
      description = {
        "What is done with an entry that was changed here since. fail: it is a failure by name; skip: it stays; keep-both: it stays, and what comes is put beside it;"
            + " local-wins: the directory's stands; remote-wins: the store's stands. Default ${DEFAULT-VALUE}.",
      })
  private String conflicts = "";

  @Option(
      names = "--checksum",
      paramLabel = "KIND",
      defaultValue = "crc32c",
      description = {
        "What contents are verified by. crc32c: large files by the CRC-32C that their objects say, others by SHA-256; sha256: all by"
            + " SHA-256, which costs more than all else of a large file. Default ${DEFAULT-VALUE}.",
      })
  private String checksum = "";

  @Option(
      names = "--portable-names",
      description = {
        "Refuses names that differ only in case or in Unicode's form, which some systems take for one: each is"
            + " named, and none is brought. A directory that can't hold both does so unasked.",
      })
  private boolean isPortable;

  @Option(
      names = "--plan",
      description =
          "Says what would be brought, and by how many requests; reads no content and changes nothing.")
  private boolean isPlan;

  @Mixin private CacheOptions cache = new CacheOptions();

  @Override
  public Integer call() throws IOException, CommandFailure {
    MirrorConflict policy = MirrorWords.policy(conflicts);
    MirrorChecksum kind = MirrorWords.checksum(checksum);
    StoreLocation from = location("pull from", source);
    Path wanted = path("pull to", target);
    if (Files.exists(wanted)) {
      requireApart("pull to " + wanted, directory("pull to", target), from);
    }
    return work(
        "pull",
        from.toString(),
        wanted.toString(),
        mirror -> {
          try (ObjectStore store = openThere("pull from", from)) {
            requireObjects("pull from", store, from);
            if (isPlan && !Files.exists(wanted)) {
              try (StandIn empty = StandIn.of("pull to", wanted)) {
                return pull(
                    options(cache.applyTo(mirror.in(store), from, surroundings()), policy, kind),
                    empty.directory(),
                    from,
                    wanted);
              }
            }
            Path directory = made(wanted);
            requireApart("pull to " + directory, directory, from);
            return pull(
                options(cache.applyTo(mirror.in(store), from, surroundings()), policy, kind),
                directory,
                from,
                wanted);
          }
        });
  }

  private MirrorTree options(MirrorTree mirror, MirrorConflict policy, MirrorChecksum kind) {
    if (isForeign) {
      mirror.foreign();
    }
    if (isDurable) {
      mirror.durable();
    }
    if (isPortable) {
      mirror.portableNames();
    }
    return mirror.conflicts(policy).checksum(kind);
  }

  private Done pull(MirrorTree mirror, Path directory, StoreLocation from, Path wanted)
      throws IOException {
    try (PosixTree tree = open("pull to", directory)) {
      return isPlan
          ? new MirrorPlanned(
              mirror.planImport(tree, PathBytes.EMPTY), "pull", from.toString(), wanted.toString())
          : new MirrorDone(
              mirror.importTo(tree, PathBytes.EMPTY), "pull", from.toString(), wanted.toString());
    }
  }

  private Path made(Path wanted) throws IOException, CommandFailure {
    if (!Files.exists(wanted)) {
      try {
        Files.createDirectory(wanted);
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.NOT_FOUND,
            "Cannot pull to " + wanted + ": it can't be made (" + e + "). Make its parent.");
      }
    }
    return directory("pull to", target);
  }
}
