// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Durability;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.HexFormat;

/**
 * What an HSM operation was asked, as it is kept. Format: docs/format/operations.md, version 0.
 *
 * @param cluster the cluster's name
 * @param path the path that was asked
 * @param store the store's name; empty where none is involved
 * @param durability what is waited for
 */
record HsmSpecs(String cluster, PathBytes path, String store, Durability durability) {
  ObjectNode write() {
    return ReportJson.object()
        .put("cluster", cluster)
        .put("path", HexFormat.of().formatHex(path.toBytes()))
        .put("store", store)
        .put("durability", durability.name());
  }

  static HsmSpecs read(ObjectNode node) throws IOException {
    ReportJson.checked(node);
    try {
      return new HsmSpecs(
          node.path("cluster").asText(),
          PathBytes.of(HexFormat.of().parseHex(node.path("path").asText())),
          node.path("store").asText(),
          Durability.valueOf(node.path("durability").asText()));
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read what an operation was asked: " + e.getMessage() + ". Start it anew.",
          e);
    }
  }
}
