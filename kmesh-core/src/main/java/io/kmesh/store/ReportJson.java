// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.core.internal.json.JsonLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes a report as JSON: docs/stores.md. */
final class ReportJson {
  private ReportJson() {}

  static String of(StoreReport report) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("version", StoreReport.VERSION);
    json.put("url", report.uri().toString());
    json.put("place", report.place());
    json.put("prefix", report.prefix());
    json.put("begun", report.begun().toString());
    json.put("seconds", seconds(report.took()));
    report.drift().ifPresent(drift -> json.put("clockDriftSeconds", seconds(drift)));
    json.put("clockDriftWithinSeconds", seconds(report.driftWithin()));
    json.put("sound", report.isSound());
    json.put("calls", report.calls());
    json.put("retries", report.retries());
    json.put("findings", report.findings().stream().map(ReportJson::finding).toList());
    report.soak().ifPresent(soak -> json.put("soak", soak(soak)));
    return JsonLine.of(json);
  }

  private static Map<String, Object> finding(StoreFinding finding) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("check", finding.check());
    json.put("outcome", finding.outcome().name());
    json.put("reason", finding.reason());
    Map<String, Object> follows = new LinkedHashMap<>();
    finding
        .consequences()
        .forEach((use, text) -> follows.put(use.name().toLowerCase(Locale.ROOT), text));
    json.put("consequences", follows);
    return json;
  }

  private static Map<String, Object> soak(StoreSoak soak) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("seconds", seconds(soak.took()));
    json.put("threads", soak.threads());
    List<Object> all = new ArrayList<>();
    for (StoreSoak.Calls calls : soak.calls()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("call", calls.call());
      one.put("done", calls.done());
      one.put("failed", calls.failed());
      one.put("retries", calls.retries());
      one.put("bytes", calls.bytes());
      one.put("medianSeconds", seconds(calls.median()));
      one.put("p99Seconds", seconds(calls.p99()));
      one.put("perSecond", calls.perSecond(soak.took()));
      one.put("bytesPerSecond", calls.bytesPerSecond(soak.took()));
      all.add(one);
    }
    json.put("calls", all);
    json.put("errors", soak.errors());
    json.put("wrong", soak.wrong());
    return json;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
