// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.store.StoreFinding;
import io.kmesh.store.StoreFinding.Outcome;
import io.kmesh.store.StoreReport;
import io.kmesh.store.StoreSoak;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A store's report for people. */
final class StoreReportText {
  private StoreReportText() {}

  static String of(StoreReport report) {
    StringBuilder text = new StringBuilder();
    report.place().forEach((name, value) -> text.append(name + "  " + value + "\n"));
    for (StoreFinding finding : report.findings()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-6s  %-20s  %s%n",
              finding.outcome(),
              finding.check(),
              finding.reason()));
      follows(finding)
          .forEach((what, uses) -> text.append("        -> " + uses + ": " + what + "\n"));
    }
    report.soak().ifPresent(soak -> text.append('\n').append(soak(soak)));
    text.append(
        String.format(
            Locale.ROOT,
            "%n%d passed, %d failed, %d absent; %s calls, %s of them again.%n",
            report.count(Outcome.PASS),
            report.count(Outcome.FAIL),
            report.count(Outcome.ABSENT),
            Output.count(report.calls()),
            Output.count(report.retries())));
    return text.toString();
  }

  /** What follows, each text once: text to the uses that it is for. */
  private static Map<String, String> follows(StoreFinding finding) {
    Map<String, String> byText = new LinkedHashMap<>();
    finding
        .consequences()
        .forEach(
            (use, text) ->
                byText.merge(text, use.name().toLowerCase(Locale.ROOT), (a, b) -> a + ", " + b));
    return byText;
  }

  private static String soak(StoreSoak soak) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of("SOAK", "CALLS", "A SECOND", "P50 MS", "P99 MS", "BYTES/S", "AGAIN", "FAILED"));
    for (StoreSoak.Calls calls : soak.calls()) {
      rows.add(
          List.of(
              calls.call(),
              Output.count(calls.done()),
              String.format(Locale.ROOT, "%.1f", calls.perSecond(soak.took())),
              millis(calls.median()),
              millis(calls.p99()),
              calls.bytes() == 0 ? "-" : Output.size((long) calls.bytesPerSecond(soak.took())),
              Output.count(calls.retries()),
              Output.count(calls.failed())));
    }
    return Output.table(rows);
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.2f", duration.toNanos() / 1e6);
  }
}
