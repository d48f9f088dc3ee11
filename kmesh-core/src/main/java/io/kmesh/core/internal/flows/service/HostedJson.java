// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.FlowProblem;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.flows.Grant;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is told of a flow whose cache another site holds: docs/format/flow-control.md, HOSTED to
 * AUDIT. Stateless.
 */
final class HostedJson {
  /** The most grants, conflicts or entries of the log that one answer has. */
  static final int MOST = 256;

  private static final int FORMAT = 0;
  private static final int MOST_TEXT = 1 << 16;
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  private HostedJson() {}

  /**
   * Some of many, in their order.
   *
   * @param all these
   * @param isMore whether others follow
   */
  record Page<T>(List<T> all, boolean isMore) {}

  /**
   * A grant that is to be given, under an id, so that it may be asked for again.
   *
   * @param id 32 hexadecimal digits
   */
  record NewGrant(String id, Grant grant) {}

  static ObjectNode status(FlowStatus status) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.put("state", status.state().name()).put("reason", status.reason());
    json.put("backlog", status.backlog()).put("lagNanos", status.lag().toNanos());
    json.put("lagP50Nanos", status.lagP50().toNanos());
    json.put("lagP99Nanos", status.lagP99().toNanos());
    json.put("changes", status.changes()).put("bytes", status.logicalBytes());
    ArrayNode problems = json.putArray("problems");
    status.problems().stream()
        .limit(EndStatus.MOST_PROBLEMS)
        .forEach(p -> problems.addObject().put("path", p.path()).put("reason", p.reason()));
    ObjectNode waiting = json.putObject("unwritten");
    waiting.put("edits", status.unwritten().edits()).put("bytes", status.unwritten().bytes());
    status.unwritten().since().ifPresent(at -> waiting.put("sinceMillis", at.toEpochMilli()));
    return json;
  }

  /** Reads it; fields that are not known are left out of account, and missing ones are 0. */
  static FlowStatus readStatus(JsonNode json) throws ProviderException {
    return read(
        json,
        body -> {
          List<FlowProblem> problems = new ArrayList<>();
          for (JsonNode one : body.path("problems")) {
            if (problems.size() < EndStatus.MOST_PROBLEMS) {
              problems.add(new FlowProblem(text(one, "path"), text(one, "reason")));
            }
          }
          JsonNode waiting = body.path("unwritten");
          return new FlowStatus(
                  FlowState.valueOf(text(body, "state")),
                  text(body, "reason"),
                  count(body, "backlog"),
                  Duration.ofNanos(count(body, "lagNanos")),
                  Duration.ofNanos(count(body, "lagP50Nanos")),
                  Duration.ofNanos(count(body, "lagP99Nanos")),
                  count(body, "changes"),
                  count(body, "bytes"),
                  0,
                  0,
                  0,
                  problems,
                  List.of())
              .writingBack(
                  new FlowStatus.Unwritten(
                      count(waiting, "edits"),
                      count(waiting, "bytes"),
                      waiting.has("sinceMillis")
                          ? Optional.of(Instant.ofEpochMilli(count(waiting, "sinceMillis")))
                          : Optional.empty()),
                  List.of());
        });
  }

  static ObjectNode grant(NewGrant asked) {
    return SpecJson.object(FORMAT)
        .put("id", asked.id())
        .put("who", asked.grant().who())
        .put("path", asked.grant().path())
        .put("from", asked.grant().from().toEpochMilli())
        .put("until", asked.grant().until().toEpochMilli());
  }

  static NewGrant readGrant(JsonNode json) throws ProviderException {
    return read(json, body -> new NewGrant(id(body), newGrant(body)));
  }

  static ObjectNode id(String id) {
    return SpecJson.object(FORMAT).put("id", id);
  }

  static String readId(JsonNode json) throws ProviderException {
    return read(json, HostedJson::id);
  }

  private static String id(JsonNode json) {
    String id = text(json, "id");
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("\"" + id + "\" names no grant");
    }
    return id;
  }

  private static Grant newGrant(JsonNode json) {
    return new Grant(
        text(json, "who"),
        text(json, "path"),
        Instant.ofEpochMilli(number(json, "from")),
        Instant.ofEpochMilli(number(json, "until")));
  }

  static ObjectNode given(FlowGrant one) {
    ObjectNode json = grant(new NewGrant(one.id(), one.grant()));
    json.put("state", one.state().name()).put("given", one.given().toEpochMilli());
    one.ended().ifPresent(at -> json.put("ended", at.toEpochMilli()));
    return json;
  }

  static FlowGrant readGiven(JsonNode json) throws ProviderException {
    return read(
        json,
        body ->
            new FlowGrant(
                id(body),
                newGrant(body),
                FlowGrant.State.valueOf(text(body, "state")),
                Instant.ofEpochMilli(number(body, "given")),
                body.has("ended")
                    ? Optional.of(Instant.ofEpochMilli(number(body, "ended")))
                    : Optional.empty()));
  }

  static ObjectNode entry(AuditEntry one) {
    return SpecJson.object(FORMAT)
        .put("number", one.number())
        .put("at", one.at().toEpochMilli())
        .put("action", one.action().name())
        .put("who", one.who())
        .put("path", one.path())
        .put("grant", one.grant())
        .put("from", one.from())
        .put("to", one.to())
        .put("bytes", one.bytes())
        .put("reason", one.reason());
  }

  static AuditEntry readEntry(JsonNode json) throws ProviderException {
    return read(
        json,
        body ->
            new AuditEntry(
                count(body, "number"),
                Instant.ofEpochMilli(number(body, "at")),
                AuditEntry.Action.valueOf(text(body, "action")),
                text(body, "who"),
                text(body, "path"),
                text(body, "grant"),
                count(body, "from"),
                count(body, "to"),
                count(body, "bytes"),
                text(body, "reason")));
  }

  static ObjectNode conflict(FlowConflict one) {
    return SpecJson.object(FORMAT)
        .put("id", one.id())
        .put("kind", one.kind().name())
        .put("path", one.path())
        .put("winner", one.winner())
        .put("loser", one.loser())
        .put("policy", one.policy())
        .put("keptEnd", one.keptEnd())
        .put("kept", one.kept())
        .put("foundMillis", one.found().toEpochMilli());
  }

  static FlowConflict readConflict(JsonNode json) throws ProviderException {
    return read(
        json,
        body ->
            new FlowConflict(
                text(body, "id"),
                FlowConflict.Kind.valueOf(text(body, "kind")),
                text(body, "path"),
                text(body, "winner"),
                text(body, "loser"),
                text(body, "policy"),
                text(body, "keptEnd"),
                text(body, "kept"),
                Instant.ofEpochMilli(number(body, "foundMillis"))));
  }

  /** What is asked for from a place in a list on. */
  static ObjectNode from(long place) {
    return SpecJson.object(FORMAT).put("from", place);
  }

  static long readFrom(JsonNode json) throws ProviderException {
    return read(json, body -> count(body, "from"));
  }

  /** A resolution of a conflict. */
  static ObjectNode resolve(String id, FlowConflict.Choice choice) {
    return SpecJson.object(FORMAT).put("id", id).put("how", choice.name());
  }

  /** Which conflict is resolved. */
  static String readConflictId(JsonNode json) throws ProviderException {
    return read(json, body -> text(body, "id"));
  }

  /** How it is resolved. */
  static FlowConflict.Choice readChoice(JsonNode json) throws ProviderException {
    return read(json, body -> FlowConflict.Choice.valueOf(text(body, "how")));
  }

  static <T> ObjectNode page(Page<T> page, Function<T, ObjectNode> write) {
    ObjectNode json = SpecJson.object(FORMAT);
    ArrayNode all = json.putArray("all");
    page.all().forEach(one -> all.add(write.apply(one)));
    return json.put("more", page.isMore());
  }

  /** Reads one of a page. */
  @FunctionalInterface
  interface ReadOne<T> {
    /** Fails when it is none. */
    T of(JsonNode json) throws ProviderException;
  }

  static <T> Page<T> readPage(JsonNode json, ReadOne<T> read) throws ProviderException {
    boolean isMore = read(json, HostedJson::isMore);
    List<T> all = new ArrayList<>();
    for (JsonNode one : json.path("all")) {
      if (all.size() == MOST) {
        throw damaged("they are more than " + MOST, null);
      }
      all.add(read.of(one));
    }
    if (all.isEmpty() && isMore) {
      throw damaged("a page is empty, and not the last", null);
    }
    return new Page<>(all, isMore);
  }

  private static boolean isMore(JsonNode page) {
    if (!SpecJson.required(page, "all").isArray()) {
      throw new IllegalArgumentException("\"all\" is no array");
    }
    JsonNode more = SpecJson.required(page, "more");
    if (!more.isBoolean()) {
      throw new IllegalArgumentException("\"more\" is not true or false");
    }
    return more.booleanValue();
  }

  private static <T> T read(JsonNode json, Function<JsonNode, T> reader) throws ProviderException {
    try {
      if (SpecJson.integer(json, "format") != FORMAT) {
        throw new IllegalArgumentException("the format is not known");
      }
      return reader.apply(json);
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      throw damaged(String.valueOf(e.getMessage()), e);
    }
  }

  private static ProviderException damaged(String why, @Nullable Exception e) {
    return new ProviderException(
        ErrorKind.INVALID,
        "Cannot read what the other site says of a flow whose cache it holds: "
            + why
            + ". It may run another build; use the same at both.",
        e);
  }

  private static String text(JsonNode json, String field) {
    String text = SpecJson.text(json, field);
    if (text.length() > MOST_TEXT) {
      throw new IllegalArgumentException(
          "\"" + field + "\" has more than " + MOST_TEXT + " characters");
    }
    return text;
  }

  private static long count(JsonNode json, String field) {
    return Math.max(0, json.path(field).asLong());
  }

  private static long number(JsonNode json, String field) {
    JsonNode value = SpecJson.required(json, field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("\"" + field + "\" is no whole number");
    }
    return value.longValue();
  }
}
