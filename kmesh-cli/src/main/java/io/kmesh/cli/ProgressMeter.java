// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.repository.SnapshotWork;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

/** Shows how far work is on one line of the terminal; silent elsewhere. */
final class ProgressMeter {
  private static final Duration STEP = Duration.ofMillis(500);
  private static final String WIPE = "\r\u001b[K";

  private final Surroundings surroundings;
  private final Supplier<String> line;
  private final boolean isWanted;
  private volatile boolean isOver;

  /**
   * A meter.
   *
   * @param isWanted whether to show anything
   * @param verb what is done
   * @param totalBytes bytes of all files; 0 while not known
   * @param expectedFiles how many files there were the last time; 0 when that is not known
   */
  ProgressMeter(
      Surroundings surroundings,
      boolean isWanted,
      SnapshotWork work,
      String verb,
      long totalBytes,
      long expectedFiles) {
    this(surroundings, isWanted, lines(surroundings.time(), work, verb, totalBytes, expectedFiles));
  }

  /** A meter that shows what is said when it is asked, twice a second. */
  ProgressMeter(Surroundings surroundings, boolean isWanted, Supplier<String> line) {
    this.surroundings = surroundings;
    this.line = line;
    this.isWanted = isWanted;
  }

  /** What is watched. */
  @FunctionalInterface
  interface Body<T, E extends Exception> {
    T run() throws IOException, E;
  }

  /** Runs the work and shows how far it is, until it ends. */
  <T, E extends Exception> T during(Body<T, E> body) throws IOException, E {
    if (!isWanted) {
      return body.run();
    }
    Thread thread = new Thread(this::run, "kmesh-cli-progress");
    thread.setDaemon(true);
    thread.start();
    try {
      return body.run();
    } finally {
      isOver = true;
      end(thread);
    }
  }

  private void run() {
    try {
      while (!isOver) {
        surroundings.time().sleep(STEP);
        surroundings.err().print(WIPE + line());
        surroundings.err().flush();
      }
    } catch (InterruptedException e) {
      // Over.
    }
    surroundings.err().print(WIPE);
    surroundings.err().flush();
  }

  private static Supplier<String> lines(
      KmeshTime time, SnapshotWork work, String verb, long totalBytes, long expectedFiles) {
    long began = time.nanoTime();
    return () ->
        line(
            work, verb, totalBytes, expectedFiles, Math.max(1e-3, (time.nanoTime() - began) / 1e9));
  }

  /** What is shown now. */
  String line() {
    return line.get();
  }

  /** Such as {@code taking: 1,234 files, 5.00 GiB; read 1.20 GiB, 210 MiB/s}. */
  private static String line(
      SnapshotWork work, String verb, long totalBytes, long expectedFiles, double seconds) {
    long done = work.contentBytes();
    StringBuilder line = new StringBuilder(verb);
    line.append(": ").append(Output.count(work.files()));
    if (expectedFiles > 0) {
      line.append(" of some ").append(Output.count(expectedFiles));
    }
    line.append(" files");
    if (totalBytes > 0) {
      line.append(", ").append(Output.size(done)).append(" of ").append(Output.size(totalBytes));
    } else {
      line.append(", ").append(Output.size(work.bytes()));
      line.append("; read ").append(Output.size(done));
    }
    double rate = done / seconds;
    line.append(", ").append(Output.size((long) rate)).append("/s");
    long left = -1;
    if (totalBytes > done && rate > 1 && seconds > 2) {
      left = (long) ((totalBytes - done) / rate);
    } else if (expectedFiles > work.files() && work.files() > 0 && seconds > 2) {
      left = (long) (seconds * (expectedFiles - work.files()) / work.files());
    }
    if (left >= 0) {
      line.append(", ").append(Duration.ofSeconds(left).toString().substring(2)).append(" left");
    }
    return line.toString();
  }

  private static void end(Thread thread) {
    thread.interrupt();
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
