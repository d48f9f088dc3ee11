// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.proxy;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP forward proxy on 127.0.0.1: tunnels ({@code CONNECT}) and requests for absolute URLs (RFC
 * 9110, 9.3.6, and RFC 9112, 3.2.2). All hosts lead to one server of the test, so that a name that
 * nobody knows is reached by this way alone. Thread-safe.
 */
public final class ForwardProxy implements Closeable {
  private static final int MOST_HEAD = 64 << 10;
  private static final AtomicLong THREADS = new AtomicLong();

  private final ServerSocket here;
  private final int target;
  private final @Nullable String expected;
  private final List<String> requests = new ArrayList<>(); // guarded by itself
  private final List<Socket> open = new ArrayList<>(); // guarded by itself

  private ForwardProxy(int target, @Nullable String expected) throws IOException {
    this.target = target;
    this.expected = expected;
    here = new ServerSocket(0, 100, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    start(this::accept);
  }

  /**
   * Starts a proxy for everybody.
   *
   * @param port of 127.0.0.1, where all hosts lead
   */
  public static ForwardProxy to(int port) throws IOException {
    return new ForwardProxy(port, null);
  }

  /**
   * Starts a proxy that answers 407 to all who do not name this user by basic authentication.
   *
   * @param port of 127.0.0.1, where all hosts lead
   */
  public static ForwardProxy to(int port, String user, String password) throws IOException {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return new ForwardProxy(port, "Basic " + Base64.getEncoder().encodeToString(pair));
  }

  /** Where it listens on 127.0.0.1. */
  public int port() {
    return here.getLocalPort();
  }

  /**
   * What was asked, in order: method and target of each request, such as {@code CONNECT host:80},
   * and behind them {@code 407} where it was refused.
   */
  public List<String> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                return; // one end has gone
              }
            },
            "kmesh-forward-proxy-" + THREADS.incrementAndGet());
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = kept(here.accept());
      start(() -> serve(client));
    }
  }

  private Socket kept(Socket socket) throws IOException {
    synchronized (open) {
      if (here.isClosed()) {
        socket.close();
      }
      open.add(socket);
    }
    return socket;
  }

  private void serve(Socket client) throws IOException {
    try (client) {
      String head = head(client.getInputStream());
      String[] lines = head.split("\r\n", -1);
      String[] first = lines[0].split(" ", 3);
      if (first.length < 3) {
        return;
      }
      String asked = first[0] + " " + first[1];
      if (expected != null && !expected.equals(header(lines, "proxy-authorization"))) {
        note(asked + " 407");
        say(
            client,
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic"
                + " realm=\"test\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
      }
      note(asked);
      try (Socket server =
          kept(new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), target))) {
        boolean isTunnel = first[0].equals("CONNECT");
        if (isTunnel) {
          say(client, "HTTP/1.1 200 Connection established\r\n\r\n");
        } else {
          say(server, forwarded(first, lines));
        }
        start(() -> pass(client, server));
        if (!isTunnel) {
          // The client must not send another request on what ends now.
          String answer = head(server.getInputStream());
          say(client, answer.substring(0, answer.length() - 2) + "Connection: close\r\n\r\n");
        }
        pass(server, client);
      }
    }
  }

  private void note(String request) {
    synchronized (requests) {
      requests.add(request);
    }
  }

  /** The head for the server: one request for each connection. */
  private static String forwarded(String[] first, String[] lines) {
    URI url = URI.create(first[1]);
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    StringBuilder head = new StringBuilder();
    head.append(first[0]).append(' ').append(path).append(query).append(" HTTP/1.1\r\n");
    for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
      String lower = lines[i].toLowerCase(Locale.ROOT);
      if (!lower.startsWith("proxy-") && !lower.startsWith("connection:")) {
        head.append(lines[i]).append("\r\n");
      }
    }
    return head.append("Connection: close\r\n\r\n").toString();
  }

  private static @Nullable String header(String[] lines, String name) {
    for (String line : lines) {
      if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
        return line.substring(name.length() + 1).trim();
      }
    }
    return null;
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int ended = 0;
    while (ended < 4) {
      int c = in.read();
      if (c < 0 || head.size() > MOST_HEAD) {
        throw new IOException("no head of a request");
      }
      head.write(c);
      ended = c == (ended % 2 == 0 ? '\r' : '\n') ? ended + 1 : c == '\r' ? 1 : 0;
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void pass(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16 << 10];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
    }
  }

  /** Ends it and all connections. */
  @Override
  public void close() throws IOException {
    here.close();
    synchronized (open) {
      for (Socket socket : open) {
        socket.close();
      }
      open.clear();
    }
  }
}
