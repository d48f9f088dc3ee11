// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Commands on object stores themselves. */
@Command(
    name = "store",
    description = "Looks at object stores themselves, whatever is kept in them.",
    subcommands = StoreCheckCommand.class)
final class StoreCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw RepoCommand.missing(spec, "check");
  }
}
