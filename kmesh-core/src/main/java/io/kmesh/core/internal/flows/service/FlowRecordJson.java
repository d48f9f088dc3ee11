// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.EndpointJson;
import io.kmesh.core.internal.json.SpecJson;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is kept of a flow besides its specification: docs/format/flow-spec.md, version 0. */
final class FlowRecordJson {
  static final int FORMAT = 0;

  private static final String LENT = "lent";
  private static final String HOST = "host";
  private static final String GROUP = "group";
  private static final Set<String> FIELDS =
      Set.of("format", "id", "wanted", "generation", LENT, HOST, GROUP);
  private static final Set<String> HOST_FIELDS = Set.of("site", "name", "asked", "top");

  /** Whether a flow is to run. */
  enum Wanted {
    /** It is. */
    RUNNING,
    /** It is not. */
    STOPPED
  }

  /** How far the other site knows of a flow whose cache it is to hold. */
  enum Lent {
    /** Nobody asked it: the flow is another one, or was never started. */
    NONE,
    /** It may have been asked, and may have made it. */
    ASKED,
    /** It said that it made it. */
    MADE
  }

  /**
   * For whom a cache is held here.
   *
   * @param site the site that made the flow
   * @param name the flow's name there
   * @param asked what it asked for, by an export of this site
   * @param top the export's tree as it was then
   */
  record Host(String site, String name, Endpoint.SitePath asked, Endpoint top) {}

  /**
   * A flow.
   *
   * @param id the same at all its sites: 32 hexadecimal digits
   * @param wanted whether it is to run
   * @param generation how often its direction was switched
   * @param lent how far the other site knows of it
   * @param host for whom its cache is held here; null of a flow of this site
   * @param group the flows with which it shares a tree, or once did; null when it never did
   */
  record FlowRecord(
      String id,
      Wanted wanted,
      long generation,
      Lent lent,
      @Nullable Host host,
      @Nullable MasterGroup group) {
    /** A flow of this site, or of which it holds the cache, that shares no tree. */
    FlowRecord(String id, Wanted wanted, long generation, Lent lent, @Nullable Host host) {
      this(id, wanted, generation, lent, host, null);
    }

    /** A flow of this site. */
    FlowRecord(String id, Wanted wanted, long generation) {
      this(id, wanted, generation, Lent.NONE, null, null);
    }

    FlowRecord wanting(Wanted next) {
      return new FlowRecord(id, next, generation, lent, host, group);
    }

    FlowRecord switched() {
      return new FlowRecord(id, wanted, generation + 1, lent, host, group);
    }

    FlowRecord lent(Lent next) {
      return new FlowRecord(id, wanted, generation, next, host, group);
    }

    FlowRecord in(MasterGroup next) {
      return new FlowRecord(id, wanted, generation, lent, host, next);
    }

    /** The flow's place among those that it may share a tree with: by itself, when it is alone. */
    MasterGroup place() {
      return group == null ? new MasterGroup(id, 0, 1) : group;
    }
  }

  private FlowRecordJson() {}

  static byte[] encode(FlowRecord flow) {
    return SpecJson.encode(write(flow));
  }

  static ObjectNode write(FlowRecord flow) {
    ObjectNode json =
        SpecJson.object(FORMAT)
            .put("id", flow.id())
            .put("wanted", flow.wanted().name())
            .put("generation", flow.generation());
    if (flow.lent() != Lent.NONE) {
      json.put(LENT, flow.lent().name());
    }
    Host host = flow.host();
    if (host != null) {
      ObjectNode held = json.putObject(HOST).put("site", host.site()).put("name", host.name());
      held.set("asked", EndpointJson.write(host.asked()));
      held.set("top", EndpointJson.write(host.top()));
    }
    if (flow.group() != null) {
      json.set(GROUP, flow.group().write());
    }
    return json;
  }

  static FlowRecord decode(String name, byte[] bytes) throws IOException {
    return SpecJson.decode("data flow", name, FORMAT, bytes, FlowRecordJson::read);
  }

  static FlowRecord read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    if (SpecJson.integer(json, "format") != FORMAT) {
      throw new SpecJson.LaterBuildException("the format of what is kept of it is not known here");
    }
    String id = SpecJson.text(json, "id");
    if (!id.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException("\"id\" is not 32 hexadecimal digits");
    }
    return new FlowRecord(
        id,
        SpecJson.oneOf(json, "wanted", Wanted.class),
        SpecJson.count(json, "generation"),
        json.has(LENT) ? SpecJson.oneOf(json, LENT, Lent.class) : Lent.NONE,
        json.has(HOST) ? host(json.path(HOST)) : null,
        json.has(GROUP) ? MasterGroup.read(json.path(GROUP)) : null);
  }

  private static Host host(JsonNode json) {
    SpecJson.onlyFields(json, HOST_FIELDS);
    if (!(EndpointJson.read(SpecJson.required(json, "asked")) instanceof Endpoint.SitePath asked)) {
      throw new IllegalArgumentException("\"asked\" is no path of a site");
    }
    return new Host(
        SpecJson.text(json, "site"),
        SpecJson.text(json, "name"),
        asked,
        EndpointJson.read(SpecJson.required(json, "top")));
  }
}
