// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.store.Cuts;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server of plain sockets, which answers what a test says. */
class HttpConnectionsTest {
  /** What a server does with one connection. */
  private interface Script {
    void run(Socket socket, int number) throws IOException;
  }

  private final ManualTime time = ManualTime.create();
  private final HttpConnections connections = new HttpConnections(4, new Tls(null), time);
  private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger accepted = new AtomicInteger();
  private ServerSocket server;
  private Origin origin;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    origin = new Origin(false, "127.0.0.1", server.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    connections.close();
    server.close();
    for (Socket socket : List.copyOf(sockets)) {
      socket.close();
    }
  }

  private void serve(Script script) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  Socket socket = server.accept();
                  sockets.add(socket);
                  int number = accepted.incrementAndGet();
                  Thread one =
                      new Thread(
                          () -> {
                            try {
                              script.run(socket, number);
                            } catch (IOException e) {
                              // the client ended it
                            }
                          },
                          "test-connection");
                  one.setDaemon(true);
                  one.start();
                }
              } catch (IOException e) {
                // the end
              }
            },
            "test-server");
    thread.setDaemon(true);
    thread.start();
  }

  /** Reads a request's head and its body; null at the end. */
  private static String request(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return null;
      }
      head.append((char) c);
    }
    int at = head.indexOf("Content-Length: ");
    if (at >= 0) {
      int length = Integer.parseInt(head.substring(at + 16, head.indexOf("\r\n", at)));
      in.skipNBytes(length);
    }
    return head.toString();
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String answer(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private CompletableFuture<String> get() {
    return send(new HttpRequest("GET", "/", null));
  }

  private CompletableFuture<String> send(HttpRequest request) {
    return connections.send(
        origin,
        () -> request,
        reply -> reply.status() + " " + new String(reply.bytes(100), StandardCharsets.ISO_8859_1));
  }

  @Test
  void send_usesAConnectionAgain() {
    serve(
        (socket, number) -> {
          while (request(socket) != null) {
            say(socket, answer("c" + number));
          }
        });
    assertThat(get().join()).isEqualTo("200 c1");
    assertThat(get().join()).isEqualTo("200 c1");
    assertThat(send(new HttpRequest("PUT", "/", ByteBuffer.allocate(300_000))).join())
        .isEqualTo("200 c1");
  }

  @Test
  void send_ofManyAtATime_opensNoMoreThanTheMost() {
    serve(
        (socket, number) -> {
          while (request(socket) != null) {
            say(socket, answer("x"));
          }
        });
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(get());
    }
    all.forEach(f -> assertThat(f.join()).isEqualTo("200 x"));
    assertThat(accepted.get()).isLessThanOrEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
        "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
      })
  void send_afterAnAnswerThatCloses_connectsAnew(String answer) {
    serve(
        (socket, number) -> {
          request(socket);
          say(socket, answer);
          socket.close();
        });
    assertThat(get().join()).isEqualTo("200 x");
    assertThat(get().join()).isEqualTo("200 x");
    assertThat(accepted.get()).isEqualTo(2);
  }

  @Test
  void send_readsChunksAndInterimAnswers() {
    serve(
        (socket, number) -> {
          while (request(socket) != null) {
            say(
                socket,
                String.join(
                    "\r\n",
                    "HTTP/1.1 100 Continue",
                    "",
                    "HTTP/1.1 200 OK",
                    "Transfer-Encoding: chunked",
                    "",
                    "3",
                    "abc",
                    "2",
                    "de",
                    "0",
                    "",
                    ""));
          }
        });
    assertThat(get().join()).isEqualTo("200 abcde");
    assertThat(get().join()).isEqualTo("200 abcde");
    assertThat(accepted.get()).isEqualTo(1);
  }

  @Test
  void send_whenTheServerClosedWhatWasIdle_takesAnother() {
    serve(
        (socket, number) -> {
          request(socket);
          say(socket, answer("c" + number));
          socket.close();
        });
    assertThat(get().join()).isEqualTo("200 c1");
    time.advance(Duration.ofSeconds(2));
    assertThat(get().join()).isEqualTo("200 c2");
  }

  @Test
  void send_whenABodyIsRefusedOnTheWay_hasTheAnswer() {
    serve(
        (socket, number) -> {
          socket.getInputStream().readNBytes(10_000);
          say(socket, "HTTP/1.1 503 Slow Down\r\nContent-Length: 4\r\n\r\nslow");
          socket.shutdownOutput();
          // Reads on for a while, as servers do, so that the answer is not lost.
          socket.getInputStream().skipNBytes(1 << 20);
          socket.close();
        });
    String answer;
    try {
      answer = send(new HttpRequest("PUT", "/", ByteBuffer.allocate(64 << 20))).join();
    } catch (RuntimeException e) {
      // The reset may come first; then the request has failed, and has no answer that is wrong.
      assertThat(e).hasCauseInstanceOf(IOException.class);
      return;
    }
    assertThat(answer).isEqualTo("503 slow");
  }

  @Test
  void send_whenNobodyListens_neverSent() throws IOException {
    server.close();
    assertThatThrownBy(() -> get().join()).hasCauseInstanceOf(ConnectException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no HTTP at all\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nxxx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nX",
      })
  void send_whenTheAnswerIsBroken_fails(String answer) {
    serve(
        (socket, number) -> {
          request(socket);
          say(socket, answer);
          socket.close();
        });
    assertThatThrownBy(() -> get().join()).hasCauseInstanceOf(IOException.class);
  }

  @Test
  void send_whenTheHeadHasNoEnd_fails() {
    serve(
        (socket, number) -> {
          request(socket);
          say(socket, "HTTP/1.1 200 OK\r\n");
          for (int i = 0; i < 1_000_000; i++) {
            say(socket, "X-Header-" + i + ": x\r\n");
          }
        });
    assertThatThrownBy(() -> get().join()).hasCauseInstanceOf(IOException.class);
  }

  @Test
  void send_whenTheBodyIsTooLong_fails() {
    serve(
        (socket, number) -> {
          request(socket);
          say(socket, answer("x".repeat(101)));
        });
    assertThatThrownBy(() -> get().join()).hasMessageContaining("more than 100 bytes");
  }

  @Test
  void cancel_endsWhatIsUnderWay() throws InterruptedException, IOException {
    CountDownLatch came = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    serve(
        (socket, number) -> {
          request(socket);
          came.countDown();
          try {
            request(socket);
          } finally {
            gone.countDown();
          }
        });
    CompletableFuture<String> asked = get();
    came.await();
    asked.cancel(true);
    gone.await();
    assertThatThrownBy(asked::join).isInstanceOf(CancellationException.class);
  }

  @Test
  void close_failsWhatIsUnderWayAndWhatWaits() throws InterruptedException {
    CountDownLatch came = new CountDownLatch(4);
    serve(
        (socket, number) -> {
          request(socket);
          came.countDown();
          request(socket);
        });
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(get());
    }
    came.await();
    connections.close();
    all.forEach(f -> assertThatThrownBy(f::join).hasCauseInstanceOf(IOException.class));
    assertThatThrownBy(() -> get().join()).hasMessageContaining("closed");
  }

  @Test
  void send_whenABodyIsNotTaken_failsAfterAWhile() throws InterruptedException {
    CountDownLatch came = new CountDownLatch(1);
    serve((socket, number) -> came.countDown());
    CompletableFuture<String> asked =
        send(new HttpRequest("PUT", "/", ByteBuffer.allocate(64 << 20)));
    came.await();
    while (!asked.isDone()) {
      time.advance(Duration.ofSeconds(30));
      Thread.onSpinWait();
    }
    assertThatThrownBy(asked::join).hasCauseInstanceOf(IOException.class);
  }

  /** Sends from this thread where that can be; says which thread read the answer, with its text. */
  private CompletableFuture<String> here(Cuts cuts) {
    return connections.send(
        origin,
        cuts,
        () -> new HttpRequest("GET", "/", null),
        reply ->
            Thread.currentThread().getName()
                + " "
                + new String(reply.bytes(100), StandardCharsets.ISO_8859_1));
  }

  @Test
  void send_onTheCallersThread_takesAConnectionThatIsOpen() {
    serve(
        (socket, number) -> {
          while (request(socket) != null) {
            say(socket, answer("c" + number));
          }
        });
    String self = Thread.currentThread().getName();
    List<String> heard = new ArrayList<>();
    Cuts cuts =
        cut -> {
          heard.add("begun");
          return () -> heard.add("ended");
        };
    assertThat(here(cuts).join()).startsWith("kmesh-s3-").endsWith(" c1");
    assertThat(heard).isEmpty();
    CompletableFuture<String> second = here(cuts);
    assertThat(second).isCompletedWithValue(self + " c1");
    assertThat(heard).containsExactly("begun", "ended");
    time.advance(Duration.ofSeconds(2)); // it may be closed by now: that is for a thread of ours
    assertThat(here(cuts).join()).startsWith("kmesh-s3-").endsWith(" c1");
    assertThat(here(cuts)).isCompletedWithValue(self + " c1");
  }

  @Test
  void send_onTheCallersThread_leavesTheConnectionWhenNoRequestIsMade() {
    serve(
        (socket, number) -> {
          while (request(socket) != null) {
            say(socket, answer("c" + number));
          }
        });
    assertThat(get().join()).isEqualTo("200 c1");
    CompletableFuture<String> failed =
        connections.send(
            origin,
            Cuts.NONE,
            () -> {
              throw new IOException("no keys");
            },
            reply -> "");
    assertThatThrownBy(failed::join).hasMessageContaining("no keys");
    assertThat(here(Cuts.NONE).join()).isEqualTo(Thread.currentThread().getName() + " c1");
  }

  @Test
  void cut_endsWhatACallerSent() {
    AtomicInteger requests = new AtomicInteger();
    CompletableFuture<Runnable> end = new CompletableFuture<>();
    serve(
        (socket, number) -> {
          while (request(socket) != null) {
            if (requests.incrementAndGet() == 2) {
              end.join().run(); // from another thread, while the answer is waited for
            } else {
              say(socket, answer("c" + number));
            }
          }
        });
    assertThat(get().join()).isEqualTo("200 c1");
    CompletableFuture<String> cut =
        here(
            c -> {
              end.complete(c);
              return () -> {};
            });
    assertThatThrownBy(cut::join).hasCauseInstanceOf(IOException.class);
    end.join().run(); // too late for anything
    assertThat(get().join()).isEqualTo("200 c2");
    end.join().run();
    assertThat(here(Cuts.NONE).join()).isEqualTo(Thread.currentThread().getName() + " c2");
  }

  @Test
  void send_onManyCallersThreads_opensNoMoreThanTheMost() throws InterruptedException {
    serve(
        (socket, number) -> {
          while (request(socket) != null) {
            say(socket, answer("x"));
          }
        });
    List<Thread> callers = new ArrayList<>();
    AtomicInteger answered = new AtomicInteger();
    for (int i = 0; i < 12; i++) {
      Thread caller =
          new Thread(
              () -> {
                for (int k = 0; k < 20; k++) {
                  if (here(Cuts.NONE).join().endsWith(" x") && get().join().equals("200 x")) {
                    answered.incrementAndGet();
                  }
                }
              },
              "test-caller-" + i);
      caller.start();
      callers.add(caller);
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(answered).hasValue(240);
    assertThat(accepted.get()).isLessThanOrEqualTo(4);
  }

  @Test
  void close_failsWhatACallerSent() {
    AtomicInteger requests = new AtomicInteger();
    serve(
        (socket, number) -> {
          while (request(socket) != null) {
            if (requests.incrementAndGet() == 1) {
              say(socket, answer("x"));
            } else {
              connections.close();
            }
          }
        });
    assertThat(get().join()).isEqualTo("200 x");
    assertThatThrownBy(() -> here(Cuts.NONE).join()).hasCauseInstanceOf(IOException.class);
    assertThatThrownBy(() -> here(Cuts.NONE).join()).hasMessageContaining("closed");
  }

  private HttpConnections named(HostNames names) {
    return new HttpConnections(1, new Tls(null), time, names);
  }

  private Origin host() {
    return new Origin(false, "store.example", origin.port());
  }

  @Test
  void hostWithSeveralAddresses_isReachedByTheFirstThatAnswers() throws Exception {
    serve(
        (socket, number) -> {
          request(socket);
          say(socket, "HTTP/1.1 204 No Content\r\n\r\n");
        });
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    HostNames names =
        host -> {
          asked.add(host);
          return List.of(
              InetAddress.getByAddress(new byte[] {127, 0, 0, 2}),
              InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
              InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        };
    try (HttpConnections several = named(names)) {
      int status =
          several.send(host(), () -> new HttpRequest("GET", "/", null), HttpReply::status).get();
      assertThat(status).isEqualTo(204);
    }
    assertThat(asked).containsExactly("store.example");
  }

  @Test
  void hostWhoseAddressesAllRefuse_isNamedWithAllOfThem() throws Exception {
    server.close();
    HostNames names =
        host ->
            List.of(
                InetAddress.getByAddress(new byte[] {127, 0, 0, 2}),
                InetAddress.getByAddress(new byte[] {127, 0, 0, 3}));
    try (HttpConnections several = named(names)) {
      CompletableFuture<Integer> sent =
          several.send(host(), () -> new HttpRequest("GET", "/", null), HttpReply::status);
      assertThatThrownBy(sent::get)
          .cause()
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("cannot connect to http://store.example:" + origin.port())
          .hasMessageContaining("127.0.0.2: Connection refused; 127.0.0.3: Connection refused");
    }
  }

  @Test
  void hostThatIsNotKnown_isNamed() throws Exception {
    HostNames names =
        host -> {
          throw new java.net.UnknownHostException(host);
        };
    try (HttpConnections several = named(names)) {
      CompletableFuture<Integer> sent =
          several.send(host(), () -> new HttpRequest("GET", "/", null), HttpReply::status);
      assertThatThrownBy(sent::get)
          .cause()
          .isInstanceOf(java.net.UnknownHostException.class)
          .hasMessage("the host store.example is not known");
    }
  }
}
