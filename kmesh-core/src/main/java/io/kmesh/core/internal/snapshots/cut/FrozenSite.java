// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.quiesce.ScriptHook;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * What a journal says of a site whose freezing was begun: docs/format/quiesce-journal.md.
 *
 * @param cut the cut
 * @param name the hook's name
 * @param thawCommand what thaws it; empty when a program does
 * @param host where the process ran
 * @param pid the process that froze it
 * @param started when that process began, milliseconds since 1970; 0 when that was not known
 */
public record FrozenSite(
    String cut, String name, Optional<String> thawCommand, String host, long pid, long started) {
  private static final Set<String> FIELDS =
      Set.of("format", "cut", "name", "thaw", "host", "pid", "started");

  static FrozenSite of(String cut, QuiesceHook hook, String host) {
    ProcessHandle self = ProcessHandle.current();
    return new FrozenSite(
        cut,
        hook.name(),
        hook instanceof ScriptHook script ? Optional.of(script.thawCommand()) : Optional.empty(),
        host,
        self.pid(),
        started(self));
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(java.time.Instant::toEpochMilli).orElse(0L);
  }

  /** Whether the process that froze it lives: then the thawing is its own. */
  boolean isOwned() {
    return ProcessHandle.of(pid).filter(p -> p.isAlive() && started(p) == started).isPresent();
  }

  byte[] write() {
    ObjectNode json = SpecJson.object(0).put("cut", cut).put("name", name);
    thawCommand.ifPresent(command -> json.put("thaw", command));
    json.put("host", host).put("pid", pid).put("started", started);
    return SpecJson.encode(json);
  }

  static FrozenSite read(String file, byte[] bytes) throws IOException {
    return SpecJson.decode(
        "journal of a frozen site",
        file,
        0,
        bytes,
        node -> {
          SpecJson.onlyFields(node, FIELDS);
          return new FrozenSite(
              SpecJson.text(node, "cut"),
              SpecJson.text(node, "name"),
              node.has("thaw") ? Optional.of(SpecJson.text(node, "thaw")) : Optional.empty(),
              SpecJson.text(node, "host"),
              number(node, "pid"),
              number(node, "started"));
        });
  }

  private static long number(JsonNode node, String field) {
    JsonNode value = SpecJson.required(node, field);
    if (!value.canConvertToLong() || !value.isIntegralNumber()) {
      throw new IllegalArgumentException("the field \"" + field + "\" is no whole number");
    }
    return value.longValue();
  }
}
