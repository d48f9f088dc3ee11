// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import io.kmesh.spi.store.Cuts;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Connections and the threads that use them, as many of each. A request that fails is told as
 * failed: none is sent twice. Thread-safe.
 */
public final class HttpConnections implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** After so long without a byte a connection counts as dead. */
  private static final Duration SILENCE = Duration.ofMinutes(2);

  /** How often bodies that go out are looked after; the JDK's sockets have no time-out for them. */
  private static final Duration LOOK = Duration.ofSeconds(30);

  /** So often nothing of a body may have gone out. */
  private static final int STUCK_LOOKS = 4;

  /** Servers close what is idle, some after five seconds. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final String THREADS = "kmesh-s3-";

  private final Tls secure;
  private final HostNames names;
  private final KmeshTime time;
  private final ThreadPoolExecutor threads;
  private final Map<Origin, Deque<HttpConnection>> idle = new HashMap<>();
  private final Set<Exchange<?>> running = new HashSet<>();
  private final int most;
  private int waiting; // threads of ours, for callers that send themselves
  private KmeshTime.@Nullable Timer look;
  private boolean isClosed;

  /**
   * None is opened yet.
   *
   * @param most connections, and threads
   * @param secure whom TLS trusts
   */
  public HttpConnections(int most, Tls secure, KmeshTime time) {
    this(most, secure, time, HostNames.SYSTEM);
  }

  HttpConnections(int most, Tls secure, KmeshTime time, HostNames names) {
    this.most = most;
    this.secure = secure;
    this.names = names;
    this.time = time;
    AtomicInteger count = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            most,
            most,
            IDLE.toSeconds(),
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, THREADS + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /** Makes a request when its turn has come. */
  @FunctionalInterface
  public interface Maker {
    /** The request, signed now. */
    HttpRequest make() throws IOException;
  }

  /**
   * Sends a request when a thread is free. What waits for the future runs in that thread, and must
   * not wait for further requests.
   *
   * @return fails with what the maker, the reader or the network said
   */
  public <T> CompletableFuture<T> send(Origin origin, Maker maker, HttpReply.Reader<T> reader) {
    return send(origin, null, maker, reader);
  }

  /**
   * Sends a request in this thread where a connection is open and free, so that nothing but the
   * server is waited for; else when a thread is free, as {@link #send(Origin, Maker,
   * HttpReply.Reader)}.
   *
   * @param cuts hears of it when it goes out in this thread; null for never
   * @return complete when it went out in this thread
   */
  @SuppressWarnings("try") // it is heard of for the block
  public <T> CompletableFuture<T> send(
      Origin origin, @Nullable Cuts cuts, Maker maker, HttpReply.Reader<T> reader) {
    Exchange<T> exchange = new Exchange<>(origin, maker, reader);
    if (cuts != null && isReady(exchange)) {
      try (Cuts.Running unused = cuts.begin(exchange::cut)) {
        exchange.carryOut();
      }
      return exchange.result;
    }
    exchange.cutsWhenCancelled();
    try {
      threads.execute(exchange);
    } catch (RejectedExecutionException e) {
      exchange.result.completeExceptionally(closed());
    }
    return exchange.result;
  }

  /** Cuts what is under way: its futures fail. */
  @Override
  public void close() {
    List<HttpConnection> rest = new ArrayList<>();
    List<Exchange<?>> cut;
    synchronized (this) {
      isClosed = true;
      if (look != null) {
        look.cancel();
      }
      idle.values().forEach(rest::addAll);
      idle.clear();
      cut = List.copyOf(running);
      notifyAll();
    }
    // An interrupt could meet what a caller does in these threads.
    threads.shutdown();
    List<Runnable> never = new ArrayList<>();
    threads.getQueue().drainTo(never);
    rest.forEach(HttpConnection::cut);
    cut.forEach(Exchange::cut);
    for (Runnable task : never) {
      if (task instanceof Exchange<?> exchange) {
        exchange.result.completeExceptionally(closed());
      }
    }
  }

  private static IOException closed() {
    return new IOException("the connections are closed");
  }

  /** Lets it go from its caller's thread, with a connection, if nobody has to wait for that. */
  private synchronized boolean isReady(Exchange<?> exchange) {
    if (isClosed || waiting > 0 || running.size() >= most || !threads.getQueue().isEmpty()) {
      return false;
    }
    Deque<HttpConnection> there = idle.get(exchange.origin);
    if (there == null) {
      return false;
    }
    HttpConnection next = there.peekFirst();
    if (next == null || !isFresh(next)) {
      return false;
    }
    exchange.ready = there.pollFirst();
    running.add(exchange);
    return true;
  }

  private boolean isFresh(HttpConnection connection) {
    return time.nanoTime() - connection.idleSince() < FRESH.toNanos();
  }

  private HttpConnection connect(Origin origin) throws IOException {
    for (HttpConnection reused = idle(origin); reused != null; reused = idle(origin)) {
      if (isFresh(reused) || !reused.isStale()) {
        return reused;
      }
      reused.cut();
    }
    return HttpConnection.open(origin, names, secure, CONNECT, SILENCE);
  }

  private synchronized @Nullable HttpConnection idle(Origin origin) {
    Deque<HttpConnection> there = idle.get(origin);
    return there == null ? null : there.pollFirst();
  }

  /** Keeps it for the next; the one that was used last is the first to be used again. */
  private void release(HttpConnection connection) {
    connection.idleSince(time.nanoTime());
    synchronized (this) {
      if (!isClosed) {
        idle.computeIfAbsent(connection.origin(), o -> new ArrayDeque<>()).addFirst(connection);
        return;
      }
    }
    connection.cut();
  }

  private synchronized void begin(Exchange<?> exchange) throws IOException {
    waiting++;
    boolean isInterrupted = false;
    while (!isClosed && running.size() >= most) {
      try {
        wait();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    waiting--;
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    if (isClosed) {
      throw closed();
    }
    running.add(exchange);
    if (look == null) {
      look = time.schedule(LOOK, this::look);
    }
  }

  private synchronized void end(Exchange<?> exchange) {
    running.remove(exchange);
    if (waiting > 0) {
      notifyAll();
    }
  }

  /** Cuts bodies that don't go out, and what was idle for long. */
  private void look() {
    List<HttpConnection> old = new ArrayList<>();
    List<Exchange<?>> stuck = new ArrayList<>();
    long now = time.nanoTime();
    synchronized (this) {
      for (Deque<HttpConnection> there : idle.values()) {
        while (!there.isEmpty() && now - there.peekLast().idleSince() > IDLE.toNanos()) {
          old.add(there.removeLast());
        }
      }
      idle.values().removeIf(Deque::isEmpty);
      running.stream().filter(Exchange::isStuck).forEach(stuck::add);
      boolean isNeeded = !isClosed && !(running.isEmpty() && idle.isEmpty());
      look = isNeeded ? time.schedule(LOOK, this::look) : null;
    }
    old.forEach(HttpConnection::cut);
    stuck.forEach(Exchange::cut);
  }

  /** A request that waits for a thread, and then goes out and is answered. */
  private final class Exchange<T> implements Runnable {
    final CompletableFuture<T> result = new CompletableFuture<>();

    private final Origin origin;
    private final Maker maker;
    private final HttpReply.Reader<T> reader;
    private final AtomicInteger progress = new AtomicInteger();
    private @Nullable HttpConnection ready; // with which it begins
    private @Nullable HttpConnection connection; // guarded by this
    private boolean isCut; // guarded by this
    private volatile boolean isSending;
    private int seen;
    private int looks;

    Exchange(Origin origin, Maker maker, HttpReply.Reader<T> reader) {
      this.origin = origin;
      this.maker = maker;
      this.reader = reader;
    }

    void cutsWhenCancelled() {
      CompletableFuture<?> unused =
          result.whenComplete(
              (value, failure) -> {
                if (result.isCancelled()) {
                  cut();
                }
              });
    }

    @Override
    public void run() {
      if (result.isDone()) {
        return; // cancelled
      }
      try {
        begin(this);
      } catch (IOException e) {
        result.completeExceptionally(e);
        return;
      }
      carryOut();
    }

    /** Sends it and takes the answer, having begun. */
    void carryOut() {
      T value;
      try {
        value = exchange();
      } catch (IOException | RuntimeException | Error e) {
        end(this);
        result.completeExceptionally(e);
        return;
      }
      end(this);
      result.complete(value);
    }

    private T exchange() throws IOException {
      HttpRequest request;
      try {
        request = maker.make();
      } catch (IOException | RuntimeException | Error e) {
        HttpConnection unused = ready;
        if (unused != null) {
          release(unused);
        }
        throw e;
      }
      HttpConnection used = ready == null ? connect(origin) : ready;
      boolean isReusable = false;
      try {
        use(used);
        isSending = request.body() != null;
        HttpConnection.Outcome<T> outcome =
            used.exchange(
                request,
                reply -> {
                  isSending = false;
                  return reader.read(reply);
                },
                progress::incrementAndGet);
        isReusable = outcome.isReusable();
        return outcome.value();
      } finally {
        isSending = false;
        leave();
        if (isReusable) {
          release(used);
        } else {
          used.cut();
        }
      }
    }

    /** Asked at each look. */
    boolean isStuck() {
      int now = progress.get();
      looks = isSending && now == seen ? looks + 1 : 0;
      seen = now;
      return looks >= STUCK_LOOKS;
    }

    private synchronized void use(HttpConnection used) throws IOException {
      if (isCut) {
        throw new IOException("the request was cancelled before it was sent");
      }
      connection = used;
    }

    /** From now on the connection may be another's. */
    private synchronized void leave() {
      connection = null;
    }

    synchronized void cut() {
      isCut = true;
      HttpConnection used = connection;
      if (used != null) {
        used.cut();
      }
    }
  }
}
