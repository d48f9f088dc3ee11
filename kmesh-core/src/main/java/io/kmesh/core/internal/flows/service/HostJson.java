// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.Set;
import java.util.regex.Pattern;

/** What a site is asked to hold the cache of: docs/format/flow-control.md, HOST. Stateless. */
final class HostJson {
  /** The export by which a flow's source is named at the other site; no export has the name. */
  static final String LENT = "~flows";

  private static final int FORMAT = 0;
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,64}");
  private static final Set<String> FIELDS = Set.of("format", "name", "wanted", "made", "spec");

  private HostJson() {}

  /**
   * What is asked.
   *
   * @param name the flow's name at the asking site
   * @param wanted whether it is to run
   * @param isMade whether the asked site said before that it made it
   * @param spec its specification, whose source is {@link #lent}
   */
  record Asked(String name, Wanted wanted, boolean isMade, FlowSpec spec) {
    /** Where the cache is to be. */
    Endpoint.SitePath target() {
      return (Endpoint.SitePath) spec.target();
    }
  }

  /** What a site lends to a flow of its own. */
  static Endpoint.SitePath lent(String site, String flow) {
    return new Endpoint.SitePath(site, LENT, PathBytes.of(flow));
  }

  static ObjectNode write(Asked asked) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.put("name", asked.name()).put("wanted", asked.wanted().name());
    json.put("made", asked.isMade());
    json.set("spec", FlowSpecJson.write(asked.spec()));
    return json;
  }

  /**
   * Reads it.
   *
   * @param site who asks, and lends its own alone
   * @throws io.kmesh.spi.ProviderException when it is none, or one of another build
   */
  static Asked read(String site, JsonNode json) throws IOException {
    return SpecJson.decode(
        "flow that another site asks to hold a cache of",
        json.path("name").asText("?"),
        FORMAT,
        SpecJson.encode((ObjectNode) json),
        node -> parse(site, node));
  }

  private static Asked parse(String site, JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    String name = SpecJson.text(json, "name");
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("\"" + name + "\" is no name of a flow");
    }
    JsonNode made = SpecJson.required(json, "made");
    if (!made.isBoolean()) {
      throw new IllegalArgumentException("\"made\" is not true or false");
    }
    FlowSpec spec = FlowSpecJson.read(SpecJson.required(json, "spec"));
    if (!(spec.mode() instanceof FlowMode.Access)
        || !(spec.target() instanceof Endpoint.SitePath)
        || !spec.source().equals(lent(site, name))) {
      throw new IllegalArgumentException(
          "it gives no access to what " + site + " lends, or not by a cache at a site");
    }
    return new Asked(name, SpecJson.oneOf(json, "wanted", Wanted.class), made.booleanValue(), spec);
  }
}
