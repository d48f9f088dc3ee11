// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes, and several stores of one process, share a directory. */
class DirectoryStoreProcessesTest {
  private static final int KEYS = 40;

  @TempDir Path directory;

  /** Run in a process of its own: creates all keys that are free and prints how many it won. */
  static final class Racer {
    private Racer() {}

    public static void main(String[] args) throws IOException {
      try (DirectoryStore store = DirectoryStore.at(Path.of(args[0]))) {
        System.out.println("ready");
        if (System.in.read() < 0) {
          return;
        }
        System.out.println("won " + createAll(store.blocking(), args[1]));
      }
    }
  }

  private static int createAll(BlockingObjectStore calls, String name) throws IOException {
    int won = 0;
    for (int i = 0; i < KEYS; i++) {
      try {
        calls.put(
            "race/" + i,
            ByteBuffer.wrap(name.getBytes(StandardCharsets.UTF_8)),
            PutOptions.NONE.withCondition(Condition.absent()));
        won++;
      } catch (ProviderException e) {
        assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION);
      }
    }
    return won;
  }

  @Test
  void put_whenProcessesCreateTheSameKeys_oneWinsEach() throws Exception {
    Path root = directory.resolve("store");
    List<Process> processes = new ArrayList<>();
    for (String name : List.of("one", "two", "three")) {
      processes.add(start(root, name));
    }
    List<java.io.BufferedReader> outputs = new ArrayList<>();
    for (Process process : processes) {
      java.io.BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      assertThat(output.readLine()).isEqualTo("ready");
      outputs.add(output);
    }
    for (Process process : processes) {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    }
    int won = 0;
    for (java.io.BufferedReader output : outputs) {
      won += Integer.parseInt(output.readLine().substring("won ".length()));
    }
    for (Process process : processes) {
      assertThat(process.waitFor()).isZero();
    }
    assertThat(won).isEqualTo(KEYS);
    try (DirectoryStore store = DirectoryStore.at(root)) {
      assertThat(store.blocking().list(ListRequest.prefix("race/")).objects()).hasSize(KEYS);
    }
  }

  @Test
  void open_whenProcessWasKilled_collectsItsFilesAndKeepsThoseOfTheLiving() throws Exception {
    Path root = directory.resolve("store");
    Process killed = start(root, "killed");
    assertThat(killed.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("ready");
    Path staging = root.resolve("staging");
    Path session;
    try (Stream<Path> sessions = Files.list(staging)) {
      session = sessions.findFirst().orElseThrow();
    }
    Files.writeString(session.resolve("17"), "half an object");
    Files.createDirectories(session.resolve("18"));
    Files.writeString(session.resolve("18/log"), "half an upload");
    try (DirectoryStore living = DirectoryStore.at(root)) {
      assertThat(session).as("the session of a living process").exists();
      killed.destroyForcibly().waitFor();
      try (DirectoryStore next = DirectoryStore.at(root)) {
        assertThat(session).as("the session of a dead process").doesNotExist();
        try (Stream<Path> sessions = Files.list(staging)) {
          assertThat(sessions).as("the living ones").hasSize(2);
        }
        next.blocking().put("a", ByteBuffer.allocate(1), PutOptions.NONE);
      }
      // One store's close must not take the other's locks away.
      living.blocking().put("b", ByteBuffer.allocate(1), PutOptions.NONE);
      DirectoryStore.at(root).close();
      living.blocking().put("c", ByteBuffer.allocate(1), PutOptions.NONE);
    }
    try (Stream<Path> sessions = Files.list(staging)) {
      assertThat(sessions).isEmpty();
    }
  }

  @Test
  void put_whenTwoStoresOfOneProcessCreateTheSameKeys_oneWinsEach() throws Exception {
    Path root = directory.resolve("store");
    try (DirectoryStore one = DirectoryStore.at(root);
        DirectoryStore two = DirectoryStore.at(root)) {
      int[] won = new int[2];
      Thread thread = new Thread(() -> won[0] = create(one, "one"));
      thread.start();
      won[1] = create(two, "two");
      thread.join();
      assertThat(won[0] + won[1]).isEqualTo(KEYS);
    }
  }

  private static int create(DirectoryStore store, String name) {
    try {
      return createAll(store.blocking(), name);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void put_whenManyAtOnce_shareCommitsAndOneSyncOfEachFile() throws IOException {
    Map<String, Long> seen = new ConcurrentHashMap<>();
    Observer observer =
        new Observer() {
          @Override
          public void count(String name, long delta) {
            seen.merge(name, delta, Long::sum);
          }
        };
    try (DirectoryStore store =
        DirectoryStore.builder(directory.resolve("store")).observer(observer).open()) {
      DirectoryStore.Counts before = store.counts();
      List<CompletableFuture<ObjectInfo>> puts =
          IntStream.range(0, 500)
              .mapToObj(i -> store.put("d/" + i, ByteBuffer.allocate(100), PutOptions.NONE))
              .map(s -> s.toCompletableFuture())
              .toList();
      puts.forEach(CompletableFuture::join);
      DirectoryStore.Counts after = store.counts();
      assertThat(after.puts() - before.puts()).isEqualTo(500);
      assertThat(after.commits() - before.commits()).isBetween(1L, 500L);
      // One sync of each file, one of the directory in each commit, one of its parent once.
      assertThat(after.fsyncs() - before.fsyncs())
          .isEqualTo(500 + (after.commits() - before.commits()) + 1);
      assertThat(seen)
          .containsEntry("store.puts", after.puts())
          .containsEntry("store.commits", after.commits())
          .containsEntry("store.fsyncs", after.fsyncs());
    }
  }

  private static Process start(Path root, String name) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Racer.class.getName(),
            root.toString(),
            name)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
