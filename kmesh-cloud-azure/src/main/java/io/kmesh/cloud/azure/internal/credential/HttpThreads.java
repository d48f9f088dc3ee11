// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal.credential;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads for the JDK's HTTP clients. */
public final class HttpThreads {
  private HttpThreads() {}

  /** As many daemons as are needed, which end after some seconds without work. */
  public static Executor daemons(String name) {
    AtomicInteger count = new AtomicInteger();
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        5,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(task, "kmesh-" + suffix(name) + "-" + count.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  private static String suffix(String name) {
    return name.startsWith("kmesh-") ? name.substring("kmesh-".length()) : name;
  }
}
