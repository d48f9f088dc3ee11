// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** An HTTP server that answers what a test says, and keeps what was asked. */
final class ScriptedAzure implements AutoCloseable {
  static final String REQUEST_ID = "0f1e2d3c-0000-4444-8888-request";

  /** What is answered to a request. */
  interface Script {
    void answer(HttpExchange exchange) throws IOException;
  }

  /** A request that came. */
  record Asked(String method, String path, String query, Map<String, List<String>> headers) {}

  private final HttpServer server;
  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  ScriptedAzure(Script script) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              new Asked(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI().getRawPath(),
                  String.valueOf(exchange.getRequestURI().getRawQuery()),
                  Map.copyOf(exchange.getRequestHeaders())));
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().set("x-ms-request-id", REQUEST_ID);
          script.answer(exchange);
          exchange.close();
        });
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "scripted-azure");
              thread.setDaemon(true);
              return thread;
            }));
    server.start();
  }

  /** Answers every request with an error of Azure. */
  static ScriptedAzure failing(int status, String code, String message) {
    return new ScriptedAzure(exchange -> error(exchange, status, code, message));
  }

  static void error(HttpExchange exchange, int status, String code, String message)
      throws IOException {
    byte[] body =
        ("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>"
                + code
                + "</Code><Message>"
                + message
                + "\nRequestId:"
                + REQUEST_ID
                + "</Message></Error>")
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("x-ms-error-code", code);
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, isHead ? -1 : body.length);
    if (!isHead) {
      exchange.getResponseBody().write(body);
    }
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  List<Asked> asked() {
    return asked;
  }

  BlobStore store(BlobCredentials credentials) throws ProviderException {
    return BlobStore.builder("box")
        .endpoint(URI.create(uri() + "/acct"))
        .credentials(credentials)
        .build();
  }

  BlobStore store() throws ProviderException {
    return store(BlobCredentials.sharedKey("acct", "c2VjcmV0LWtleQ=="));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
