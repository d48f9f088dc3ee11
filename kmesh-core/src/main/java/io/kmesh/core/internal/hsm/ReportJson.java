// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.hsm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.HsmReport;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The JSON form of reports. Format: docs/format/operations.md, version 0. */
public final class ReportJson {
  /** The version of the format. */
  public static final int FORMAT = 0;

  private ReportJson() {}

  /** An object with the format's version. */
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode().put("format", FORMAT);
  }

  /** Refuses what another version wrote. */
  public static JsonNode checked(JsonNode json) throws IOException {
    int format = json.path("format").asInt(-1);
    if (format != FORMAT) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read an operation's result of format "
              + format
              + ": this build knows "
              + FORMAT
              + ". Use the Kmesh release that wrote it.");
    }
    return json;
  }

  /** Writes a report. */
  public static ObjectNode write(HsmReport report) {
    ObjectNode node = object();
    node.put("done", report.done())
        .put("unchanged", report.unchanged())
        .put("skipped", report.skipped())
        .put("failed", report.failed())
        .put("bytes", report.bytes().bytes());
    writeDetails(node, report.details());
    return node;
  }

  /** Reads a report. */
  public static HsmReport read(JsonNode json) throws IOException {
    checked(json);
    return new HsmReport(
        json.path("done").asLong(),
        json.path("unchanged").asLong(),
        json.path("skipped").asLong(),
        json.path("failed").asLong(),
        DataSize.ofBytes(Math.max(0, json.path("bytes").asLong())),
        readDetails(json));
  }

  /** Writes the list of skipped and failed files. */
  public static void writeDetails(ObjectNode node, List<HsmReport.Detail> details) {
    ArrayNode list = node.putArray("details");
    for (HsmReport.Detail detail : details) {
      list.addObject()
          .put("path", detail.path())
          .put("outcome", detail.outcome().name())
          .put("reason", detail.reason());
    }
  }

  /** Reads the list of skipped and failed files. */
  public static List<HsmReport.Detail> readDetails(JsonNode json) throws IOException {
    List<HsmReport.Detail> details = new ArrayList<>();
    for (JsonNode d : json.path("details")) {
      try {
        details.add(
            new HsmReport.Detail(
                d.path("path").asText(),
                HsmReport.Outcome.valueOf(d.path("outcome").asText()),
                d.path("reason").asText()));
      } catch (IllegalArgumentException e) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot read an operation's result: the outcome "
                + d.path("outcome")
                + " is not known. Start the operation anew.",
            e);
      }
    }
    return details;
  }
}
