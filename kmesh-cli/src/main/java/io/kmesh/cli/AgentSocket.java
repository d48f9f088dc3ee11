// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.spi.ErrorKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How commands ask a running agent: a Unix socket that its user alone may open; one line of JSON
 * for a request, one for its answer: {@code {"ok":..}} or {@code {"error":..,"kind":..}}.
 * Thread-safe.
 */
final class AgentSocket implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST = 1 << 20;

  private final Path path;
  private final ServerSocketChannel server;
  private final HomeRequests requests;

  private AgentSocket(Path path, ServerSocketChannel server, HomeRequests requests) {
    this.path = path;
    this.server = server;
    this.requests = requests;
  }

  /**
   * Makes the socket; who asks waits for {@link #serveUntil}.
   *
   * @throws IOException when the socket can't be made
   */
  static AgentSocket listen(Path path, HomeRequests requests) throws IOException {
    Files.deleteIfExists(path); // the state's lock proves that no other agent lives
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    return new AgentSocket(path, server, requests);
  }

  /** Answers until the process is told to end. */
  void serveUntil(Interruption interruption) {
    start("kmesh-agent-socket", this::accept);
    interruption.await();
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel asking = server.accept();
        start("kmesh-agent-request", () -> serve(asking));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(SocketChannel asking) {
    try (asking) {
      write(asking, answer(readLine(asking)));
    } catch (IOException e) {
      // Who asked went away.
    }
  }

  private ObjectNode answer(String line) {
    try {
      ObjectNode answer = Output.object();
      answer.set("ok", requests.handle(JSON.readTree(line)));
      return answer;
    } catch (KmeshException e) {
      return error(
          e.getMessage(), e instanceof KmeshTimeoutException ? "TIMEOUT" : e.kind().name());
    } catch (JsonProcessingException | RuntimeException e) {
      return error(e.getMessage(), ErrorKind.INVALID.name());
    }
  }

  private static ObjectNode error(@Nullable String message, String kind) {
    return Output.object().put("error", String.valueOf(message)).put("kind", kind);
  }

  /**
   * Asks the agent of a home.
   *
   * @return its answer; empty when no agent runs
   * @throws CommandFailure when it says that it can't be done
   */
  static Optional<ObjectNode> ask(Path path, ObjectNode request)
      throws IOException, CommandFailure {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      write(channel, request);
      return Optional.of(HomeFailure.unwrap((ObjectNode) JSON.readTree(readLine(channel))));
    } catch (ConnectException | NoSuchFileException e) {
      return Optional.empty();
    } catch (java.net.SocketException e) {
      if (Files.exists(path)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static String readLine(SocketChannel channel) throws IOException {
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0 || line.length() >= LONGEST) {
        throw new IOException("The other side of " + channel + " said nothing that can be read.");
      }
      line.append((char) c);
    }
    return line.toString();
  }

  private static void write(SocketChannel channel, JsonNode json) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(json + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(path);
  }
}
