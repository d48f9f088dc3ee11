// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.StorePace;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How fast a command may use a store, as options. */
final class PaceOptions {
  @Option(
      names = "--rate",
      paramLabel = "RATE",
      description = {
        "How many bytes of content a second may go to and from a store, such as 50MB or 20MiB; default: as many as"
            + " there may be.",
      })
  private @Nullable String rate;

  @Option(
      names = "--rate-at",
      paramLabel = "\"DAYS FROM-TO=RATE\"",
      description = {
        "Another rate at hours of the week, such as \"mon-fri 08:00-18:00=10MB\" or \"sat,sun 00:00-24:00=unlimited\";"
            + " 0 for none. Any number of times; the first that contains the time counts.",
      })
  private List<String> rateAt = new ArrayList<>();

  @Option(
      names = "--rate-zone",
      paramLabel = "ZONE",
      description =
          "Whose clocks these hours are by, such as Europe/Berlin; default: this machine's.")
  private @Nullable String rateZone;

  @Option(
      names = "--request-rate",
      paramLabel = "N",
      description =
          "How many requests a second may go to a store, from 1; default: as many as there may be.")
  private @Nullable Long requestRate;

  /** The pace that was asked for. */
  StorePace pace() throws CommandFailure {
    try {
      ZoneId zone = rateZone == null ? ZoneId.systemDefault() : ZoneId.of(rateZone);
      StorePace pace = StorePace.DEFAULT.withBytesPerSecond(RateText.parse(rate, rateAt, zone));
      return requestRate == null ? pace : pace.withRequestsPerSecond(requestRate);
    } catch (DateTimeException e) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot use --rate-zone "
              + rateZone
              + ": "
              + e.getMessage()
              + ". Write one as Europe/Berlin.");
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
  }
}
