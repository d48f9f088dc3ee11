// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.PrintStream;
import java.util.Locale;

/** Shows progress: a bar that is drawn over itself on a terminal, a line now and then in a pipe. */
final class Screen {
  /** The width of a terminal that does not say its own. */
  static final int COLUMNS = 80;

  private static final int WIDEST_BAR = 28;
  private static final int NARROWEST_BAR = 5;

  /** What stands around the bar when its numbers are long. */
  private static final int REST_OF_LINE = 70;

  private static final long REDRAW = 100_000_000L;
  private static final long LINE = 5_000_000_000L;

  private final PrintStream out;
  private final boolean isTerminal;
  private final int columns;
  private final int barWidth;
  private String title = "";
  private long started;
  private long shown;
  private boolean isDrawn;

  Screen(PrintStream out, boolean isTerminal, int columns) {
    this.out = out;
    this.isTerminal = isTerminal;
    // The last column stays free: some terminals go to the next line when it is filled.
    this.columns = Math.max(20, columns - 1);
    this.barWidth = Math.max(NARROWEST_BAR, Math.min(WIDEST_BAR, this.columns - REST_OF_LINE));
  }

  synchronized void begin(String step) {
    title = step;
    started = System.nanoTime();
    shown = started;
    if (!isTerminal) {
      out.println(step + " ...");
    }
  }

  synchronized void progress(long items, long itemsTotal, long bytes, long bytesTotal) {
    long now = System.nanoTime();
    if (now - shown < (isTerminal ? REDRAW : LINE)) {
      return;
    }
    shown = now;
    double seconds = Math.max(1e-3, (now - started) / 1e9);
    double share =
        bytesTotal > 0
            ? bytes / (double) bytesTotal
            : itemsTotal > 0 ? items / (double) itemsTotal : 0;
    share = Math.min(1, Math.max(0, share));
    String eta = share > 0.01 ? duration(seconds / share - seconds) : "--:--";
    String text =
        String.format(
            Locale.ROOT,
            " %3.0f %%  %,d files  %s/s  %,.0f files/s  ETA %s",
            share * 100, Math.max(0, items), size((long) (bytes / seconds)),
            Math.max(0, items) / seconds, eta);
    String name = String.format(Locale.ROOT, "%-9s ", title);
    if (isTerminal) {
      text = name + bar(share, barWidth) + text;
      text = text.substring(0, Math.min(columns, text.length()));
    } else {
      text = name + text.strip();
    }
    if (isTerminal) {
      out.print("\r" + text + "\033[K");
      out.flush();
      isDrawn = true;
    } else {
      out.println(text);
    }
  }

  synchronized void end(String words) {
    double seconds = (System.nanoTime() - started) / 1e9;
    String text = String.format(Locale.ROOT, "%-9s done in %.1f s. %s", title, seconds, words);
    out.println((isDrawn ? "\r" : "") + text + (isTerminal ? "\033[K" : ""));
    isDrawn = false;
  }

  synchronized void say(String line) {
    if (isDrawn) {
      out.print("\r\033[K");
      isDrawn = false;
    }
    out.println(line);
  }

  private static String bar(double share, int width) {
    int full = (int) Math.round(share * width);
    return "[" + "#".repeat(full) + "-".repeat(width - full) + "]";
  }

  private static String duration(double seconds) {
    long s = Math.round(seconds);
    return s >= 3600
        ? String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60)
        : String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60);
  }

  static String size(long bytes) {
    return io.kmesh.unit.DataSize.ofBytes(Math.max(0, bytes)).toString();
  }
}
