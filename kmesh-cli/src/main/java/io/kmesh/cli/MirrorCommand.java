// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Commands on trees that are mirrored in object stores. */
@Command(
    name = "mirror",
    description = {
      "Trees of files in an object store, one object for each file, with all that the files carry: brought there,"
          + " back, compared, and put into the words of others. A store is file:/path or a path, s3://bucket/prefix, az://container@account/prefix or"
          + " gs://bucket/prefix.",
    },
    footer = {
      "",
      "Example:",
      "  kmesh mirror push /lustre/job42 s3://archive/job42",
      "  kmesh mirror pull s3://archive/job42 /scratch/job42",
      "  kmesh mirror verify /scratch/job42 s3://archive/job42",
      "  kmesh mirror translate gs://results/job42 s3://archive/job42 --to fsx --plan",
      "",
      "docs/mirrors.md says more.",
    },
    subcommands = {
      MirrorPushCommand.class,
      MirrorPullCommand.class,
      MirrorVerifyCommand.class,
      MirrorTranslateCommand.class
    })
final class MirrorCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw RepoCommand.missing(spec, "push, pull, verify or translate");
  }
}
