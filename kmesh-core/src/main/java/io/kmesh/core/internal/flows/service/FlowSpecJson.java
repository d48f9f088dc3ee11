// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DeleteGuard;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowProtection;
import io.kmesh.flows.FlowRate;
import io.kmesh.flows.FlowSpec;
import io.kmesh.snapshots.CronExpression;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The canonical JSON form of a flow's specification: docs/format/flow-spec.md, version 0. */
final class FlowSpecJson {
  static final int FORMAT = 0;

  private static final Set<String> FIELDS =
      Set.of(
          "format",
          "source",
          "target",
          "mode",
          "sensitive",
          "changelogUsers",
          "scanPause",
          "deleteGuard",
          "rate",
          "protection");
  private static final Set<String> PROTECTION = Set.of("repository", "cron", "zone");
  private static final Set<String> CACHE = Set.of("lease", "cache", "stale", "writes", "back");
  private static final Set<String> BACK = Set.of("delay", "unsent", "room");
  private static final Set<String> CONFLICTS = Set.of("conflicts", "ends");
  private static final Set<String> MODES = Set.of("async", "sync", "multiMaster", "access");
  private static final Set<String> TIMEOUT = Set.of("timeout", "onTimeout");
  private static final Set<String> LAG = Set.of("lagBound");
  private static final Set<String> GUARD = Set.of("entries", "percent");

  private FlowSpecJson() {}

  static ObjectNode write(FlowSpec spec) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.set("source", EndpointJson.write(spec.source()));
    json.set("target", EndpointJson.write(spec.target()));
    if (spec.mode() instanceof FlowMode.Async async) {
      json.putObject("mode").putObject("async").put("lagBound", async.lagBound().toString());
    } else if (spec.mode() instanceof FlowMode.Access access) {
      ObjectNode cache = json.putObject("mode").putObject("access");
      cache
          .put("lease", access.lease().toString())
          .put("cache", access.cache().bytes())
          .put("stale", access.stale() == FlowMode.Stale.SHOW ? "show" : "refuse")
          .put("writes", name(access.writes()));
      if (access.writes() == FlowMode.WriteMode.WRITE_BACK) {
        cache
            .putObject("back")
            .put("delay", access.back().delay().toString())
            .put("unsent", access.back().unsent().bytes())
            .put("room", access.back().room().toString());
      }
    } else if (spec.mode() instanceof FlowMode.MultiMaster multi) {
      write(multi.conflicts(), json.putObject("mode").putObject("multiMaster"));
    } else if (spec.mode() instanceof FlowMode.Sync sync) {
      json.putObject("mode")
          .putObject("sync")
          .put("timeout", sync.timeout().toString())
          .put("onTimeout", sync.onTimeout().name());
    }
    if (!spec.sensitive().isEmpty()) {
      spec.sensitive().forEach(json.putArray("sensitive")::add);
    }
    ObjectNode users = json.putObject("changelogUsers");
    spec.changelogUsers().forEach((mdt, user) -> users.put(Integer.toString(mdt), user));
    json.put("scanPause", spec.scanPause().toString());
    json.putObject("deleteGuard")
        .put("entries", spec.deleteGuard().entries())
        .put("percent", spec.deleteGuard().share().value());
    if (!spec.rate().equals(FlowRate.UNLIMITED)) {
      json.set("rate", FlowRateJson.write(spec.rate()));
    }
    spec.protection().ifPresent(p -> json.set("protection", write(p)));
    return json;
  }

  private static String name(FlowMode.WriteMode writes) {
    return switch (writes) {
      case READ_ONLY -> "none";
      case WRITE_THROUGH -> "through";
      case WRITE_BACK -> "back";
    };
  }

  private static void write(ConflictPolicy policy, ObjectNode json) {
    if (policy instanceof ConflictPolicy.Sites sites) {
      json.put("conflicts", "sites");
      sites.ends().forEach(json.putArray("ends")::add);
    } else {
      json.put("conflicts", policy instanceof ConflictPolicy.Newest ? "newest" : "keepBoth");
    }
  }

  private static ObjectNode write(FlowProtection protection) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("repository", protection.repository());
    protection
        .schedule()
        .ifPresent(cron -> json.put("cron", cron.text()).put("zone", protection.zone().getId()));
    return json;
  }

  private static FlowProtection protection(JsonNode json) {
    SpecJson.onlyFields(json, PROTECTION);
    FlowProtection into = FlowProtection.into(SpecJson.text(json, "repository"));
    if (json.has("cron") != json.has("zone")) {
      throw new IllegalArgumentException("\"cron\" and \"zone\" belong together");
    }
    return json.has("cron")
        ? into.at(
            CronExpression.parse(SpecJson.text(json, "cron")),
            ZoneId.of(SpecJson.text(json, "zone")))
        : into;
  }

  static byte[] encode(FlowSpec spec) {
    return SpecJson.encode(write(spec));
  }

  static FlowSpec decode(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("data flow", name, FORMAT, bytes, FlowSpecJson::read);
  }

  static FlowSpec read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    JsonNode guard = SpecJson.required(json, "deleteGuard");
    SpecJson.onlyFields(guard, GUARD);
    return new FlowSpec(
        EndpointJson.read(SpecJson.required(json, "source")),
        EndpointJson.read(SpecJson.required(json, "target")),
        mode(SpecJson.required(json, "mode")),
        json.has("sensitive") ? texts(json.get("sensitive"), "sensitive") : List.of(),
        users(SpecJson.required(json, "changelogUsers")),
        duration(json, "scanPause"),
        new DeleteGuard(entries(guard), new Percent(percent(guard))),
        json.has("rate") ? FlowRateJson.read(json.get("rate")) : FlowRate.UNLIMITED,
        json.has("protection") ? protection(json.get("protection")) : null);
  }

  private static FlowMode mode(JsonNode json) {
    SpecJson.onlyFields(json, MODES);
    if (json.size() != 1) {
      throw new IllegalArgumentException("\"mode\" is not one mode");
    }
    if (json.has("access")) {
      return access(SpecJson.required(json, "access"));
    }
    if (json.has("multiMaster")) {
      return new FlowMode.MultiMaster(policy(SpecJson.required(json, "multiMaster")));
    }
    if (json.has("sync")) {
      JsonNode sync = SpecJson.required(json, "sync");
      SpecJson.onlyFields(sync, TIMEOUT);
      return new FlowMode.Sync(
          duration(sync, "timeout"),
          SpecJson.oneOf(sync, "onTimeout", FlowMode.Sync.OnTimeout.class));
    }
    JsonNode async = SpecJson.required(json, "async");
    SpecJson.onlyFields(async, LAG);
    return new FlowMode.Async(duration(async, "lagBound"));
  }

  private static FlowMode access(JsonNode json) {
    SpecJson.onlyFields(json, CACHE);
    FlowMode.WriteMode writes =
        switch (SpecJson.text(json, "writes")) {
          case "none" -> FlowMode.WriteMode.READ_ONLY;
          case "through" -> FlowMode.WriteMode.WRITE_THROUGH;
          case "back" -> FlowMode.WriteMode.WRITE_BACK;
          default ->
              throw new SpecJson.LaterBuildException(
                  "\"writes\" is neither \"none\" nor \"through\" nor \"back\"");
        };
    if (json.has("back") != (writes == FlowMode.WriteMode.WRITE_BACK)) {
      throw new IllegalArgumentException("\"back\" belongs to what is written back alone");
    }
    return new FlowMode.Access(
        duration(json, "lease"),
        DataSize.ofBytes(whole(json, "cache")),
        switch (SpecJson.text(json, "stale")) {
          case "show" -> FlowMode.Stale.SHOW;
          case "refuse" -> FlowMode.Stale.REFUSE;
          default ->
              throw new SpecJson.LaterBuildException(
                  "\"stale\" is neither \"show\" nor \"refuse\"");
        },
        writes,
        json.has("back") ? back(json.get("back")) : FlowMode.WriteBack.DEFAULT);
  }

  private static FlowMode.WriteBack back(JsonNode json) {
    SpecJson.onlyFields(json, BACK);
    return new FlowMode.WriteBack(
        duration(json, "delay"), DataSize.ofBytes(whole(json, "unsent")), duration(json, "room"));
  }

  private static ConflictPolicy policy(JsonNode json) {
    SpecJson.onlyFields(json, CONFLICTS);
    String name = SpecJson.text(json, "conflicts");
    if (name.equals("sites") != json.has("ends")) {
      throw new IllegalArgumentException("\"ends\" belongs to the policy \"sites\" alone");
    }
    return switch (name) {
      case "newest" -> ConflictPolicy.newest();
      case "keepBoth" -> ConflictPolicy.keepBoth();
      case "sites" -> new ConflictPolicy.Sites(texts(json.get("ends"), "ends"));
      default ->
          throw new SpecJson.LaterBuildException("\"" + name + "\" is no policy of conflicts");
    };
  }

  private static List<String> texts(JsonNode json, String field) {
    if (!json.isArray()) {
      throw new IllegalArgumentException("\"" + field + "\" is no array");
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode text : json) {
      if (!text.isTextual()) {
        throw new IllegalArgumentException("\"" + field + "\" has something else than texts");
      }
      texts.add(text.textValue());
    }
    return texts;
  }

  private static Map<Integer, String> users(JsonNode json) {
    Map<Integer, String> users = new TreeMap<>();
    Iterator<String> names = json.fieldNames();
    while (names.hasNext()) {
      String mdt = names.next();
      if (!mdt.matches("0|[1-9][0-9]{0,8}")) {
        throw new IllegalArgumentException("\"" + mdt + "\" is no index of an MDT");
      }
      users.put(Integer.parseInt(mdt), SpecJson.text(json, mdt));
    }
    return users;
  }

  private static long entries(JsonNode guard) {
    return whole(guard, "entries");
  }

  private static long whole(JsonNode json, String field) {
    JsonNode value = SpecJson.required(json, field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new IllegalArgumentException("\"" + field + "\" is no whole number");
    }
    return value.longValue();
  }

  private static double percent(JsonNode guard) {
    JsonNode value = SpecJson.required(guard, "percent");
    if (!value.isNumber()) {
      throw new IllegalArgumentException("\"percent\" is no number");
    }
    return value.doubleValue();
  }

  private static Duration duration(JsonNode json, String field) {
    try {
      return Duration.parse(SpecJson.text(json, field));
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("\"" + field + "\" is no duration of ISO 8601", e);
    }
  }
}
