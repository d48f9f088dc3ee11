// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.StorePace;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How fast a command may use a store, as options. */
final class PaceOptions {
  @Mixin private RateOptions rate = new RateOptions();

  @Option(
      names = "--request-rate",
      paramLabel = "N",
      description =
          "How many requests a second may go to a store, from 1; default: as many as there may be.")
  private @Nullable Long requestRate;

  /** The pace that was asked for. */
  StorePace pace() throws CommandFailure {
    try {
      StorePace pace = StorePace.DEFAULT.withBytesPerSecond(rate.rate());
      return requestRate == null ? pace : pace.withRequestsPerSecond(requestRate);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
  }
}
