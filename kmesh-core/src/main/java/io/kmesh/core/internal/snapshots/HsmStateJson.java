// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** An HSM state as it stands in an entry: {@code kmesh.hsm} in docs/format/repository.md. */
final class HsmStateJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FLAGS = "flags";

  private HsmStateJson() {}

  static byte[] write(HsmState state) {
    ObjectNode json = JSON.createObjectNode();
    ArrayNode flags = json.putArray(FLAGS);
    state.flags().stream().sorted().forEach(flag -> flags.add(flag.name()));
    json.put("archive", state.archiveId().value());
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON that was built can't be written.", e);
    }
  }

  /**
   * The flags of one; those of a newer Lustre, which this Kmesh has no name for, are left out.
   *
   * @throws IllegalArgumentException when it is none
   */
  static Set<HsmFlag> flags(byte[] bytes) {
    JsonNode json;
    try {
      json = JSON.readTree(bytes);
    } catch (IOException e) {
      throw new IllegalArgumentException("it is not JSON", e);
    }
    if (json == null || !json.path(FLAGS).isArray()) {
      throw new IllegalArgumentException("it has no \"" + FLAGS + "\"");
    }
    Set<HsmFlag> flags = EnumSet.noneOf(HsmFlag.class);
    for (JsonNode name : json.path(FLAGS)) {
      Arrays.stream(HsmFlag.values())
          .filter(flag -> flag.name().equals(name.asText()))
          .forEach(flags::add);
    }
    return flags;
  }
}
