// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * The figures of a run.
 *
 * @param verified whether all held, by the independent verifier
 * @param steps the steps in order
 */
record Result(
    boolean verified,
    String reason,
    String data,
    Input input,
    List<StepFigures> steps,
    HsmFigures hsm,
    TieringFigures tiering,
    SnapshotFigures snapshot,
    CopyFigures virtualCopy,
    FlowFigures flow,
    long journalCommits,
    long fsyncs,
    double seconds,
    long peakRssMib)
    implements Outcome {

  /** What was taken in. */
  record Input(long files, long dirs, long symlinks, long bytes) {}

  /** One step. */
  record StepFigures(String name, double seconds, long bytes) {}

  /** What HSM did. */
  record HsmFigures(long archived, long released, long restored, long restoresForConcurrentReaders) {}

  /** What tiering did. */
  record TieringFigures(long planned, long moved, long released) {}

  /** What the snapshot is of, and what the repository took for it. */
  record SnapshotFigures(long logicalBytes, long storedBytes) {}

  /** How long the virtual copy took to make, and the bytes that it took when it was new. */
  record CopyFigures(double createSeconds, long bytesStored) {}

  /** How changes came to the second site, and what went over the link. */
  record FlowFigures(
      long changes,
      double lagSecondsP50,
      double lagSecondsP99,
      long bytesLogical,
      long bytesOnWire,
      long reconnects,
      BurstPlace site,
      GrantFigures grant) {}

  /** What was read under a grant, how often it was refused, and what the audit log has of it. */
  record GrantFigures(long bytesRead, long refusals, long auditEntries, double seconds) {}

  /** What is said of a run that came to nothing. */
  static Result nothing(String data, String reason) {
    return new Result(
        false,
        reason,
        data,
        new Input(0, 0, 0, 0),
        List.of(),
        new HsmFigures(0, 0, 0, 0),
        new TieringFigures(0, 0, 0),
        new SnapshotFigures(0, 0),
        new CopyFigures(0, 0),
        new FlowFigures(
            0, 0, 0, 0, 0, 0, BurstPlace.NOWHERE, new GrantFigures(0, 0, 0, 0)),
        0,
        0,
        0,
        Figures.peakRssMib());
  }

  @Override
  public String json() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode node = mapper.createObjectNode();
    node.put("verified", verified);
    node.put("reason", reason);
    node.put("data", data);
    node.putObject("input")
        .put("files", input.files())
        .put("dirs", input.dirs())
        .put("symlinks", input.symlinks())
        .put("bytes", input.bytes());
    ArrayNode list = node.putArray("steps");
    for (StepFigures step : steps) {
      list.addObject()
          .put("name", step.name())
          .put("seconds", rounded(step.seconds()))
          .put("bytes", step.bytes());
    }
    node.putObject("hsm")
        .put("archived", hsm.archived())
        .put("released", hsm.released())
        .put("restored", hsm.restored())
        .put("restoresForConcurrentReaders", hsm.restoresForConcurrentReaders());
    node.putObject("tiering")
        .put("planned", tiering.planned())
        .put("moved", tiering.moved())
        .put("released", tiering.released());
    node.putObject("snapshot")
        .put("logicalBytes", snapshot.logicalBytes())
        .put("storedBytes", snapshot.storedBytes());
    node.putObject("virtualCopy")
        .put("createSeconds", rounded(virtualCopy.createSeconds()))
        .put("bytesStored", virtualCopy.bytesStored());
    ObjectNode flows = node.putObject("flow");
    flows
        .put("changes", flow.changes())
        .put("lagSecondsP50", rounded(flow.lagSecondsP50()))
        .put("lagSecondsP99", rounded(flow.lagSecondsP99()))
        .put("bytesLogical", flow.bytesLogical())
        .put("bytesOnWire", flow.bytesOnWire())
        .put("reconnects", flow.reconnects());
    flows
        .putObject("site")
        .put("provider", flow.site().provider())
        .put("zone", flow.site().zone())
        .put("country", flow.site().country())
        .put("cluster", flow.site().cluster())
        .put("resource", flow.site().resource());
    flows
        .putObject("grant")
        .put("bytesRead", flow.grant().bytesRead())
        .put("refusals", flow.grant().refusals())
        .put("auditEntries", flow.grant().auditEntries())
        .put("seconds", rounded(flow.grant().seconds()));
    node.put("journalCommits", journalCommits);
    node.put("fsyncs", fsyncs);
    node.put("seconds", rounded(seconds));
    node.put("peakRssMiB", peakRssMib);
    return mapper.writeValueAsString(node);
  }

  private static double rounded(double seconds) {
    return Math.round(seconds * 1000) / 1000.0;
  }

  @Override
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%n%-10s %10s %12s %12s%n", "step", "seconds", "data", "rate"));
    for (StepFigures step : steps) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-10s %10.2f %12s %10s/s%n",
              step.name(),
              step.seconds(),
              Screen.size(step.bytes()),
              Screen.size((long) (step.bytes() / Math.max(1e-3, step.seconds())))));
    }
    row(text, "input", input.files() + " files, " + input.dirs() + " directories, "
        + input.symlinks() + " links, " + Screen.size(input.bytes()));
    row(text, "archived", Long.toString(hsm.archived()));
    row(text, "released", Long.toString(hsm.released()));
    row(text, "restored", Long.toString(hsm.restored()));
    row(text, "restores for 50 readers of one file", Long.toString(hsm.restoresForConcurrentReaders()));
    row(text, "tiering", tiering.planned() + " planned, " + tiering.moved() + " moved, "
        + tiering.released() + " released");
    row(text, "snapshot", Screen.size(snapshot.logicalBytes()) + ", stored in "
        + Screen.size(snapshot.storedBytes()));
    row(text, "virtual copy", String.format(Locale.ROOT, "made in %.2f s, %s", virtualCopy.createSeconds(),
        Screen.size(virtualCopy.bytesStored())));
    row(text, "flow to a second site", String.format(Locale.ROOT,
        "%d changes, lag %.2f s (99 of 100: %.2f s), %s as %s on the wire, %d reconnects", flow.changes(),
        flow.lagSecondsP50(), flow.lagSecondsP99(), Screen.size(flow.bytesLogical()),
        Screen.size(flow.bytesOnWire()), flow.reconnects()));
    row(text, "the second site", flow.changes() == 0 ? "none" : flow.site().toString());
    row(text, "granted for a moment", String.format(Locale.ROOT,
        "%s read, refused %d times, %d entries in the audit log", Screen.size(flow.grant().bytesRead()),
        flow.grant().refusals(), flow.grant().auditEntries()));
    row(text, "journal commits", Long.toString(journalCommits));
    row(text, "fsyncs", Long.toString(fsyncs));
    row(text, "seconds", String.format(Locale.ROOT, "%.1f", seconds));
    row(text, "peak memory", peakRssMib + " MiB");
    text.append(verified ? "VERIFIED: " : "NOT VERIFIED: ").append(reason).append('\n');
    return text.toString();
  }

  private static void row(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-36s %s%n", name, value));
  }
}
