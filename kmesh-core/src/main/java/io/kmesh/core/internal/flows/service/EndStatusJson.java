// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowProblem;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How an end stands, as sites tell each other: docs/format/flow-control.md, version 0. */
public final class EndStatusJson {
  private static final int FORMAT = 0;
  private static final int MOST_TEXT = 4096;

  private EndStatusJson() {}

  /** Writes it. */
  public static ObjectNode write(EndStatus status) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.put("firstDone", status.isFirstDone()).put("backlog", status.backlog());
    json.put("lagNanos", status.lag().toNanos());
    json.put("lagP50Nanos", status.lagP50().toNanos());
    json.put("lagP99Nanos", status.lagP99().toNanos());
    json.put("changes", status.changes()).put("bytes", status.bytes());
    json.put("held", status.held()).put("heldWhy", status.heldWhy());
    ArrayNode problems = json.putArray("problems");
    status
        .problems()
        .forEach(p -> problems.addObject().put("path", p.path()).put("reason", p.reason()));
    json.put("failure", status.failure());
    return status.isDefect() ? json.put("defect", true) : json;
  }

  /**
   * Reads it; what it does not know it leaves out.
   *
   * @throws ProviderException INVALID when it is none
   */
  public static EndStatus read(JsonNode json) throws ProviderException {
    if (json.path("format").asInt(-1) != FORMAT) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot read how the other site stands: the format is not known.");
    }
    List<FlowProblem> problems = new ArrayList<>();
    for (JsonNode problem : json.path("problems")) {
      if (problems.size() < EndStatus.MOST_PROBLEMS) {
        problems.add(new FlowProblem(text(problem, "path"), text(problem, "reason")));
      }
    }
    return new EndStatus(
        json.path("firstDone").asBoolean(),
        count(json, "backlog"),
        Duration.ofNanos(count(json, "lagNanos")),
        Duration.ofNanos(count(json, "lagP50Nanos")),
        Duration.ofNanos(count(json, "lagP99Nanos")),
        count(json, "changes"),
        count(json, "bytes"),
        count(json, "held"),
        text(json, "heldWhy"),
        problems,
        text(json, "failure"),
        json.path("defect").asBoolean());
  }

  private static long count(JsonNode json, String field) {
    return Math.max(0, json.path(field).asLong());
  }

  private static String text(JsonNode json, String field) {
    String text = json.path(field).asText("");
    return text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) : text;
  }
}
