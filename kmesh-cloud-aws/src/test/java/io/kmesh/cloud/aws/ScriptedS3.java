// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A server on the loopback that answers as a test says, and keeps what it was asked. */
final class ScriptedS3 implements AutoCloseable {
  /** What every answer of an error has. */
  static final String REQUEST_ID = "REQ-42";

  /** A request as it came. */
  record Request(String method, String target, Map<String, String> headers, byte[] body) {
    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(java.util.Locale.ROOT), "");
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /**
   * An answer; a status of 0 ends the connection without one, a cut body ends before its length.
   */
  record Answer(int status, Map<String, String> headers, byte[] body, int cutAt) {
    static Answer of(int status, String body, String... headers) {
      Map<String, String> all = new LinkedHashMap<>();
      all.put("x-amz-request-id", REQUEST_ID);
      for (int i = 0; i < headers.length; i += 2) {
        all.put(headers[i], headers[i + 1]);
      }
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      return new Answer(status, all, bytes, bytes.length);
    }

    static Answer error(int status, String code, String... headers) {
      return of(
          status,
          "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>told</Message></Error>",
          headers);
    }

    static Answer lost() {
      return new Answer(0, Map.of(), new byte[0], 0);
    }

    Answer cut(int at) {
      return new Answer(status, headers, body, at);
    }
  }

  private final HttpServer server;
  private final ExecutorService threads;
  private final List<Request> requests = new ArrayList<>();
  private volatile Function<Request, Answer> script = r -> Answer.of(200, "");

  ScriptedS3() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "scripted-s3");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  ScriptedS3 answers(Function<Request, Answer> answers) {
    script = answers;
    return this;
  }

  ScriptedS3 answers(Answer answer) {
    return answers(r -> answer);
  }

  synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  Request only() {
    List<Request> all = requests();
    if (all.size() != 1) {
      throw new AssertionError("One request was expected, these came: " + all);
    }
    return all.get(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Map<String, String> headers = new LinkedHashMap<>();
      exchange
          .getRequestHeaders()
          .forEach((k, v) -> headers.put(k.toLowerCase(java.util.Locale.ROOT), v.get(0)));
      Request request =
          new Request(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              headers,
              exchange.getRequestBody().readAllBytes());
      synchronized (this) {
        requests.add(request);
      }
      Answer answer = script.apply(request);
      if (answer.status() == 0) {
        return; // closes the connection
      }
      answer.headers().forEach((k, v) -> exchange.getResponseHeaders().set(k, v));
      boolean isHead = request.method().equals("HEAD");
      exchange.sendResponseHeaders(
          answer.status(), isHead || answer.body().length == 0 ? -1 : answer.body().length);
      if (!isHead) {
        exchange.getResponseBody().write(answer.body(), 0, answer.cutAt());
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
