// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.spi.observe.Observer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the modules report while they work. Thread-safe. */
final class Figures implements Observer {
  private final LongAdder commits = new LongAdder();
  private final LongAdder fsyncs = new LongAdder();

  @Override
  public void count(String name, long delta) {
    switch (name) {
      case "state.commits" -> commits.add(delta);
      case "state.fsyncs", "store.fsyncs" -> fsyncs.add(delta);
      default -> {}
    }
  }

  long journalCommits() {
    return commits.sum();
  }

  long fsyncs() {
    return fsyncs.sum();
  }

  /** The most memory that this process has had in use, in MiB; 0 where the system does not say. */
  static long peakRssMib() {
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.UTF_8)) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        }
      }
    } catch (java.io.IOException e) {
      return 0;
    }
    return 0;
  }
}
