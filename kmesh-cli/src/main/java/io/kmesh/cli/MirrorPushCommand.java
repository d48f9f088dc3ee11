// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTree;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings a tree to a store. */
@Command(
    name = "push",
    description = {
      "Stores a directory and all below it. What is there already and equal is not sent again, so a push that was"
          + " stopped or killed goes on when it is repeated. Objects that are not Kmesh's, or"
          + " that somebody changed, are not overwritten, unless --on-conflict says so.",
    },
    footer = {
      "",
      "Example:",
      "  kmesh mirror push --delete --report pushed.ndjson /lustre/job42 s3://archive/job42",
    })
final class MirrorPushCommand extends MirrorWork {
  @Parameters(index = "0", paramLabel = "DIR", description = "The directory.")
  private String source = "";

  @Parameters(
      index = "1",
      paramLabel = "STORE",
      description = "Where to: a store's URL. A directory is made where its parent is there.")
  private String target = "";

  @Option(
      names = "--delete",
      description = {
        "At the end removes the objects of entries that are gone. What can't be looked at is not gone, and objects that"
            + " are not Kmesh's stay.",
      })
  private boolean isDeleting;

  @Option(
      names = "--on-conflict",
      paramLabel = "POLICY",
      defaultValue = "fail",
      description = {
        "What is done with an object that is not Kmesh's, or was changed in the store since. fail: it is a failure by name; skip: it stays; keep-both: it stays, and what comes is put beside it;"
            + " local-wins: the directory's stands; remote-wins: the store's stands. Default ${DEFAULT-VALUE}.",
      })
  private String conflicts = "";

  @Option(
      names = "--portable-names",
      description = {
        "Refuses names that differ only in case or in Unicode's form, which some systems take for one: each is"
            + " named, and none is sent.",
      })
  private boolean isPortable;

  @Option(
      names = "--find-moved",
      description = {
        "Looks first for objects of entries that are gone: a file of 128 KiB or more that was renamed is copied by the"
            + " store then, and read but not sent. With --delete the old name goes.",
      })
  private boolean isFindingMoved;

  @Option(
      names = "--read-released",
      description = {
        "On a Lustre, also reads files that are in an archive only: each is restored by that, and waited for. Without"
            + " it they are skipped and named.",
      })
  private boolean isReadingReleased;

  @Option(
      names = "--plan",
      description =
          "Says what would be sent, and by how many requests; reads no content and changes nothing.")
  private boolean isPlan;

  @Option(
      names = "--dialect",
      paramLabel = "WORDS",
      defaultValue = "auto",
      description = {
        "Says attributes in the words of others too, so that they can read what is stored: fsx, amlfs, azcopy, google,"
            + " rclone or s3fs; auto: those of the cloud's own service, fsx in s3:, amlfs in az:, google in gs:; none:"
            + " Kmesh's own alone. With words of others, files with holes are stored whole, and each name of a file"
            + " with its bytes; what those words do not carry is told in notes. Default ${DEFAULT-VALUE}.",
      })
  private String dialect = "";

  @Mixin private CacheOptions cache = new CacheOptions();

  @Override
  public Integer call() throws IOException, CommandFailure {
    MirrorConflict policy = MirrorWords.policy(conflicts);
    StoreLocation to = location("push to", target);
    MirrorDialect words = MirrorWords.forStore(dialect, to).orElse(null);
    Path directory = directory("push", source);
    requireApart("push " + directory, directory, to);
    return work(
        "push",
        directory.toString(),
        to.toString(),
        mirror -> {
          try (MirrorSource tree =
              MirrorSource.open(surroundings().lustre(), "push", directory, isReadingReleased)) {
            Path missing = to.directory().filter(d -> !Files.exists(d)).orElse(null);
            if (isPlan && missing != null) {
              try (StandIn empty = StandIn.of("push to", missing);
                  ObjectStore store =
                      openOrMake(location("push to", empty.directory().toString()))) {
                return plan(
                    options(tree.gate(mirror.in(store)), words, policy), tree, directory, to);
              }
            }
            try (ObjectStore store = openOrMake(to)) {
              MirrorTree kept = cache.applyTo(tree.gate(mirror.in(store)), to, surroundings());
              MirrorTree out = options(kept, words, policy);
              return isPlan
                  ? plan(out, tree, directory, to)
                  : new MirrorDone(
                      out.export(tree.tree(), tree.path()),
                      "push",
                      directory.toString(),
                      to.toString());
            }
          }
        });
  }

  private MirrorTree options(
      MirrorTree mirror, @Nullable MirrorDialect words, MirrorConflict policy) {
    if (isDeleting) {
      mirror.removeGone();
    }
    mirror.conflicts(policy);
    if (isPortable) {
      mirror.portableNames();
    }
    if (isFindingMoved) {
      mirror.findMoved();
    }
    return words == null ? mirror : mirror.dialect(words);
  }

  private static Done plan(MirrorTree mirror, MirrorSource tree, Path directory, StoreLocation to)
      throws IOException {
    return new MirrorPlanned(
        mirror.planExport(tree.tree(), tree.path()), "push", directory.toString(), to.toString());
  }
}
