// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.Dispatcher;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/** Connections and threads. A request is sent once: nothing is retried or redirected. */
public final class GcsHttp {
  /** What OkHttp would take for a wish to be asked again at once is kept from it. */
  static final String RETRY_AFTER = "x-kmesh-retry-after";

  private static final int MOST_REQUESTS = 512;
  private static final AtomicLong THREADS = new AtomicLong();

  private final ExecutorService threads;
  private final OkHttpClient client;

  /** Opens no connection yet. */
  public GcsHttp() {
    threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "kmesh-gcs-" + THREADS.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    Dispatcher dispatcher = new Dispatcher(threads);
    dispatcher.setMaxRequests(MOST_REQUESTS);
    dispatcher.setMaxRequestsPerHost(MOST_REQUESTS);
    client =
        new OkHttpClient.Builder()
            .dispatcher(dispatcher)
            .retryOnConnectionFailure(false)
            .followRedirects(false)
            .followSslRedirects(false)
            .connectTimeout(Duration.ofSeconds(20))
            .readTimeout(Duration.ofSeconds(90))
            .writeTimeout(Duration.ofSeconds(90))
            .addNetworkInterceptor(GcsHttp::hideRetryAfter)
            .build();
  }

  private static Response hideRetryAfter(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    String wish = response.header("Retry-After");
    return wish == null
        ? response
        : response.newBuilder().removeHeader("Retry-After").header(RETRY_AFTER, wish).build();
  }

  /** The client. */
  public OkHttpClient client() {
    return client;
  }

  /** Threads for what blocks. */
  public Executor threads() {
    return threads;
  }

  void close() {
    threads.shutdown();
    client.connectionPool().evictAll();
  }
}
