// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.flows.FlowRate;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many bytes a second something may move, by hours of the week, as options. */
final class RateOptions {
  @Option(
      names = "--rate",
      paramLabel = "RATE",
      description = {
        "How many bytes a second may go, such as 50MB or 20MiB: of a flow, from each site; of a store, content to and"
            + " from it; default: as many as there may be.",
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

  /** The rate that was asked for. */
  FlowRate rate() throws CommandFailure {
    try {
      ZoneId zone = rateZone == null ? ZoneId.systemDefault() : ZoneId.of(rateZone);
      return RateText.parse(rate, rateAt, zone);
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

  /** Writes what was asked for into a request to an agent, which reads it. */
  void write(ObjectNode request) {
    if (rate != null) {
      request.put("rate", rate);
    }
    if (!rateAt.isEmpty()) {
      rateAt.forEach(request.putArray("rateAt")::add);
      request.put("rateZone", rateZone == null ? ZoneId.systemDefault().getId() : rateZone);
    }
  }
}
