// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.bench.s3.LoopbackS3;
import io.kmesh.cli.Main;
import io.kmesh.testkit.time.RunningTime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A push, and a pull, of one large file in a process that is killed with SIGKILL in the middle of
 * it: the bytes that go to and from an S3 server are counted between the two. Both runs together
 * move the file once, and what was under way at the kill.
 */
@Tag("crash")
@EnabledOnOs(OS.LINUX)
class MirrorKillS3Test {
  private static final int SIZE = 96 << 20;

  /** Of an upload, the least that S3 takes. */
  private static final int PART = 5 << 20;

  private static final int THREADS = 3;

  /** Parts under way at the kill, and what sockets hold. */
  private static final long LOST = (THREADS + 1L) * PART + (12 << 20);

  @TempDir private Path folder;
  private Process server;
  private Relay relay;
  private Path tree;

  /** Passes bytes on to a server, and counts them. */
  private static final class Relay implements AutoCloseable {
    private final ServerSocket here;
    private final AtomicLong up = new AtomicLong();
    private final AtomicLong down = new AtomicLong();

    Relay(int port) throws IOException {
      here = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
      daemon(
          () -> {
            while (true) {
              Socket client = here.accept();
              Socket target = new Socket(InetAddress.getLoopbackAddress(), port);
              daemon(() -> pass(client, target, up));
              daemon(() -> pass(target, client, down));
            }
          });
    }

    private interface Passing {
      void run() throws IOException;
    }

    private static void daemon(Passing passing) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  passing.run();
                } catch (IOException e) {
                  return; // one end has gone
                }
              });
      thread.setDaemon(true);
      thread.start();
    }

    private static void pass(Socket from, Socket to, AtomicLong count) throws IOException {
      try (from;
          to) {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[64 << 10];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          count.addAndGet(n);
          out.write(buffer, 0, n);
        }
      }
    }

    @Override
    public void close() throws IOException {
      here.close();
    }
  }

  private static List<String> java(Class<?> main) {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
  }

  @BeforeEach
  void serve() throws IOException {
    List<String> line = java(LoopbackS3.class);
    line.add(folder.resolve("bucket").toString());
    server = new ProcessBuilder(line).redirectError(folder.resolve("server").toFile()).start();
    BufferedReader said = server.inputReader(StandardCharsets.UTF_8);
    relay = new Relay(URI.create(said.readLine()).getPort());
    tree = Files.createDirectory(folder.resolve("tree"));
    byte[] bytes = new byte[SIZE];
    new Random(11).nextBytes(bytes);
    Files.write(tree.resolve("file"), bytes);
  }

  @AfterEach
  void stop() throws IOException {
    server.destroyForcibly();
    relay.close();
  }

  private String url() {
    return "s3://bucket/p?credentials=anonymous&region=r&endpoint=http://127.0.0.1:"
        + relay.here.getLocalPort()
        + "/";
  }

  private Process start(String... command) throws IOException {
    List<String> line = java(Main.class);
    line.addAll(Arrays.asList(command));
    line.addAll(List.of("--quiet", "--part-size", "5MiB", "--threads", "" + THREADS));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    builder.environment().put("KMESH_STATE", folder.resolve("state").toString());
    return builder.start();
  }

  private void run(String... command) throws Exception {
    assertThat(start(command).waitFor()).as(Files.readString(folder.resolve("log"))).isZero();
  }

  /** Kills a command when so many bytes have passed. */
  private void kill(AtomicLong count, long bytes, String... command) throws Exception {
    Process process = start(command);
    try {
      while (count.get() < bytes) {
        assertThat(process.isAlive()).as(Files.readString(folder.resolve("log"))).isTrue();
        RunningTime.instance().sleep(Duration.ofMillis(2));
      }
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).isEqualTo(137);
  }

  @Test
  void push_thatIsKilledInOneLargeFile_sendsTheRestOfIt() throws Exception {
    kill(relay.up, SIZE / 2, "mirror", "push", tree.toString(), url());
    long first = relay.up.get();

    run("mirror", "push", tree.toString(), url());

    long both = relay.up.get();
    assertThat(both - first).isLessThan(SIZE - (SIZE / 2) + LOST);
    assertThat(both).isBetween((long) SIZE, SIZE + LOST);
    run("mirror", "verify", "--deep", tree.toString(), url());
  }

  @Test
  void pull_thatIsKilledInOneLargeFile_bringsTheRestOfIt() throws Exception {
    run("mirror", "push", tree.toString(), url());
    String copy = folder.resolve("copy").toString();
    long before = relay.down.get();
    kill(relay.down, before + (SIZE / 2), "mirror", "pull", url(), copy);
    long first = relay.down.get();

    run("mirror", "pull", url(), copy);

    assertThat(relay.down.get() - first).isLessThan(SIZE - (SIZE / 2) + LOST);
    assertThat(relay.down.get() - before).isBetween((long) SIZE, SIZE + LOST);
    assertThat(folder.resolve("copy/file")).hasSameBinaryContentAs(tree.resolve("file"));
  }
}
