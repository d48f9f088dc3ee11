// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTranslationReport.Outcome;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts what is stored into the words of another dialect. */
@Command(
    name = "translate",
    description = {
      "Puts objects with their attributes into the words of another tool, from store to store, without a file system."
          + " Within one bucket the store copies them itself; elsewhere their bytes are verified on the way. The same"
          + " store twice is a translation in place. What is there already is not sent again, so a translation that was"
          + " stopped or killed goes on when it is repeated.",
      "What the words do not carry is told; Kmesh's own attributes stay where there are some.",
    },
    footer = {
      "",
      "Example:",
      "  kmesh mirror translate gs://results/job42 s3://archive/job42 --to fsx --plan",
    })
final class MirrorTranslateCommand extends MirrorWork {
  private static final String ANY = "auto";

  @Parameters(index = "0", paramLabel = "SRC", description = "Where from: a store's URL.")
  private String source = "";

  @Parameters(
      index = "1",
      paramLabel = "DST",
      description = "Where to: a store's URL, or SRC once more. A directory is made.")
  private String target = "";

  @Option(
      names = "--to",
      required = true,
      paramLabel = "WORDS",
      description = "The words of: fsx, amlfs, azcopy, google, rclone or s3fs.")
  private String to = "";

  @Option(
      names = "--from",
      defaultValue = ANY,
      paramLabel = "WORDS",
      description = {
        "Whose words are believed beside Kmesh's own: those, gcsfuse, or auto for all in their order of precedence;"
            + " default ${DEFAULT-VALUE}.",
      })
  private String from = "";

  @Option(names = "--plan", description = "Only tells what would be done, and at what cost.")
  private boolean isPlan;

  @Option(
      names = "--overwrite",
      description = {
        "Replaces objects that are in the way; without it only what was translated from the same object before is"
            + " replaced.",
      })
  private boolean isOverwriting;

  @Override
  public Integer call() throws IOException, CommandFailure {
    MirrorDialect words = MirrorWords.written("--to", to);
    MirrorDialect believed = from.equals(ANY) ? null : MirrorWords.read("--from", from);
    String shownFrom = location("translate", source).toString();
    String shownTo = location("translate to", target).toString();
    return workWith(
        "translate",
        shownFrom,
        shownTo,
        means -> {
          try (TranslationEnds ends =
              TranslationEnds.open(source, target, surroundings().interruption())) {
            MirrorTranslation translation = translation(ends, means, believed);
            MirrorTranslationReport report =
                isPlan ? translation.plan(words) : translation.run(words);
            return new Translated(report, shownFrom, shownTo, words, isPlan);
          }
        });
  }

  private MirrorTranslation translation(
      TranslationEnds ends, Means means, @Nullable MirrorDialect believed) throws CommandFailure {
    try {
      ObjectStore source = means.paced(ends.source());
      ObjectStore target = ends.target() == ends.source() ? source : means.paced(ends.target());
      MirrorTranslation translation =
          MirrorTranslation.of(source, ends.sourcePrefix(), means.time())
              .to(target, ends.targetPrefix())
              .threads(means.threads())
              .budget(means.budget())
              .partSize(means.partSize())
              .onProgress(means.meter()::at)
              .cancelWhen(means.cancelled());
      MirrorReportFile file = means.report();
      if (file != null) {
        translation.onEntry(entry -> add(file, entry));
      }
      if (believed != null) {
        translation.from(believed);
      }
      return isOverwriting ? translation.overwrite() : translation;
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
  }

  private static void add(MirrorReportFile file, MirrorTranslationReport.Entry entry) {
    What what =
        switch (entry.outcome()) {
          case COPIED, SENT -> What.SENT;
          case EQUAL -> What.EQUAL;
          case LEFT_OUT -> What.SKIPPED;
          case CONFLICT -> What.CONFLICT;
          case FAILED -> What.FAILED;
        };
    ObjectNode line = Output.object().put("what", what.word()).put("key", entry.key());
    if (!entry.targetKey().isEmpty()) {
      line.put("target", entry.targetKey());
    }
    if (what == What.SENT) {
      line.put("by", entry.outcome() == Outcome.COPIED ? "store" : "here");
      if (entry.bytes() > 0) {
        line.put("bytes", entry.bytes());
      }
    }
    if (!entry.losses().isEmpty()) {
      entry.losses().forEach(line.putArray("losses")::add);
    }
    if (!entry.message().isEmpty()) {
      line.put("reason", entry.message());
    }
    file.add(what, entry.bytes(), line);
  }

  /** What was translated, or would be. */
  private record Translated(
      MirrorTranslationReport report, String from, String to, MirrorDialect dialect, boolean isPlan)
      implements Done {
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
      return report.notes().stream().map(note -> note.name() + ": " + note.message()).toList();
    }

    @Override
    public ObjectNode json() {
      ObjectNode json = Output.object().put("command", "translate").put("from", from);
      json.put("to", to).put("dialect", dialect.word()).put("plan", isPlan);
      json.put("objects", report.objects()).put("copied", report.copied());
      json.put("copiedBytes", report.copiedBytes()).put("sent", report.sent());
      json.put("sentBytes", report.sentBytes()).put("equal", report.equal());
      json.put("leftOut", report.leftOut()).put("removed", report.removed());
      json.put("requests", report.requests());
      ObjectNode losses = json.putObject("losses");
      report.losses().forEach(losses::put);
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
      StringBuilder text = new StringBuilder(isPlan ? "Would translate " : "Translated ");
      text.append(from)
          .append(" to ")
          .append(to)
          .append(" in the words of ")
          .append(dialect.word());
      text.append(": ").append(Output.count(report.objects())).append(" objects; ");
      text.append(Output.count(report.copied())).append(" copied by the store (");
      text.append(Output.size(report.copiedBytes())).append("), ");
      text.append(Output.count(report.sent())).append(" sent from here (");
      text.append(Output.size(report.sentBytes())).append("), ");
      text.append(Output.count(report.equal())).append(" there already");
      append(text, report.leftOut(), "left out");
      append(text, report.removed(), "removed at their old keys");
      append(text, report.failedCount(), "failed");
      text.append("; ").append(Output.count(report.requests())).append(" requests.");
      StringJoiner losses = new StringJoiner(", ", " Not carried: ", ".");
      losses.setEmptyValue("");
      report.losses().forEach((loss, n) -> losses.add(loss + " of " + Output.count(n)));
      return text.append(losses).toString();
    }

    private static void append(StringBuilder text, long count, String what) {
      if (count > 0) {
        text.append("; ").append(Output.count(count)).append(' ').append(what);
      }
    }
  }
}
