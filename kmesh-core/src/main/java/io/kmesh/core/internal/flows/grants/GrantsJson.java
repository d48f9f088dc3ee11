// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.Grant;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/** Grants as one site tells them to another: docs/format/flow-control.md, GRANTS. Stateless. */
final class GrantsJson {
  private static final int FORMAT = 0;
  private static final int MOST = 1_000;
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  private GrantsJson() {}

  /** What was told. */
  record Told(long revision, List<GrantRecord> grants) {}

  static ObjectNode write(long revision, List<GrantRecord> grants) {
    ObjectNode json = SpecJson.object(FORMAT).put("revision", revision);
    for (GrantRecord grant : grants) {
      json.withArray("grants")
          .addObject()
          .put("id", grant.id())
          .put("who", grant.who())
          .put("path", HexFormat.of().formatHex(grant.path().toBytes()))
          .put("from", grant.from())
          .put("until", grant.until())
          .put("given", grant.given());
    }
    return json;
  }

  /**
   * Reads what a site told.
   *
   * @throws ProviderException INVALID when it is not of that form
   */
  static Told read(JsonNode json) throws ProviderException {
    try {
      if (SpecJson.count(json, "format") != FORMAT) {
        throw new IllegalArgumentException("the format is not known");
      }
      JsonNode all = json.path("grants");
      if (all.size() > MOST) {
        throw new IllegalArgumentException("there are " + all.size());
      }
      List<GrantRecord> grants = new ArrayList<>();
      for (JsonNode one : all) {
        grants.add(grant(one));
      }
      return new Told(SpecJson.count(json, "revision"), List.copyOf(grants));
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot take the grants of a flow: " + e.getMessage() + ".", e);
    }
  }

  private static GrantRecord grant(JsonNode json) {
    String id = SpecJson.text(json, "id");
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("\"" + id + "\" names no grant");
    }
    String who = SpecJson.text(json, "who");
    Grant.requireSubject(who);
    PathBytes path = PathBytes.EMPTY;
    for (PathBytes name :
        PathBytes.of(HexFormat.of().parseHex(SpecJson.text(json, "path"))).names()) {
      path = path.resolve(name);
    }
    long from = SpecJson.count(json, "from");
    long until = SpecJson.count(json, "until");
    if (from >= until) {
      throw new IllegalArgumentException("the grant " + id + " ends before it begins");
    }
    return new GrantRecord(
        id, who, path, from, until, SpecJson.count(json, "given"), GrantRecord.End.NONE, 0);
  }
}
