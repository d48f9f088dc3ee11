// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.time;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one at a time in an order that a seed decides. A task goes on until it ends, sleeps,
 * awaits or yields through {@link #time()}; then the seed picks the next. Where no task can go on,
 * time moves to the next that is due. The same seed gives the same run as long as tasks block in no
 * other way.
 *
 * <p>A task that awaits is woken when another one went on, since what it waits for may hold now.
 * Tasks that only wake each other, and wait again, would do so for ever: after 1,000 such steps in
 * a row time moves, as where no task can go on.
 *
 * <p>A task must not sleep while it holds a monitor that another one awaits. The test's own thread
 * starts tasks and drives them; it does not block through {@link #time()}.
 */
public final class DeterministicScheduler implements Executor {
  private static final int ENDLESS = 1_000_000;

  /** So many steps in a row that only waited again are taken for waiting. */
  private static final int IN_VAIN = 1_000;

  private static final int LAST_NAMES = 20;

  private enum State {
    READY,
    SLEEPING,
    AWAITING,
    ENDED
  }

  private final long seed;
  private final Random random;
  private final List<Task> tasks = new ArrayList<>();
  private final Semaphore back = new Semaphore(0);
  private final TaskTime time = new TaskTime();
  private final List<String> trace = new ArrayList<>();
  private @Nullable Task running;
  private @Nullable Throwable failure;
  private long nanos;
  private long numbers;
  private int inVain;

  /** A scheduler whose choices a seed decides. */
  public DeterministicScheduler(long seed) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  /**
   * The time that tasks see, from {@link ManualTime#START}; it moves only when nothing else can.
   */
  public KmeshTime time() {
    return time;
  }

  /** Adds a task, named by its number. */
  @Override
  public void execute(Runnable command) {
    start("task-" + numbers, command);
  }

  /** Adds a task. */
  public void start(String name, Runnable body) {
    add(name, State.READY, nanos, body);
  }

  /** Lets another task go on, if the seed says so: a place where tasks may interleave. */
  public void yieldNow() {
    Task task = current();
    task.state = State.READY;
    task.pause();
  }

  /**
   * Lets one task go on.
   *
   * @return false when all have ended
   */
  public boolean step() {
    if (running != null) {
      throw new IllegalStateException("A task cannot drive the scheduler that runs it.");
    }
    List<Task> choices = choices();
    if (choices.isEmpty()) {
      return false;
    }
    Task task = choices.get(random.nextInt(choices.size()));
    trace.add(task.name);
    running = task;
    Object awaited = task.state == State.AWAITING ? task.monitor : null;
    long before = numbers;
    task.resume();
    back.acquireUninterruptibly();
    running = null;
    boolean waitsAgain = awaited != null && task.state == State.AWAITING && task.monitor == awaited;
    inVain = waitsAgain && numbers == before ? inVain + 1 : 0;
    tasks.removeIf(t -> t.state == State.ENDED);
    // Whatever another task waits for may hold now.
    for (Task other : tasks) {
      other.stale |= other != task;
    }
    if (failure != null) {
      Throwable thrown = failure;
      failure = null;
      throw new AssertionError("The task " + task.name + " failed with seed " + seed, thrown);
    }
    return true;
  }

  /**
   * Lets tasks go on until all have ended.
   *
   * @throws AssertionError when a task failed, or they do not end; it names the seed
   */
  public void runUntilIdle() {
    runUntilIdle(ENDLESS);
  }

  void runUntilIdle(int most) {
    int steps = 0;
    while (step()) {
      if (++steps == most) {
        throw new AssertionError(
            "The tasks did not end in "
                + most
                + " steps, seed "
                + seed
                + ": "
                + tasks.stream().map(t -> t.name + " " + t.state).toList()
                + " after "
                + Duration.ofNanos(nanos)
                + ". Last went on: "
                + trace.subList(Math.max(0, trace.size() - LAST_NAMES), trace.size()));
      }
    }
  }

  /** The names of the tasks in the order in which they went on. */
  public List<String> trace() {
    return List.copyOf(trace);
  }

  /** What may go on now, after moving the time where nothing else can. */
  private List<Task> choices() {
    List<Task> choices = ready();
    if (choices.isEmpty() || inVain >= IN_VAIN) {
      inVain = 0;
      long next = tasks.stream().mapToLong(t -> t.due).min().orElse(-1);
      if (next > nanos) {
        nanos = next;
      }
      for (Task task : tasks) {
        if (task.due <= nanos) {
          task.state = State.READY;
        }
      }
      choices = ready();
    }
    return choices;
  }

  private List<Task> ready() {
    return tasks.stream()
        .filter(
            t ->
                t.state == State.READY
                    || (t.state == State.AWAITING && t.stale)
                    || (t.state == State.SLEEPING && t.due <= nanos))
        .toList();
  }

  private Task add(String name, State state, long due, Runnable body) {
    Task task = new Task(name, state, due, body);
    numbers++;
    tasks.add(task);
    return task;
  }

  private Task current() {
    Task task = running;
    if (task == null || Thread.currentThread() != task.thread) {
      throw new IllegalStateException(
          "Only a task of this scheduler may wait here. Start the work as a task.");
    }
    return task;
  }

  private final class Task {
    private final String name;
    private final Thread thread;
    private final Semaphore go = new Semaphore(0);
    private State state;
    private long due;
    private boolean stale;
    private @Nullable Object monitor;
    private boolean granted; // guarded by monitor

    Task(String name, State state, long due, Runnable body) {
      this.name = name;
      this.state = state;
      this.due = due;
      this.thread =
          new Thread(
              () -> {
                go.acquireUninterruptibly();
                try {
                  body.run();
                } catch (RuntimeException | Error e) {
                  failure = e;
                } finally {
                  this.state = State.ENDED;
                  back.release();
                }
              },
              "deterministic-" + name);
      thread.setDaemon(true);
    }

    void resume() {
      state = State.READY;
      due = nanos;
      if (thread.getState() == Thread.State.NEW) {
        thread.start();
      }
      Object awaited = monitor;
      if (awaited == null) {
        go.release();
        return;
      }
      synchronized (awaited) {
        granted = true;
        awaited.notifyAll();
      }
    }

    void pause() {
      back.release();
      go.acquireUninterruptibly();
    }

    // The caller holds the monitor; others may notify it at any time, which grants nothing.
    void pauseOn(Object awaited) throws InterruptedException {
      granted = false;
      monitor = awaited;
      back.release();
      try {
        while (!granted) {
          awaited.wait();
        }
      } finally {
        monitor = null;
      }
    }
  }

  private final class TaskTime implements KmeshTime {
    @Override
    public Instant now() {
      return ManualTime.START.plusNanos(nanos);
    }

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public void sleep(Duration duration) {
      Task task = current();
      task.state = State.SLEEPING;
      task.due = due(duration);
      task.pause();
    }

    @Override
    public void await(Object monitor, Duration duration) throws InterruptedException {
      if (!Thread.holdsLock(monitor)) {
        throw new IllegalMonitorStateException("await needs the monitor that it waits on");
      }
      if (duration.isNegative() || duration.isZero()) {
        return;
      }
      Task task = current();
      task.state = State.AWAITING;
      task.due = due(duration);
      task.stale = false;
      task.pauseOn(monitor);
    }

    @Override
    public Timer schedule(Duration delay, Runnable body) {
      Task task = add("timer-" + numbers, State.SLEEPING, due(delay), body);
      return () -> {
        if (task.thread.getState() == Thread.State.NEW) {
          tasks.remove(task);
        }
      };
    }

    private long due(Duration duration) {
      try {
        return duration.isNegative() ? nanos : Math.addExact(nanos, duration.toNanos());
      } catch (ArithmeticException e) {
        return Long.MAX_VALUE; // nobody waits for 292 years
      }
    }
  }
}
