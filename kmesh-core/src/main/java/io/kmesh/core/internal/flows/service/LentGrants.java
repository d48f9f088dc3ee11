// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.service.HostedJson.NewGrant;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.Grant;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The grants that this site gave of a flow whose cache another site holds. That site tells which
 * count there; the source sends under those alone that are known here, so that it can't give itself
 * one. Each change is durable when its call returns: docs/format/flow-spec.md. Thread-safe.
 */
final class LentGrants {
  static final int FORMAT = 0;

  private static final String KIND = "flow.lent";
  private static final int MOST = 1_000;
  private static final Set<String> FIELDS = Set.of("format", "grants");

  /** Clocks of two sites differ; what is over that long is over at both. */
  private static final Duration OVER = Duration.ofDays(1);

  private final StateStore state;
  private final RecordKey key;
  private final KmeshTime time;
  private Map<String, Given> all; // guarded by this

  /**
   * A grant.
   *
   * @param isRevoked whether it was taken back, and the other site did not say yet that it knows
   */
  record Given(NewGrant grant, boolean isRevoked) {}

  private LentGrants(StateStore state, String flow, KmeshTime time, Map<String, Given> all) {
    this.state = state;
    this.key = new RecordKey(KIND, flow);
    this.time = time;
    this.all = all;
  }

  static LentGrants open(StateStore state, String flow, KmeshTime time) throws IOException {
    Optional<StateRecord> record = state.find(new RecordKey(KIND, flow));
    return new LentGrants(
        state,
        flow,
        time,
        record.isEmpty() ? new LinkedHashMap<>() : decode(flow, record.get().payload()));
  }

  /** What removes what is kept of a flow. */
  static StateChange forget(String flow) {
    return new StateChange.Delete(new RecordKey(KIND, flow), StateChange.ANY);
  }

  static byte[] encode(Map<String, Given> all) {
    ObjectNode json = SpecJson.object(FORMAT);
    ArrayNode grants = json.putArray("grants");
    all.values()
        .forEach(one -> grants.add(HostedJson.grant(one.grant()).put("revoked", one.isRevoked())));
    return SpecJson.encode(json);
  }

  static Map<String, Given> decode(String flow, byte[] bytes) throws IOException {
    return SpecJson.decode("list of a flow's grants", flow, FORMAT, bytes, LentGrants::read);
  }

  private static Map<String, Given> read(JsonNode json) {
    SpecJson.onlyFields(json, FIELDS);
    JsonNode grants = SpecJson.required(json, "grants");
    if (!grants.isArray()) {
      throw new IllegalArgumentException("\"grants\" is no array");
    }
    Map<String, Given> all = new LinkedHashMap<>();
    for (JsonNode one : grants) {
      JsonNode revoked = SpecJson.required(one, "revoked");
      if (!revoked.isBoolean()) {
        throw new IllegalArgumentException("\"revoked\" is not true or false");
      }
      if (SpecJson.integer(one, "format") != FORMAT) {
        throw new SpecJson.LaterBuildException("the format of a grant is not known here");
      }
      try {
        NewGrant grant = HostedJson.readGrant(one);
        all.put(grant.id(), new Given(grant, revoked.booleanValue()));
      } catch (ProviderException e) {
        throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
      }
    }
    return all;
  }

  private void keep(Map<String, Given> next) throws IOException {
    state.apply(List.of(new StateChange.Put(key, "", FORMAT, encode(next), StateChange.ANY)));
    all = next;
  }

  /**
   * A grant is about to be given there.
   *
   * @throws ProviderException PRECONDITION when too many count
   */
  synchronized void giving(NewGrant grant) throws IOException {
    Map<String, Given> next = new LinkedHashMap<>(all);
    Instant over = time.now().minus(OVER);
    next.values().removeIf(one -> one.grant().grant().until().isBefore(over));
    if (next.size() >= MOST) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot give a grant: " + MOST + " grants of this flow count. Revoke some.");
    }
    next.put(grant.id(), new Given(grant, false));
    keep(next);
  }

  /** The source of what is sent under grants. */
  interface Source {
    /** These grants count, as the other site says and this one gave them. */
    void learn(ObjectNode grants) throws IOException;

    /** Nothing is sent under a grant any more. */
    void withdraw(String id) throws IOException;
  }

  /**
   * Nothing is sent under a grant any more. Whether the other site told of it, tells of it later,
   * or tells what can't be read, counts for nothing.
   */
  synchronized void revoking(String id, Source source) throws IOException {
    Given known = all.get(id);
    if (known != null && !known.isRevoked()) {
      Map<String, Given> next = new LinkedHashMap<>(all);
      next.put(id, new Given(known.grant(), true));
      keep(next);
    }
    source.withdraw(id);
  }

  /** What was taken back, and a process that ended did not tell the source. */
  synchronized void resume(Source source) throws IOException {
    for (String id : revoked()) {
      source.withdraw(id);
    }
  }

  /** The other site tells which grants count. Not while one is taken back. */
  synchronized void told(ObjectNode list, Source source) throws IOException {
    source.learn(only(list));
  }

  /** The other site knows that a grant was taken back, or never had it. */
  synchronized void settled(String id) throws IOException {
    if (all.containsKey(id)) {
      Map<String, Given> next = new LinkedHashMap<>(all);
      next.remove(id);
      keep(next);
    }
  }

  /** Those that the other site is still to be told of that they were taken back. */
  synchronized List<String> revoked() {
    List<String> ids = new ArrayList<>();
    all.forEach(
        (id, one) -> {
          if (one.isRevoked()) {
            ids.add(id);
          }
        });
    return ids;
  }

  /** Of what the other site says that counts, what was given here and not taken back. */
  synchronized ObjectNode only(ObjectNode list) {
    ObjectNode known = list.deepCopy();
    if (list.path("grants") instanceof ArrayNode grants) {
      ArrayNode some = known.putArray("grants");
      for (JsonNode one : grants) {
        Given given = all.get(one.path("id").asText());
        if (given != null && !given.isRevoked() && isWithin(one, given.grant().grant())) {
          some.add(one);
        }
      }
    }
    return known;
  }

  private static boolean isWithin(JsonNode told, Grant given) {
    return told.path("who").asText().equals(given.who())
        && told.path("path").asText().equals(HexFormat.of().formatHex(normal(given.path())))
        && told.path("from").asLong() >= given.from().toEpochMilli()
        && told.path("until").asLong(Long.MAX_VALUE) <= given.until().toEpochMilli();
  }

  private static byte[] normal(String path) {
    PathBytes normal = PathBytes.EMPTY;
    for (PathBytes name : PathBytes.of(path).names()) {
      normal = normal.resolve(name);
    }
    return normal.toBytes();
  }
}
