// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mirror's command, in a process of its own, of which the server answers nothing. */
@Tag("crash")
@EnabledOnOs(OS.LINUX)
class MirrorSilentServerTest {
  @TempDir private Path folder;

  /** Takes requests and answers none. */
  private static final class SilentServer implements AutoCloseable {
    private final ServerSocket server;
    private final AtomicInteger requests = new AtomicInteger();

    SilentServer() throws IOException {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      daemon(
          () -> {
            while (true) {
              Socket socket = server.accept();
              daemon(() -> read(socket));
            }
          });
    }

    private interface Serving {
      void run() throws IOException;
    }

    private static void daemon(Serving serving) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  serving.run();
                } catch (IOException e) {
                  return; // it is closed, or the client has gone
                }
              });
      thread.setDaemon(true);
      thread.start();
    }

    private void read(Socket socket) throws IOException {
      try (socket) {
        byte[] buffer = new byte[8192];
        while (socket.getInputStream().read(buffer) > 0) {
          requests.incrementAndGet();
        }
      }
    }

    String endpoint() {
      return "http://127.0.0.1:" + server.getLocalPort() + "/";
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  /** It asks nothing more after the signal, as it would after its time-outs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "push s3://bucket/p?credentials=anonymous&region=r&endpoint=",
        "push az://bucket/p?endpoint=",
        "push gs://bucket/p?credentials=none&endpoint=",
        "pull s3://bucket/p?credentials=anonymous&region=r&endpoint=",
        "verify s3://bucket/p?credentials=anonymous&region=r&endpoint=",
        "translate s3://bucket/p?credentials=anonymous&region=r&endpoint="
      })
  void serverThatNeverAnswers_isNotWaitedForAfterASignal(String command) throws Exception {
    CommandLineTester kmesh = new CommandLineTester(folder);
    kmesh.environment.put("AZURE_STORAGE_ACCOUNT", "account");
    kmesh.environment.put("AZURE_STORAGE_KEY", "bm8gc2VjcmV0");
    String tree = kmesh.file("tree/file", "content").getParent().toString();
    String copy = folder.resolve("copy").toString();
    Path log = folder.resolve("log");
    String[] words = command.split(" ", 2);
    try (SilentServer server = new SilentServer()) {
      String url = words[1] + server.endpoint();
      Process process =
          CommandProcess.start(
              kmesh,
              log,
              switch (words[0]) {
                case "pull" -> List.of("mirror", "pull", url, copy);
                case "translate" -> List.of("mirror", "translate", url, copy, "--to", "fsx");
                default -> List.of("mirror", words[0], tree, url);
              });
      try {
        while (server.requests.get() == 0) {
          assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
          RunningTime.instance().sleep(Duration.ofMillis(5));
        }
        process.toHandle().destroy();
        assertThat(process.waitFor()).isEqualTo(143);
      } finally {
        process.toHandle().destroyForcibly();
      }
      assertThat(Files.readString(log)).contains("it was interrupted");
      assertThat(server.requests.get()).isEqualTo(1);
    }
  }
}
