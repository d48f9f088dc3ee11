// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.TreeCopy;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;

/** How far the mirroring of a tree is, in words. Thread-safe. */
final class MirrorMeter {
  /** The rate is that of about the last so many seconds. */
  private static final double SPAN = 10;

  private final KmeshTime time;
  private final String verb;
  private TreeCopy.Progress now = new TreeCopy.Progress(0, 0, -1, -1); // guarded by this
  private long seenAt; // guarded by this
  private TreeCopy.Progress seen = now; // guarded by this
  private double byteRate; // guarded by this
  private double entryRate; // guarded by this
  private boolean hasRate; // guarded by this

  /** A meter of something such as {@code pushing}. */
  MirrorMeter(KmeshTime time, String verb) {
    this.time = time;
    this.verb = verb;
    this.seenAt = time.nanoTime();
  }

  synchronized void at(TreeCopy.Progress progress) {
    // Threads tell in any order.
    if (progress.entries() >= now.entries() && progress.bytes() >= now.bytes()) {
      now = progress;
    }
  }

  /** Such as {@code pushing: 1,234 of 2,000 entries, 1.20 GiB of 5.00 GiB, 210 MiB/s, 19S left}. */
  synchronized String line() {
    measure();
    StringBuilder line = new StringBuilder(verb).append(": ").append(Output.count(now.entries()));
    if (now.totalEntries() >= 0) {
      line.append(" of ").append(Output.count(now.totalEntries()));
    }
    line.append(" entries, ").append(Output.size(now.bytes()));
    if (now.totalBytes() >= 0) {
      line.append(" of ").append(Output.size(now.totalBytes()));
    }
    line.append(", ").append(Output.size((long) byteRate)).append("/s");
    long left = secondsLeft();
    if (left >= 0) {
      line.append(", ").append(Duration.ofSeconds(left).toString().substring(2)).append(" left");
    }
    return line.toString();
  }

  private void measure() {
    long at = time.nanoTime();
    double seconds = (at - seenAt) / 1e9;
    if (seconds < 0.1) {
      return;
    }
    double bytes = (now.bytes() - seen.bytes()) / seconds;
    double entries = (now.entries() - seen.entries()) / seconds;
    double weight = hasRate ? Math.min(1, seconds / SPAN) : 1;
    byteRate += (bytes - byteRate) * weight;
    entryRate += (entries - entryRate) * weight;
    hasRate = true;
    seen = now;
    seenAt = at;
  }

  /** By what takes longer of the bytes and the entries; -1 when that can't be told. */
  private long secondsLeft() {
    if (now.totalEntries() < 0 || now.entries() == 0) {
      return -1;
    }
    long bytes = Math.max(0, now.totalBytes() - now.bytes());
    long entries = Math.max(0, now.totalEntries() - now.entries());
    if ((bytes > 0 && byteRate < 1) || (bytes == 0 && entries > 0 && entryRate < 0.01)) {
      return -1;
    }
    double byBytes = bytes == 0 ? 0 : bytes / byteRate;
    double byEntries = entryRate < 0.01 ? 0 : entries / entryRate;
    return (long) Math.ceil(Math.max(byBytes, byEntries));
  }
}
