// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.flows.ConflictPolicy;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.DeleteGuard;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowRate;
import io.kmesh.flows.FlowRemains;
import io.kmesh.flows.FlowSpec;
import io.kmesh.flows.FlowStatus;
import io.kmesh.placement.PlacementDecision;
import io.kmesh.sites.SiteCertificate;
import io.kmesh.spi.ErrorKind;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the commands on sites and flows ask of a home's Kmesh, as JSON: of a running agent over its
 * socket, or of one that the command opens for itself. Thread-safe.
 */
final class HomeRequests {
  private static final String SITES = "sites:";

  /** How many characters of conflicts an answer has at most: the socket takes 1 MiB a line. */
  private static final int MOST_CONFLICTS = 1 << 19;

  private final Kmesh kmesh;

  HomeRequests(Kmesh kmesh) {
    this.kmesh = kmesh;
  }

  /**
   * Does what is asked.
   *
   * @throws KmeshException when it can't be done
   * @throws IllegalArgumentException when it makes no sense
   */
  ObjectNode handle(JsonNode request) {
    String what = text(request, "do");
    return what.startsWith("site.") ? site(what, request) : flow(what, request);
  }

  private ObjectNode site(String what, JsonNode request) {
    return switch (what) {
      case "site.init" ->
          json(kmesh.sites().createAuthority(text(request, "site"), text(request, "address")));
      case "site.token" ->
          Output.object()
              .put("site", text(request, "site"))
              .put(
                  "token",
                  kmesh.sites().issueToken(text(request, "site"), duration(request, "valid")));
      case "site.enrol" -> json(kmesh.sites().enrol(text(request, "token")));
      case "site.rotate" -> json(kmesh.sites().rotate());
      case "site.revoke" -> {
        kmesh.sites().revoke(text(request, "site"));
        yield Output.object().put("revoked", text(request, "site"));
      }
      case "site.reach" -> {
        kmesh.sites().reach(text(request, "site"), text(request, "address"));
        yield Output.object()
            .put("site", text(request, "site"))
            .put("address", text(request, "address"));
      }
      case "site.show" -> showSite();
      case "site.facts" -> PlacementRequests.facts(kmesh.placement(), request);
      case "site.rules" -> PlacementRequests.rules(kmesh.placement(), request);
      default -> throw unknown(what);
    };
  }

  private ObjectNode showSite() {
    ObjectNode json = kmesh.sites().self().map(HomeRequests::json).orElseGet(Output::object);
    kmesh.sites().listening().ifPresent(at -> json.put("listening", at));
    ObjectNode addresses = json.putObject("addresses");
    kmesh.sites().addresses().forEach(addresses::put);
    return json;
  }

  private static ObjectNode json(SiteCertificate self) {
    return Output.object()
        .put("site", self.site())
        .put("fingerprint", self.fingerprint())
        .put("expires", self.expires().toString())
        .put("authority", self.authority())
        .put("isAuthority", self.isAuthority());
  }

  private ObjectNode flow(String what, JsonNode request) {
    if (what.equals("flow.list")) {
      ObjectNode all = Output.object();
      ArrayNode flows = all.putArray("flows");
      kmesh.dataFlows().list().forEach(flow -> flows.add(json(flow)));
      return all;
    }
    if (what.equals("flow.create")) {
      return created(kmesh.dataFlows().ensure(text(request, "name"), spec(request)));
    }
    if (what.equals("flow.parts") || what.equals("flow.forget")) {
      return PartRequests.handle(kmesh.dataFlows(), what, request);
    }
    DataFlow flow = find(text(request, "name"));
    switch (what) {
      case "flow.status" -> {}
      case "flow.start" -> flow.start();
      case "flow.stop" -> flow.stop();
      case "flow.wait" -> flow.awaitInSync(duration(request, "limit"));
      case "flow.barrier" -> flow.barrier(text(request, "path"), duration(request, "limit"));
      case "flow.look" -> {
        List<String> paths = new ArrayList<>();
        request.path("paths").forEach(path -> paths.add(path.asText()));
        flow.look(paths);
      }
      case "flow.switch" -> flow.switchDirection(duration(request, "limit"));
      case "flow.confirm" -> flow.confirmDeletions();
      case "flow.conflicts" -> {
        return conflicts(flow);
      }
      case "flow.points" -> {
        return ProtectionRequests.points(flow);
      }
      case "flow.resolve" -> {
        String id = text(request, "id");
        flow.resolve(
            id,
            text(request, "choice").equals("take")
                ? FlowConflict.Choice.TAKE_LOSER
                : FlowConflict.Choice.KEEP_WINNER);
        return Output.object().put("resolved", id);
      }
      case "flow.grant" -> {
        return GrantRequests.grant(flow, request);
      }
      case "flow.grants" -> {
        return GrantRequests.list(flow);
      }
      case "flow.revoke" -> {
        return GrantRequests.revoke(flow, request);
      }
      case "flow.audit" -> {
        return GrantRequests.audit(flow, request);
      }
      case "flow.read" -> {
        return GrantRequests.read(flow, request);
      }
      case "flow.delete" -> {
        return deleted(flow);
      }
      default -> throw unknown(what);
    }
    return json(flow);
  }

  private static ObjectNode deleted(DataFlow flow) {
    FlowRemains remains = flow.delete();
    ObjectNode json =
        Output.object()
            .put("deleted", flow.name())
            .put("from", flow.spec().source().toString())
            .put("to", flow.spec().target().toString())
            .put("cache", flow.spec().mode() instanceof FlowMode.Access);
    return PartRequests.remains(remains, json);
  }

  /** What the rules say of a flow that was never started, so that nobody has to try. */
  private ObjectNode created(DataFlow flow) {
    ObjectNode json = json(flow);
    if (json.path("placement").isEmpty()) {
      FlowSpec spec = flow.spec();
      List<PlacementDecision> asked = new ArrayList<>();
      asked.add(kmesh.placement().ask(spec.source(), spec.target()));
      if (spec.mode() instanceof FlowMode.MultiMaster) {
        asked.add(kmesh.placement().ask(spec.target(), spec.source()));
      }
      PlacementRequests.write(asked, json);
    }
    return json;
  }

  /** As many as an answer may have. */
  private static ObjectNode conflicts(DataFlow flow) {
    ObjectNode json = Output.object().put("name", flow.name());
    ArrayNode told = json.putArray("conflicts");
    List<FlowConflict> all = flow.conflicts();
    int size = 0;
    for (FlowConflict one : all) {
      ObjectNode next =
          Output.object()
              .put("id", one.id())
              .put("kind", one.kind().name())
              .put("path", one.path())
              .put("winner", one.winner())
              .put("loser", one.loser())
              .put("policy", one.policy())
              .put("keptEnd", one.keptEnd())
              .put("kept", one.kept())
              .put("found", one.found().toString());
      size += next.toString().length();
      if (size > MOST_CONFLICTS) {
        break;
      }
      told.add(next);
    }
    return json.put("total", all.size());
  }

  private DataFlow find(String name) {
    return kmesh
        .dataFlows()
        .find(name)
        .orElseThrow(
            () ->
                new KmeshException(
                    ErrorKind.NOT_FOUND,
                    "Cannot find the data flow \"" + name + "\": " + hint(name)));
  }

  private String hint(String name) {
    return kmesh.dataFlows().parts().stream()
        .filter(part -> part.name().equals(name))
        .findFirst()
        .map(
            part ->
                "it belongs to %s, and has an end here. Ask at that site, by the name %s; see kmesh flow parts."
                    .formatted(part.site(), part.flow()))
        .orElse("kmesh flow list names all.");
  }

  private static FlowSpec spec(JsonNode request) {
    FlowSpec.Builder spec =
        FlowSpec.builder()
            .from(EndpointText.parse(text(request, "from")))
            .to(EndpointText.parse(text(request, "to")));
    if (request.has("syncTimeout")) {
      spec.sync(
          duration(request, "syncTimeout"),
          FlowMode.Sync.OnTimeout.valueOf(text(request, "onTimeout").toUpperCase(Locale.ROOT)));
    } else if (request.path("access").asBoolean()) {
      spec.mode(access(request));
    } else if (request.has("conflicts")) {
      spec.multiMaster(policy(text(request, "conflicts")));
    } else if (request.has("lagBound")) {
      spec.async(duration(request, "lagBound"));
    }
    request.path("sensitive").forEach(path -> spec.sensitive(path.asText()));
    if (request.has("scanPause")) {
      spec.scanPause(duration(request, "scanPause"));
    }
    if (request.has("guardEntries")) {
      spec.deleteGuard(
          new DeleteGuard(
              request.path("guardEntries").asLong(),
              new Percent(request.path("guardPercent").asDouble())));
    }
    ProtectionRequests.read(request, spec);
    return spec.rate(rate(request)).build();
  }

  private static FlowMode access(JsonNode request) {
    FlowMode.Access plain = FlowMode.Access.DEFAULT;
    FlowMode.WriteBack back = FlowMode.WriteBack.DEFAULT;
    return switch (request.path("writes").asText("none")) {
      case "none" -> plain;
      case "through" ->
          new FlowMode.Access(
              plain.lease(), plain.cache(), plain.stale(), FlowMode.WriteMode.WRITE_THROUGH);
      case "back" ->
          plain.writingBack(
              new FlowMode.WriteBack(
                  request.has("writeDelay") ? duration(request, "writeDelay") : back.delay(),
                  request.has("unsent") ? DataSize.parse(text(request, "unsent")) : back.unsent(),
                  back.room()));
      default -> throw new IllegalArgumentException("The request's \"writes\" are not known.");
    };
  }

  private static FlowRate rate(JsonNode request) {
    List<String> windows = new ArrayList<>();
    request.path("rateAt").forEach(window -> windows.add(window.asText()));
    try {
      return RateText.parse(
          request.has("rate") ? text(request, "rate") : null,
          windows,
          ZoneId.of(request.path("rateZone").asText("Z")));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "Cannot use the zone of the rate: " + e.getMessage() + ". Write one as Europe/Berlin.",
          e);
    }
  }

  private static ConflictPolicy policy(String text) {
    if (text.startsWith(SITES)) {
      return ConflictPolicy.sites(text.substring(SITES.length()).split(",", -1));
    }
    return switch (text) {
      case "keep-both" -> ConflictPolicy.keepBoth();
      case "newest" -> ConflictPolicy.newest();
      default ->
          throw new IllegalArgumentException(
              "Cannot decide conflicts by \""
                  + text
                  + "\": write keep-both, newest, or sites:source,target.");
    };
  }

  private static ObjectNode json(DataFlow flow) {
    FlowStatus status = flow.status();
    ObjectNode json = Output.object();
    json.put("name", flow.name());
    json.put("from", flow.spec().source().toString());
    json.put("to", flow.spec().target().toString());
    json.put("reversed", flow.isReversed());
    json.put("state", status.state().name()).put("reason", status.reason());
    json.put("backlog", status.backlog());
    json.put("lagSeconds", seconds(status.lag()));
    json.put("lagSecondsP50", seconds(status.lagP50()));
    json.put("lagSecondsP99", seconds(status.lagP99()));
    json.put("changes", status.changes());
    json.put("bytesLogical", status.logicalBytes());
    json.put("bytesOnWire", status.wireBytes());
    json.put("reconnects", status.reconnects());
    json.put("deletionsHeld", status.deletionsHeld());
    if (flow.spec().mode() instanceof FlowMode.Access access
        && access.writes() == FlowMode.WriteMode.WRITE_BACK) {
      ObjectNode unwritten = json.putObject("unwritten");
      unwritten.put("edits", status.unwritten().edits()).put("bytes", status.unwritten().bytes());
      status.unwritten().since().ifPresent(at -> unwritten.put("since", at.toString()));
    }
    ArrayNode problems = json.putArray("problems");
    status
        .problems()
        .forEach(p -> problems.addObject().put("path", p.path()).put("reason", p.reason()));
    if (!flow.spec().rate().equals(FlowRate.UNLIMITED)) {
      json.put("rate", RateText.describe(flow.spec().rate()));
    }
    ProtectionRequests.write(flow.spec(), json);
    PlacementRequests.write(status.placement(), json);
    return json;
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  private static String text(JsonNode request, String field) {
    JsonNode value = request.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("The request has no text \"" + field + "\".");
    }
    return value.textValue();
  }

  private static Duration duration(JsonNode request, String field) {
    return Duration.parse(text(request, field));
  }

  private static IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException(
        "Cannot do \""
            + what
            + "\": this build does not know it. The agent and the command may be of different"
            + " builds; start the agent anew.");
  }
}
