// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.util.List;
import java.util.Locale;

/** The report as one HTML file that needs nothing else: style inside, charts as SVG. */
final class HtmlReport {
  private static final int ROW = 30;
  private static final int LEFT = 110;
  private static final int WIDTH = 560;

  private HtmlReport() {}

  static String of(Result r) {
    StringBuilder html = new StringBuilder();
    html.append(
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Kmesh quickstart</title>
        <style>
        :root { color-scheme: light dark; --bar: #2f6fab; --good: #1a7f37; --bad: #c62828; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; width: 100%; }
        td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
        .verdict { font-size: 1.4rem; font-weight: 600; }
        .good { color: var(--good); } .bad { color: var(--bad); }
        svg text { fill: currentColor; font-size: 13px; } svg rect { fill: var(--bar); }
        </style></head><body>
        <h1>Kmesh quickstart</h1>
        """);
    html.append("<p class=\"verdict ").append(r.verified() ? "good\">Verified" : "bad\">Not verified")
        .append("</p><p>").append(escape(r.reason())).append("</p><p>Input: <code>")
        .append(escape(r.data())).append("</code></p>\n");
    chart(html, "Seconds", r.steps(), true);
    chart(html, "MiB a second", r.steps(), false);
    html.append("<h2>Figures</h2><table>\n");
    row(html, "Files", r.input().files());
    row(html, "Directories", r.input().dirs());
    row(html, "Symbolic links", r.input().symlinks());
    row(html, "Bytes", r.input().bytes());
    row(html, "Archived", r.hsm().archived());
    row(html, "Released", r.hsm().released());
    row(html, "Restored", r.hsm().restored());
    row(html, "Restores for 50 readers of one file", r.hsm().restoresForConcurrentReaders());
    row(html, "Tiering: planned", r.tiering().planned());
    row(html, "Tiering: moved to a cheaper pool", r.tiering().moved());
    row(html, "Tiering: released", r.tiering().released());
    row(html, "Snapshot: bytes of its files", r.snapshot().logicalBytes());
    row(html, "Snapshot: bytes stored for it", r.snapshot().storedBytes());
    row(html, "Virtual copy: bytes stored when it was new", r.virtualCopy().bytesStored());
    row(html, "Journal commits", r.journalCommits());
    row(html, "fsyncs", r.fsyncs());
    row(html, "Peak memory, MiB", r.peakRssMib());
    html.append("<tr><td>Seconds in all</td><td class=\"n\">")
        .append(String.format(Locale.ROOT, "%.1f", r.seconds()))
        .append("</td></tr></table>\n</body></html>\n");
    return html.toString();
  }

  private static void chart(
      StringBuilder html, String title, List<Result.StepFigures> steps, boolean isTime) {
    double most = 1e-9;
    for (Result.StepFigures step : steps) {
      most = Math.max(most, value(step, isTime));
    }
    html.append("<h2>").append(title).append("</h2>\n<svg role=\"img\" aria-label=\"").append(title)
        .append("\" viewBox=\"0 0 ").append(LEFT + WIDTH + 90).append(' ')
        .append(steps.size() * ROW + 4).append("\">\n");
    int y = 2;
    for (Result.StepFigures step : steps) {
      double value = value(step, isTime);
      int width = (int) Math.round(WIDTH * value / most);
      html.append(
          String.format(
              Locale.ROOT,
              "<text x=\"0\" y=\"%d\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
                  + "<text x=\"%d\" y=\"%d\">%.2f</text>%n",
              y + 19, escape(step.name()), LEFT, y + 4, Math.max(1, width), ROW - 8,
              LEFT + width + 6, y + 19, value));
      y += ROW;
    }
    html.append("</svg>\n");
  }

  private static double value(Result.StepFigures step, boolean isTime) {
    return isTime
        ? step.seconds()
        : step.bytes() / (1024.0 * 1024.0) / Math.max(1e-3, step.seconds());
  }

  private static void row(StringBuilder html, String name, long value) {
    html.append("<tr><td>").append(escape(name)).append("</td><td class=\"n\">")
        .append(String.format(Locale.ROOT, "%,d", value)).append("</td></tr>\n");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }
}
