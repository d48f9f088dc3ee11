// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * The figures of a run on a mounted Lustre.
 *
 * @param verified whether all held, by the independent verifier
 * @param data the tree of which a part was taken
 * @param steps the steps that were done, in order
 * @param left what is left behind, and how to remove it; empty after a clean end
 */
record MountResult(
    boolean verified,
    String reason,
    String data,
    Input input,
    Mount lustre,
    List<StepFigures> steps,
    HsmFigures hsm,
    TieringFigures tiering,
    List<String> left,
    double seconds,
    long peakRssMib)
    implements Outcome {

  /**
   * What was taken.
   *
   * @param seen how many files there were to choose from
   */
  record Input(long files, long dirs, long bytes, long seen) {
    static final Input NONE = new Input(0, 0, 0, 0);
  }

  /**
   * The file system.
   *
   * @param release of the client's library; empty when it does not tell
   * @param directory the run's own
   * @param pools the names of its OST pools
   * @param verifiedBy "mount" when the verifier read the mount itself, "export" when it read a copy
   */
  record Mount(
      String mount,
      String fsname,
      String release,
      int mdts,
      int osts,
      List<String> pools,
      String directory,
      int archiveId,
      String verifiedBy) {
    static final Mount NONE = new Mount("", "", "", 0, 0, List.of(), "", 0, "");
  }

  /**
   * One step.
   *
   * @param files the files that it was about
   * @param restores the restores that the copytool did meanwhile
   */
  record StepFigures(String name, double seconds, long files, long bytes, long restores) {}

  /** What HSM did. */
  record HsmFigures(
      long archived, long receipts, long released, long restored, long removed, long cancelled) {
    static final HsmFigures NONE = new HsmFigures(0, 0, 0, 0, 0, 0);
  }

  /** What tiering did. */
  record TieringFigures(long planned, long archived, long moved, long released) {
    static final TieringFigures NONE = new TieringFigures(0, 0, 0, 0);
  }

  /** What is said of a run that came to nothing. */
  static MountResult nothing(String data, String reason) {
    return new MountResult(
        false, reason, data, Input.NONE, Mount.NONE, List.of(), HsmFigures.NONE,
        TieringFigures.NONE, List.of(), 0, Figures.peakRssMib());
  }

  @Override
  public String json() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode node = mapper.createObjectNode();
    node.put("verified", verified).put("reason", reason).put("data", data);
    node.putObject("input")
        .put("files", input.files())
        .put("dirs", input.dirs())
        .put("bytes", input.bytes())
        .put("seen", input.seen());
    ObjectNode mount = node.putObject("lustre");
    mount
        .put("mount", lustre.mount())
        .put("fsname", lustre.fsname())
        .put("release", lustre.release())
        .put("mdts", lustre.mdts())
        .put("osts", lustre.osts())
        .put("directory", lustre.directory())
        .put("archiveId", lustre.archiveId())
        .put("verifiedBy", lustre.verifiedBy());
    lustre.pools().forEach(mount.putArray("pools")::add);
    ArrayNode list = node.putArray("steps");
    for (StepFigures step : steps) {
      list.addObject()
          .put("name", step.name())
          .put("seconds", rounded(step.seconds()))
          .put("files", step.files())
          .put("bytes", step.bytes())
          .put("restores", step.restores())
          .put("filesPerSecond", rounded(perSecond(step.files(), step)))
          .put("bytesPerSecond", (long) perSecond(step.bytes(), step));
    }
    node.putObject("hsm")
        .put("archived", hsm.archived())
        .put("receipts", hsm.receipts())
        .put("released", hsm.released())
        .put("restored", hsm.restored())
        .put("removed", hsm.removed())
        .put("cancelled", hsm.cancelled());
    node.putObject("tiering")
        .put("planned", tiering.planned())
        .put("archived", tiering.archived())
        .put("moved", tiering.moved())
        .put("released", tiering.released());
    left.forEach(node.putArray("left")::add);
    node.put("seconds", rounded(seconds));
    node.put("peakRssMiB", peakRssMib);
    return mapper.writeValueAsString(node);
  }

  private static double perSecond(long amount, StepFigures step) {
    return amount / Math.max(1e-3, step.seconds());
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  @Override
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT, "%n%-10s %9s %6s %12s %12s %9s%n", "step", "seconds", "files", "data",
            "files/s", "restores"));
    for (StepFigures step : steps) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-10s %9.2f %6d %12s %12.2f %9d%n",
              step.name(),
              step.seconds(),
              step.files(),
              Screen.size(step.bytes()),
              perSecond(step.files(), step),
              step.restores()));
    }
    row(text, "input", input.files() + " files of " + input.seen() + ", " + Screen.size(input.bytes()));
    row(text, "Lustre", lustre.fsname() + " on " + lustre.mount() + ", library "
        + (lustre.release().isEmpty() ? "of unknown release" : lustre.release()) + ", "
        + lustre.mdts() + " MDTs, " + lustre.osts() + " OSTs, "
        + (lustre.pools().isEmpty() ? "no pools" : "pools " + lustre.pools()));
    row(text, "archived", hsm.archived() + ", with " + hsm.receipts() + " receipts that hold");
    row(text, "released", Long.toString(hsm.released()));
    row(text, "restored", Long.toString(hsm.restored()));
    row(text, "removed from the archive", Long.toString(hsm.removed()));
    row(text, "requests withdrawn", Long.toString(hsm.cancelled()));
    row(text, "tiering", tiering.planned() + " planned, " + tiering.archived() + " archived, "
        + tiering.moved() + " moved, " + tiering.released() + " released");
    row(text, "seconds", String.format(Locale.ROOT, "%.1f", seconds));
    row(text, "peak memory", peakRssMib + " MiB");
    for (String one : left) {
      row(text, "left", one);
    }
    text.append(verified ? "VERIFIED: " : "NOT VERIFIED: ").append(reason).append('\n');
    return text.toString();
  }

  private static void row(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-26s %s%n", name, value));
  }
}
