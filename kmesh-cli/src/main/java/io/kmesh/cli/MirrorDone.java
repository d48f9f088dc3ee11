// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.MirrorTreeReport;
import java.util.ArrayList;
import java.util.List;

/**
 * What a push or pull did.
 *
 * @param command {@code push} or {@code pull}
 */
record MirrorDone(MirrorTreeReport report, String command, String from, String to)
    implements MirrorWork.Done {
  @Override
  public long problems() {
    return report.failedCount();
  }

  @Override
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    report.failed().forEach(problem -> warnings.add(problem.message()));
    return warnings;
  }

  @Override
  public List<String> notes() {
    return report.notes().stream()
        .map(note -> (note.name().isEmpty() ? "" : note.name() + ": ") + note.message())
        .toList();
  }

  @Override
  public ObjectNode json() {
    ObjectNode json = Output.object().put("command", command).put("from", from).put("to", to);
    json.put("files", report.files()).put("directories", report.directories());
    json.put("symlinks", report.symlinks()).put("specials", report.specials());
    json.put("hardLinks", report.hardLinks()).put("bytes", report.bytes());
    json.put("equal", report.equal()).put("removed", report.removed());
    json.put("problems", report.failedCount());
    put(json.putArray("problemList"), report.failed());
    put(json.putArray("notes"), report.notes());
    return json;
  }

  private static void put(ArrayNode list, List<MirrorTreeReport.Problem> problems) {
    problems.forEach(p -> list.addObject().put("name", p.name()).put("reason", p.message()));
  }

  @Override
  public String words() {
    return words(command.equals("push") ? "Pushed " : "Pulled ", "");
  }

  /** The same of what would be done. */
  String plan() {
    return words("Would " + command + " ", "to be ");
  }

  private String words(String begin, String yet) {
    boolean isPush = command.equals("push");
    StringBuilder words = new StringBuilder(begin).append(from);
    words.append(" to ").append(to).append(": ").append(Output.count(report.files()));
    words.append(" files, ").append(Output.count(report.directories())).append(" directories, ");
    words.append(
        Output.count(report.symlinks() + report.specials() + report.hardLinks()) + " others; ");
    words
        .append(yet)
        .append(isPush ? "sent " : "brought ")
        .append(Output.size(report.bytes()))
        .append("; ");
    words.append(Output.count(report.equal())).append(" entries were there already");
    if (report.removed() > 0) {
      words.append("; ").append(yet).append("removed ");
      words.append(Output.count(report.removed()));
    }
    if (report.failedCount() > 0) {
      words.append("; ").append(Output.count(report.failedCount())).append(" failed");
    }
    return words.append('.').toString();
  }
}
