// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.seed;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.detect.LiveTree;
import io.kmesh.core.internal.flows.place.Nursery;
import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks a source with a few threads and copies its trees to where nobody sees them. A tree comes
 * out behind that which it is in. Thread-safe.
 */
final class Seed implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Seed.class);

  /** Entries that were copied and are not in both bases yet: no tree is begun beyond. */
  private static final int MOST_OUTSTANDING = 32_768;

  private final PosixTree source;
  private final LiveTree live;
  private final Nursery nursery;
  private final KmeshTime time;
  private final Toll toll;
  private final SeedSettings settings;
  private @Nullable TreeCopier own;
  private final AtomicLong numbers = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();

  // guarded by this
  private final Deque<TreeCopier.Job> jobs = new ArrayDeque<>();
  private final Deque<Tree> copied = new ArrayDeque<>();
  private int working;
  private int outstanding;
  private int running;
  private volatile boolean hasRemains;
  private volatile boolean isStopped;

  /** What bytes wait for. */
  @FunctionalInterface
  interface Toll {
    /** Waits until so many may be copied, as long as that is wanted. */
    void pay(long bytes, java.util.function.BooleanSupplier isWanted) throws InterruptedException;
  }

  Seed(
      PosixTree source,
      LiveTree live,
      Nursery nursery,
      KmeshTime time,
      Toll toll,
      SeedSettings settings) {
    this.source = source;
    this.live = live;
    this.nursery = nursery;
    this.time = time;
    this.toll = toll;
    this.settings = settings;
  }

  /** Begins with the directories in the source's top. */
  void start(String name) throws IOException {
    Plot top = Plot.of(NodeId.ROOT);
    long device;
    try (PosixDirectory from = live.openTop()) {
      device = from.stat().device();
      List<PathBytes> files = new ArrayList<>();
      List<PathBytes> directories = new ArrayList<>();
      TreeCopier.list(from, files, directories);
      directories.sort(null);
      directories.forEach(d -> jobs.add(new TreeCopier.Job(top, d)));
    }
    if (settings.threads() == 0) {
      own = copier(device);
      return;
    }
    for (int i = 0; i < settings.threads(); i++) {
      TreeCopier copier = copier(device);
      synchronized (this) {
        running++;
      }
      threads.add(KmeshThreads.start("flow-" + name + "-copy-" + i, () -> run(copier)));
    }
  }

  private TreeCopier copier(long device) {
    return new TreeCopier(
        source,
        live,
        device,
        nursery,
        time,
        settings,
        new TreeCopier.Watch() {
          @Override
          public void pay(long bytes) throws InterruptedException {
            toll.pay(bytes, () -> !isStopped);
          }

          @Override
          public boolean isStopped() {
            return isStopped;
          }
        });
  }

  /** Copies one tree, where no thread does. */
  private void step(TreeCopier copier) {
    TreeCopier.Job job;
    synchronized (this) {
      job = isStopped || !copied.isEmpty() ? null : jobs.poll();
    }
    if (job == null) {
      return;
    }
    try {
      synchronized (this) {
        working++;
      }
      work(copier, job);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop();
    } catch (IOException | RuntimeException e) {
      LOG.info("The first copy goes on file by file: {}", e.getMessage(), e);
      stop();
    }
  }

  private void run(TreeCopier copier) {
    try {
      for (TreeCopier.Job job = next(); job != null; job = next()) {
        work(copier, job);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stop();
    } catch (IOException | RuntimeException | Error e) {
      LOG.info("The first copy goes on file by file: {}", e.getMessage(), e);
      stop();
    } finally {
      clear();
      synchronized (this) {
        running--;
        notifyAll();
      }
    }
  }

  private synchronized TreeCopier.@Nullable Job next() throws InterruptedException {
    while (!isStopped && (jobs.isEmpty() ? working > 0 : outstanding > MOST_OUTSTANDING)) {
      wait();
    }
    if (isStopped || jobs.isEmpty()) {
      return null;
    }
    working++;
    return jobs.pop();
  }

  private void work(TreeCopier copier, TreeCopier.Job job)
      throws IOException, InterruptedException {
    long number = numbers.incrementAndGet();
    List<TreeCopier.Job> rest = new ArrayList<>();
    Optional<Tree> tree = Optional.empty();
    try {
      tree = copier.copy(job, number, rest);
    } finally {
      boolean isDropped;
      synchronized (this) {
        working--;
        isDropped = tree.isEmpty() || isStopped;
        if (!isDropped) {
          Tree one = tree.get();
          copied.add(one);
          outstanding += one.entries().size();
          for (int i = rest.size() - 1; i >= 0; i--) {
            jobs.push(rest.get(i));
          }
        }
        notifyAll();
      }
      if (isDropped) {
        remove(number);
      }
    }
  }

  /** The next tree that was copied; null when there is none now. */
  @Nullable Tree poll() {
    if (own != null) {
      step(own);
    }
    synchronized (this) {
      return isStopped ? null : copied.poll();
    }
  }

  /** Trees are in both bases, or dropped. */
  synchronized void settled(int entries) {
    outstanding -= entries;
    notifyAll();
  }

  /** Whether all was copied and polled, or it was stopped; nobody works any more then. */
  synchronized boolean isOver() {
    return running == 0 && (isStopped || (copied.isEmpty() && jobs.isEmpty()));
  }

  /** Whether something could not be taken away. */
  boolean hasRemains() {
    return hasRemains;
  }

  /** A tree that was polled is not taken. */
  void drop(Tree tree) {
    remove(tree.number());
  }

  private void remove(long number) {
    try {
      nursery.remove(number);
    } catch (IOException e) {
      hasRemains = true;
      LOG.info("The next start takes away what is left of a copy: {}", e.getMessage());
    }
  }

  /** Has it end: what was not polled is taken away. */
  void stop() {
    synchronized (this) {
      isStopped = true;
      jobs.clear();
      notifyAll();
    }
    if (own != null) {
      clear();
    }
  }

  private void clear() {
    if (!isStopped) {
      return;
    }
    while (true) {
      Tree tree;
      synchronized (this) {
        tree = copied.poll();
      }
      if (tree == null) {
        return;
      }
      remove(tree.number());
    }
  }

  /** Stops it, and waits until nobody works any more. */
  @Override
  public void close() throws IOException {
    stop();
    boolean wasInterrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          wasInterrupted = true;
        }
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
    nursery.close();
  }
}
