// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.state.SqliteState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Another process that has a state open. Its first argument is the state, its second what to do:
 *
 * <ul>
 *   <li>{@code hold}: say {@code open} and keep it open until standard input ends
 *   <li>{@code commit} n: commit n batches, say how many syncs it counted, and halt without closing
 *   <li>{@code write}: write batches from four threads and say each that was acknowledged, for ever
 * </ul>
 */
final class StateChild {
  static final int BATCH = 5;
  private static final int THREADS = 4;

  private StateChild() {}

  static ProcessBuilder command(List<String> before, String... arguments) {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx128m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(StateChild.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  static RecordKey key(int thread, int batch, int part) {
    return new RecordKey("test", String.format("%d/%08d/%d", thread, batch, part));
  }

  static List<StateChange> batch(int thread, int batch) {
    List<StateChange> changes = new ArrayList<>();
    for (int part = 0; part < BATCH; part++) {
      byte[] payload =
          ("payload of " + key(thread, batch, part).id()).getBytes(StandardCharsets.UTF_8);
      changes.add(
          new StateChange.Put(key(thread, batch, part), "", 0, payload, StateChange.ABSENT));
    }
    return changes;
  }

  public static void main(String[] arguments) throws IOException {
    SqliteState state = SqliteState.at(Path.of(arguments[0]));
    switch (arguments[1]) {
      case "hold" -> {
        say("open");
        while (System.in.read() >= 0) {}
        state.close();
      }
      case "commit" -> {
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
          state.apply(batch(0, i));
        }
        say("fsyncs " + state.fsyncs() + " commits " + state.commits());
        Runtime.getRuntime().halt(0);
      }
      case "write" -> {
        say("open");
        for (int t = 0; t < THREADS; t++) {
          int thread = t;
          new Thread(() -> writeForever(state, thread)).start();
        }
      }
      default -> throw new IllegalArgumentException(arguments[1]);
    }
  }

  private static void writeForever(SqliteState state, int thread) {
    try {
      for (int i = 0; ; i++) {
        state.apply(batch(thread, i));
        say("ack " + thread + " " + i);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
