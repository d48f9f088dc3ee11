// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Locale;

/** Writes a report as JSON: docs/stores.md. */
final class ReportJson {
  private ReportJson() {}

  static String of(StoreReport report) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("version", StoreReport.VERSION).put("url", report.uri().toString());
    ObjectNode place = json.putObject("place");
    report.place().forEach(place::put);
    json.put("prefix", report.prefix()).put("begun", report.begun().toString());
    json.put("seconds", seconds(report.took()));
    report.drift().ifPresent(drift -> json.put("clockDriftSeconds", seconds(drift)));
    json.put("clockDriftWithinSeconds", seconds(report.driftWithin()));
    json.put("sound", report.isSound());
    json.put("calls", report.calls()).put("retries", report.retries());
    ArrayNode findings = json.putArray("findings");
    for (StoreFinding finding : report.findings()) {
      ObjectNode one = findings.addObject();
      one.put("check", finding.check()).put("outcome", finding.outcome().name());
      one.put("reason", finding.reason());
      ObjectNode follows = one.putObject("consequences");
      finding
          .consequences()
          .forEach((use, text) -> follows.put(use.name().toLowerCase(Locale.ROOT), text));
    }
    report.soak().ifPresent(soak -> soak(json.putObject("soak"), soak));
    return json.toString();
  }

  private static void soak(ObjectNode json, StoreSoak soak) {
    json.put("seconds", seconds(soak.took())).put("threads", soak.threads());
    ArrayNode all = json.putArray("calls");
    for (StoreSoak.Calls calls : soak.calls()) {
      ObjectNode one = all.addObject();
      one.put("call", calls.call()).put("done", calls.done()).put("failed", calls.failed());
      one.put("retries", calls.retries()).put("bytes", calls.bytes());
      one.put("medianSeconds", seconds(calls.median())).put("p99Seconds", seconds(calls.p99()));
      one.put("perSecond", calls.perSecond(soak.took()));
      one.put("bytesPerSecond", calls.bytesPerSecond(soak.took()));
    }
    ObjectNode errors = json.putObject("errors");
    soak.errors().forEach(errors::put);
    ArrayNode wrong = json.putArray("wrong");
    soak.wrong().forEach(wrong::add);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
