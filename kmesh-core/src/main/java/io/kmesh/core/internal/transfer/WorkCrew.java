// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.transfer;

import io.kmesh.core.internal.time.KmeshThreads;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that do what a walk finds: many small tasks each for itself, and large ones
 * together, piece by piece. Who does something large does all of it alone when nobody has time, so
 * nothing waits for a thread that is not there. Each thread has something of its own, such as a
 * buffer. Thread-safe; closed once.
 *
 * @param <C> what each thread has of its own
 */
public final class WorkCrew<C> implements AutoCloseable {
  private final int most;
  private final Object monitor = new Object();
  private final Deque<Task<C>> tasks = new ArrayDeque<>(); // guarded by monitor
  private final List<Job<C>> jobs = new ArrayList<>(); // guarded by monitor
  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable Throwable failure;
  private boolean isEnding; // guarded by monitor
  private int busy; // with tasks of their own; guarded by monitor

  /** Something for one thread. */
  @FunctionalInterface
  public interface Task<C> {
    /** Does it; what it throws ends the whole work. */
    void run(C own) throws IOException;
  }

  /** Something for several threads. */
  @FunctionalInterface
  public interface Shared<C> {
    /**
     * Claims the next piece and does it. Called from several threads at once.
     *
     * @return false when no piece was left to claim
     */
    boolean step(C own) throws IOException;
  }

  /**
   * Starts the threads.
   *
   * @param name what they do: {@code kmesh-NAME-0} and so on
   * @param owns what each thread has of its own; one thread for each
   * @param most the most tasks that wait, 1 or more
   */
  public WorkCrew(String name, List<C> owns, int most) {
    this.most = most;
    for (int i = 0; i < owns.size(); i++) {
      C own = owns.get(i);
      threads.add(KmeshThreads.start(name + "-" + i, () -> work(own)));
    }
  }

  /** Adds a task; waits while too many wait. After a failure tasks still run, and see it. */
  public void submit(Task<C> task) {
    synchronized (monitor) {
      waitUntil(() -> tasks.size() < most);
      tasks.addLast(task);
      monitor.notifyAll();
    }
  }

  /**
   * Does something large on this thread and on all that have nothing else to do; returns when none
   * of them is at it any more.
   *
   * @throws IOException the first failure of any of them
   */
  public void together(Shared<C> shared, C own) throws IOException {
    Job<C> job = new Job<>(shared);
    synchronized (monitor) {
      jobs.add(job);
      monitor.notifyAll();
    }
    try {
      boolean isMore = true;
      while (isMore) {
        isMore = job.step(own);
      }
    } finally {
      synchronized (monitor) {
        jobs.remove(job);
        waitUntil(() -> job.helpers == 0);
      }
    }
    job.rethrow();
  }

  /** The first failure of a task. */
  public @Nullable Throwable failure() {
    return failure;
  }

  /** Says that the whole work failed, unless it was said before. */
  public void fail(Throwable cause) {
    synchronized (monitor) {
      if (failure == null) {
        failure = cause;
      }
    }
  }

  /** Waits until all tasks are done and the threads have ended. */
  @Override
  public void close() {
    synchronized (monitor) {
      isEnding = true;
      monitor.notifyAll();
    }
    boolean isInterrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          isInterrupted = true;
          fail(e);
        }
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private interface Until {
    boolean isReached();
  }

  /** Waits on the monitor, which is held; an interrupt ends the work and not the waiting. */
  private void waitUntil(Until until) {
    boolean isInterrupted = false;
    while (!until.isReached()) {
      try {
        monitor.wait();
      } catch (InterruptedException e) {
        isInterrupted = true;
        fail(e);
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(C own) {
    while (true) {
      Task<C> task;
      Job<C> job = null;
      synchronized (monitor) {
        // A task that still runs may become something large: nobody leaves before its end.
        waitUntil(() -> !tasks.isEmpty() || open() != null || (isEnding && busy == 0));
        task = tasks.pollFirst();
        if (task != null) {
          busy++;
        } else {
          job = open();
          if (job == null) {
            return;
          }
          job.helpers++;
        }
        monitor.notifyAll();
      }
      if (task != null) {
        try {
          task.run(own);
        } catch (IOException | RuntimeException | Error e) {
          fail(e);
        } finally {
          synchronized (monitor) {
            if (--busy == 0 && isEnding) {
              monitor.notifyAll();
            }
          }
        }
      } else if (job != null) {
        help(job, own);
      }
    }
  }

  private void help(Job<C> job, C own) {
    try {
      boolean isMore = true;
      while (isMore && !hasTasks()) {
        isMore = job.step(own);
      }
    } finally {
      synchronized (monitor) {
        job.helpers--;
        monitor.notifyAll();
      }
    }
  }

  private boolean hasTasks() {
    synchronized (monitor) {
      return !tasks.isEmpty();
    }
  }

  /** A job that has pieces to claim. */
  private @Nullable Job<C> open() {
    for (Job<C> job : jobs) {
      if (!job.isDrained) {
        return job;
      }
    }
    return null;
  }

  /** Something large under way. */
  private static final class Job<C> {
    private final Shared<C> shared;
    private volatile boolean isDrained;
    private volatile @Nullable Throwable failure;
    private int helpers; // guarded by the crew's monitor

    Job(Shared<C> shared) {
      this.shared = shared;
    }

    boolean step(C own) {
      try {
        if (!isDrained && shared.step(own)) {
          return true;
        }
      } catch (IOException | RuntimeException | Error e) {
        failed(e);
      }
      isDrained = true;
      return false;
    }

    private synchronized void failed(Throwable cause) {
      if (failure == null) {
        failure = cause;
      }
    }

    void rethrow() throws IOException {
      Throwable cause = failure;
      if (cause instanceof IOException e) {
        throw e;
      }
      if (cause instanceof RuntimeException e) {
        throw e;
      }
      if (cause instanceof Error e) {
        throw e;
      }
    }
  }
}
