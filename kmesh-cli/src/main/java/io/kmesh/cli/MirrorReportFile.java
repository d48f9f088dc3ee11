// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorOutcome.What;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A report of a mirror command, one JSON object a line, each with the operating system before the
 * next is made: docs/format/mirror-report.md. Thread-safe.
 */
final class MirrorReportFile implements AutoCloseable {
  private final Path file;
  private final OutputStream out;
  private final Map<What, Long> counts = new EnumMap<>(What.class); // guarded by this
  private long bytes; // guarded by this
  private @Nullable IOException failure; // guarded by this

  private MirrorReportFile(Path file, OutputStream out) {
    this.file = file;
    this.out = out;
  }

  /**
   * Begins a report; what is in the file is lost.
   *
   * @param from what is read
   * @param to what is written, or compared with
   */
  static MirrorReportFile begin(Path file, String command, String from, String to, Instant now)
      throws CommandFailure {
    try {
      MirrorReportFile report = new MirrorReportFile(file, Files.newOutputStream(file));
      ObjectNode head = Output.object().put("format", "kmesh-mirror-report").put("version", 0);
      head.put("command", command).put("from", from).put("to", to);
      report.write(head.put("begun", now.truncatedTo(ChronoUnit.MILLIS).toString()));
      report.requireWhole();
      return report;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot write the report " + file + ": " + e + ". Name a file that can be written.");
    }
  }

  private synchronized void requireWhole() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  /** A report to something else than a file, which has no first line. */
  static MirrorReportFile to(Path name, OutputStream out) {
    return new MirrorReportFile(name, out);
  }

  /** Writes an outcome. */
  void add(MirrorOutcome outcome) {
    add(outcome.what(), outcome.bytes(), line(outcome));
  }

  /** Writes what became of an entry, as a line that says it. */
  synchronized void add(What what, long moved, ObjectNode line) {
    counts.merge(what, 1L, Long::sum);
    bytes += what == What.SENT ? moved : 0;
    write(line);
  }

  static ObjectNode line(MirrorOutcome outcome) {
    ObjectNode line = Output.object().put("what", outcome.what().word());
    outcome.path().ifPresent(path -> Output.path(line, path));
    if (!outcome.key().isEmpty()) {
      line.put("key", outcome.key());
    }
    if (outcome.bytes() > 0) {
      line.put("bytes", outcome.bytes());
    }
    if (!outcome.reason().isEmpty()) {
      line.put("reason", outcome.reason());
    }
    if (!outcome.remedy().isEmpty()) {
      line.put("remedy", outcome.remedy());
    }
    if (!outcome.differences().isEmpty()) {
      ArrayNode differences = line.putArray("differences");
      outcome
          .differences()
          .forEach(
              d ->
                  differences
                      .addObject()
                      .put("attribute", d.attribute())
                      .put("tree", d.tree())
                      .put("store", d.store()));
    }
    return line;
  }

  /** Writes a line; after one that could not be written nothing follows, which may be in part. */
  private synchronized void write(ObjectNode line) {
    if (failure != null) {
      return;
    }
    try {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      failure = e;
    }
  }

  /** Whether a line could not be written: the work has to stop. */
  synchronized boolean isBroken() {
    return failure != null;
  }

  /** Fails when a line could not be written. */
  synchronized void check() throws CommandFailure {
    if (failure != null) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "Cannot write the report "
              + file
              + ": "
              + failure
              + ". What was done stays; make room, and repeat the command to go on.");
    }
  }

  /**
   * Ends the report.
   *
   * @param state {@code done}, {@code interrupted} or {@code failed}
   */
  synchronized void end(String state) {
    ObjectNode line = Output.object().put("what", "end").put("state", state).put("bytes", bytes);
    ObjectNode json = line.putObject("counts");
    counts.forEach((what, count) -> json.put(what.word(), count));
    write(line);
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      failure = failure == null ? e : failure;
    }
  }
}
