// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTree;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings a tree to a store. */
@Command(
    name = "push",
    description = {
      "Stores a directory and all below it. What is there already and equal is not sent again, so a push that was"
          + " stopped or killed goes on when it is repeated. Objects that are not Kmesh's are never overwritten.",
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
      names = "--dialect",
      paramLabel = "WORDS",
      description = {
        "Says attributes in the words of others too, so that they can read what is stored: fsx, amlfs, azcopy, google,"
            + " rclone or s3fs. Then files with holes are stored whole, and each name of a file with its bytes; what"
            + " those words do not carry is told in notes.",
      })
  private @Nullable String dialect;

  @Override
  public Integer call() throws IOException, CommandFailure {
    MirrorDialect words = dialect == null ? null : MirrorWords.written(dialect);
    StoreLocation to = location("push to", target);
    Path directory = directory("push", source);
    requireApart("push " + directory, directory, to);
    return work(
        "push",
        directory.toString(),
        to.toString(),
        mirror -> {
          try (PosixTree tree = open("push", directory);
              ObjectStore store = openOrMake(to)) {
            MirrorTree out = mirror.in(store);
            if (isDeleting) {
              out.removeGone();
            }
            if (words != null) {
              out.dialect(words);
            }
            return new MirrorDone(
                out.export(tree, PathBytes.EMPTY), "push", directory.toString(), to.toString());
          }
        });
  }
}
