// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Google Cloud Storage on a port of the loopback interface, strict: what the documentation does not
 * allow is an error. It has the JSON API's buckets.get and getStorageLayout and its objects' get,
 * insert (media, multipart, resumable), list, delete, patch, compose, rewrite and copy, the XML
 * API's download, and the endpoints that give tokens to service accounts, machines, users and
 * federated workloads.
 *
 * <p>Operations are named as in {@code objects.get}, {@code objects.insert}, {@code objects.list},
 * {@code objects.delete}, {@code objects.patch}, {@code objects.compose}, {@code objects.rewrite},
 * {@code objects.copy}, {@code buckets.get}, {@code buckets.getStorageLayout}, {@code xml.get},
 * {@code oauth.token}, {@code metadata.token}, {@code sts.token}, {@code iam.token}. Thread-safe.
 */
public final class FakeGcs implements AutoCloseable {
  /** A bearer token that is accepted from the beginning, for a day. */
  public static final String TOKEN = "ya29.test-token";

  /** The audience that the exchange of tokens knows. */
  public static final String AUDIENCE = GcsAuthCalls.AUDIENCE;

  /** The only token of another provider that the exchange of tokens takes. */
  public static final String SUBJECT_TOKEN = GcsAuthCalls.SUBJECT_TOKEN;

  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final AtomicLong THREADS = new AtomicLong();
  private static final List<KeyPair> KEYS = new ArrayList<>(); // guarded by itself

  static {
    // Without it, each answer on a kept connection waits for a delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final ExecutorService threads;
  private final GcsState state;
  private final GcsMakeCalls makes;
  private final GcsAuthCalls auth;
  private final GcsRoutes routes;
  private final List<GcsFault> faults = new ArrayList<>(); // guarded by itself
  private final Map<String, Long> counts = new TreeMap<>(); // guarded by itself
  private final AtomicLong requests = new AtomicLong();

  private FakeGcs(HttpServer server) {
    this.server = server;
    this.threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "kmesh-fake-gcs-" + THREADS.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    String here = "http://127.0.0.1:" + server.getAddress().getPort();
    this.state = new GcsState(RunningTime.instance(), here);
    this.makes = new GcsMakeCalls(state);
    this.auth = new GcsAuthCalls(state, here);
    this.routes = new GcsRoutes(state, makes, new GcsUploadCalls(state, here), auth);
    auth.accept(TOKEN, Duration.ofDays(1));
  }

  /** Starts a server without buckets. */
  public static FakeGcs start() throws IOException {
    HttpServer server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
    FakeGcs gcs = new FakeGcs(server);
    server.createContext("/", gcs::handle);
    server.setExecutor(gcs.threads);
    server.start();
    return gcs;
  }

  /** Where it is, without a path: {@code http://127.0.0.1:PORT}. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Makes a bucket, or an emptied one. */
  public FakeGcs bucket(String name) {
    state.add(new GcsBucket(name, false, false));
    return this;
  }

  /** Makes a bucket that keeps what is replaced or deleted. */
  public FakeGcs versionedBucket(String name) {
    state.add(new GcsBucket(name, true, false));
    return this;
  }

  /** Makes a bucket whose requests must name a project to pay. */
  public FakeGcs requesterPaysBucket(String name) {
    state.add(new GcsBucket(name, false, true));
    return this;
  }

  /** The server's clock. */
  public FakeGcs time(KmeshTime time) {
    state.time(time);
    return this;
  }

  /** Takes requests without a token. */
  public FakeGcs withoutAuthentication() {
    auth.open(true);
    return this;
  }

  /** Answers 403 to every request from now on. */
  public void forbidAll() {
    auth.forbid(true);
  }

  /** Accepts a bearer token for some time. */
  public void acceptToken(String token, Duration validity) {
    auth.accept(token, validity);
  }

  /** Refuses all tokens that were issued or accepted until now. */
  public void revokeTokens() {
    auth.revoke();
  }

  /** How long the tokens live that are issued from now on; an hour before. */
  public void tokenLife(Duration life) {
    auth.life(life);
  }

  /** Makes a refresh token of a client. */
  public void refreshToken(String token, String clientId, String clientSecret) {
    auth.refreshToken(token, clientId + ":" + clientSecret);
  }

  /** Makes a service account, or a new key of it, and gives the key's file. */
  public String serviceAccountKey(String email) {
    KeyPair pair = keyPair();
    auth.account(email, pair.getPublic());
    byte[] pkcs8 = pair.getPrivate().getEncoded();
    String pem =
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pkcs8)
            + "\n-----END PRIVATE KEY-----\n";
    Map<String, Object> file = new LinkedHashMap<>();
    file.put("type", "service_account");
    file.put("project_id", "test");
    file.put("private_key_id", "0123456789abcdef");
    file.put("private_key", pem);
    file.put("client_email", email);
    file.put("token_uri", endpoint() + "/token");
    return GcsJson.print(file);
  }

  /**
   * One of two pairs, in turns: to make one takes seconds. They are short for the same reason,
   * since they guard nothing.
   */
  private static KeyPair keyPair() {
    synchronized (KEYS) {
      if (KEYS.size() < 2) {
        try {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
          generator.initialize(1024);
          KEYS.add(generator.generateKeyPair());
        } catch (NoSuchAlgorithmException e) {
          throw new IllegalStateException("Every Java runtime has RSA.", e);
        }
      } else {
        KEYS.add(KEYS.remove(0));
      }
      return KEYS.get(KEYS.size() - 1);
    }
  }

  /** The most bytes that one request of a rewrite copies; without a limit before. */
  public void bytesPerRewrite(long bytes) {
    makes.bytesPerRewrite(bytes);
  }

  /** Adds a fault, which hits the next request of its operation and is gone then. */
  public void fail(GcsFault fault) {
    synchronized (faults) {
      faults.add(fault);
    }
  }

  /** How many requests of an operation there were. */
  public long requests(String operation) {
    synchronized (counts) {
      return counts.getOrDefault(operation, 0L);
    }
  }

  /** How many requests there were of each operation. */
  public Map<String, Long> requests() {
    synchronized (counts) {
      return new TreeMap<>(counts);
    }
  }

  /** The names of a bucket's live objects, in order. */
  public List<String> names(String bucket) {
    synchronized (state) {
      try {
        GcsBucket found = state.bucket(bucket);
        return found.objects().keySet().stream().filter(n -> found.live(n) != null).toList();
      } catch (GcsError e) {
        return List.of();
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    boolean isXml = false;
    GcsFault fault = null;
    GcsReply reply;
    try {
      GcsRequest request = GcsRequest.read(exchange);
      GcsRoutes.Route route = routes.of(request);
      isXml = route.operation().startsWith("xml.");
      count(route.operation());
      fault = takeFault(route.operation());
      reply = answer(request, route, fault);
    } catch (GcsError e) {
      reply = isXml ? e.xml() : e.json();
      if (e.status() == 401) {
        reply.header("WWW-Authenticate", "Bearer realm=\"https://accounts.google.com/\"");
      }
      if (fault != null && fault.kind() == GcsFault.Kind.STATUS && fault.retryAfter() != null) {
        reply.header("Retry-After", Long.toString(fault.retryAfter().toSeconds()));
      }
    }
    send(exchange, reply, fault);
  }

  private GcsReply answer(GcsRequest request, GcsRoutes.Route route, @Nullable GcsFault fault)
      throws GcsError {
    if (fault != null && fault.kind() == GcsFault.Kind.STATUS) {
      String reason = fault.status() == 429 ? "rateLimitExceeded" : "backendError";
      throw new GcsError(fault.status(), reason, "An injected fault.");
    }
    if (fault != null && fault.kind() == GcsFault.Kind.CORRUPT_REQUEST) {
      damage(request.body(), request.body().length - 100);
    }
    if (route.needsToken()) {
      auth.require(request);
    }
    return route.call().answer(request);
  }

  /** Inverts a byte, so that text stays text. */
  private static void damage(byte[] bytes, int at) {
    if (bytes.length > 0) {
      bytes[Math.max(0, at)] ^= 1;
    }
  }

  private void send(HttpExchange exchange, GcsReply reply, @Nullable GcsFault fault)
      throws IOException {
    try (exchange) {
      if (fault != null && fault.kind() == GcsFault.Kind.LOSE_REPLY) {
        return;
      }
      reply.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
      exchange
          .getResponseHeaders()
          .set("X-GUploader-UploadID", "request-" + requests.incrementAndGet());
      exchange.getResponseHeaders().set("Date", HTTP_DATE.format(state.now()));
      byte[] body = reply.body();
      exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
      if (body.length == 0) {
        return;
      }
      OutputStream out = exchange.getResponseBody();
      if (fault != null && fault.kind() == GcsFault.Kind.TRUNCATE) {
        out.write(body, 0, body.length / 2);
        out.flush();
      } else if (fault != null && fault.kind() == GcsFault.Kind.CORRUPT_REPLY) {
        byte[] other = body.clone();
        damage(other, 0);
        out.write(other);
      } else {
        out.write(body);
      }
    }
  }

  private void count(String operation) {
    synchronized (counts) {
      counts.merge(operation, 1L, Long::sum);
    }
  }

  private @Nullable GcsFault takeFault(String operation) {
    synchronized (faults) {
      for (GcsFault fault : faults) {
        if (fault.operation().equals(operation)) {
          faults.remove(fault);
          return fault;
        }
      }
      return null;
    }
  }
}
