// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.json.SpecJson;
import java.io.IOException;
import java.util.Set;

/** The answer to SHARE: docs/format/flow-control.md, version 0. Stateless. */
final class ShareJson {
  private static final int FORMAT = 0;
  private static final Set<String> FIELDS = Set.of("format", "group", "number");

  /**
   * An answer.
   *
   * @param place the place of the flow that is asked about
   * @param number what no other tree of its group has
   */
  record Share(MasterGroup place, int number) {
    Share {
      if (number < 0 || number > MasterGroup.LAST) {
        throw new IllegalArgumentException("\"number\" is no number of an end");
      }
    }
  }

  private ShareJson() {}

  static ObjectNode write(Share share) {
    ObjectNode json = SpecJson.object(FORMAT);
    json.set("group", share.place().write());
    return json.put("number", share.number());
  }

  /**
   * Reads it.
   *
   * @throws io.kmesh.spi.ProviderException when it is none
   */
  static Share read(ObjectNode answer) throws IOException {
    return SpecJson.decode(
        "number of a shared tree",
        "?",
        FORMAT,
        SpecJson.encode(answer),
        json -> {
          SpecJson.onlyFields(json, FIELDS);
          return new Share(
              MasterGroup.read(SpecJson.required(json, "group")),
              SpecJson.required(json, "number").asInt(-1));
        });
  }
}
