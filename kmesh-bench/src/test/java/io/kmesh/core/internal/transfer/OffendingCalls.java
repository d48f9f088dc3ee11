// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Timer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Calls that main code may not make; one a class. Nothing here is run. */
@SuppressWarnings({
  "JavaTimeDefaultTimeZone",
  "ThreadSleepMillis",
  "SystemOut",
  "CatchAndPrintStackTrace",
  "FutureReturnValueIgnored"
})
public final class OffendingCalls {
  private OffendingCalls() {}

  /** Reads a file of the JDK's default file system. */
  public static final class ReadsFiles {
    byte[] run(Path path) throws IOException {
      return Files.readAllBytes(path);
    }
  }

  /** Opens a file. */
  public static final class OpensChannel {
    FileChannel run(Path path) throws IOException {
      return FileChannel.open(path);
    }
  }

  /** Reads the clock. */
  public static final class ReadsClock {
    Instant run() {
      return Instant.now();
    }
  }

  /** Takes the system's clock. */
  public static final class UsesClock {
    Supplier<Clock> run() {
      return Clock::systemUTC;
    }
  }

  /** Reads the other clock. */
  public static final class CountsNanos {
    long run() {
      return System.nanoTime();
    }
  }

  /** Sleeps. */
  public static final class Sleeps {
    void run() throws InterruptedException {
      Thread.sleep(1);
    }
  }

  /** Waits by the system's clock. */
  public static final class Waits {
    boolean run(CountDownLatch latch) throws InterruptedException {
      return latch.await(1, TimeUnit.SECONDS);
    }
  }

  /** Runs on the common pool. */
  public static final class RunsAsync {
    CompletableFuture<String> run() {
      return CompletableFuture.supplyAsync(() -> "");
    }
  }

  /** Uses the hidden timer of futures. */
  public static final class TimesOut {
    CompletableFuture<String> run(CompletableFuture<String> future) {
      return future.orTimeout(1, TimeUnit.SECONDS);
    }
  }

  /** Makes a pool of threads without names. */
  public static final class MakesPool {
    ExecutorService run() {
      return Executors.newCachedThreadPool();
    }
  }

  /** Runs on the common pool. */
  public static final class StreamsInParallel {
    long run(List<String> list) {
      return list.parallelStream().count();
    }
  }

  /** Makes a timer. */
  public static final class MakesTimer {
    Timer run() {
      return new Timer(true);
    }
  }

  /** Makes a thread without a name. */
  public static final class MakesThread {
    Thread run(Runnable task) {
      Thread thread = new Thread(task);
      thread.setDaemon(true);
      return thread;
    }
  }

  /** Makes a thread that keeps the program alive. */
  public static final class MakesUserThread {
    Thread run(Runnable task) {
      return new Thread(task, "kmesh-offender");
    }
  }

  /** Prints. */
  public static final class Prints {
    void run() {
      System.out.println("printed");
    }
  }

  /** Prints a trace. */
  public static final class PrintsTrace {
    void run(Exception e) {
      e.printStackTrace();
    }
  }
}
