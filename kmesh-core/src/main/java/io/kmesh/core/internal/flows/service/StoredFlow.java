// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.KmeshException;
import io.kmesh.KmeshTimeoutException;
import io.kmesh.core.internal.flows.base.BaseFiles;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A flow of a state, running or not. Thread-safe. */
final class StoredFlow implements DataFlow {
  private static final Duration CONFIRM = Duration.ofMinutes(10);

  /** How often a wait looks whether the flow still runs. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final FlowService service;
  private final String name;
  private final FlowSpec spec;
  private FlowRecord record; // guarded by this, as all below
  private @Nullable LocalRun run;
  private boolean isDeleted;

  StoredFlow(FlowService service, String name, FlowSpec spec, FlowRecord record) {
    this.service = service;
    this.name = name;
    this.spec = spec;
    this.record = record;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public FlowSpec spec() {
    return spec;
  }

  synchronized boolean isToRun() {
    return record.wanted() == Wanted.RUNNING;
  }

  synchronized boolean isRunning() {
    return run != null;
  }

  @Override
  public synchronized DataFlow start() {
    if (isDeleted) {
      throw new KmeshException(
          ErrorKind.NOT_FOUND,
          "Cannot start the data flow \"" + name + "\": it was deleted. Make it again.");
    }
    if (run != null && run.failure().isPresent()) {
      park();
    }
    if (run == null) {
      try {
        run = service.run(name, record, spec);
      } catch (IOException e) {
        throw KmeshException.ofMutation(e);
      }
    }
    want(Wanted.RUNNING);
    return this;
  }

  private void want(Wanted wanted) {
    if (record.wanted() != wanted) {
      FlowRecord next = new FlowRecord(record.id(), wanted);
      service.keep(name, next);
      record = next;
    }
  }

  @Override
  public synchronized void stop() {
    if (!isDeleted) {
      want(Wanted.STOPPED);
    }
    park();
  }

  /** Ends what runs; what is wanted stays. */
  synchronized void park() {
    LocalRun running = run;
    run = null;
    if (running != null) {
      try {
        running.close();
      } catch (IOException e) {
        throw KmeshException.ofMutation(e);
      }
    }
  }

  @Override
  public FlowStatus status() {
    LocalRun running = running();
    return running != null
        ? running.status()
        : new FlowStatus(
            FlowState.STOPPED,
            "",
            0,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            0,
            0,
            0,
            0,
            0,
            List.of());
  }

  private synchronized @Nullable LocalRun running() {
    return run;
  }

  private LocalRun requireRunning(String what) {
    LocalRun running = running();
    if (running == null) {
      throw new KmeshException(
          ErrorKind.PRECONDITION,
          "Cannot " + what + ": the data flow \"" + name + "\" does not run. Start it.");
    }
    if (running.failure().isPresent()) {
      throw new KmeshException(
          ErrorKind.PRECONDITION,
          "Cannot "
              + what
              + ": the data flow \""
              + name
              + "\" failed: "
              + running.failure().get().getMessage()
              + ". Mend that, and start it again.",
          running.failure().get());
    }
    return running;
  }

  @Override
  public FileSystem fileSystem() {
    if (!(spec.mode() instanceof FlowMode.Access)) {
      throw new KmeshException(
          ErrorKind.UNSUPPORTED,
          "Cannot open files of the data flow \""
              + name
              + "\": its target is a copy. Open that, or make a flow with access().");
    }
    LocalRun running = requireRunning("open its files");
    try {
      return running.access().orElseThrow().files();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public void awaitInSync(Duration limit) {
    await("wait for both sides to be equal", PathBytes.EMPTY, limit);
  }

  @Override
  public void barrier(String path, Duration limit) {
    PathBytes below;
    try {
      below = PathBytes.of(path);
      below.names();
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
    await("prove that the target has \"" + path + "\"", below, limit);
  }

  private void await(String what, PathBytes path, Duration limit) {
    LocalRun running = requireRunning(what);
    CompletableFuture<Void> done = running.barrier(path);
    try {
      Duration left = limit;
      while (!isDoneWithin(done, left.compareTo(LOOK) < 0 ? left : LOOK)) {
        requireRunning(what); // the other end may have failed
        left = left.minus(LOOK);
        if (left.isNegative() || left.isZero()) {
          throw new TimeoutException();
        }
      }
    } catch (TimeoutException e) {
      done.cancel(false);
      throw new KmeshTimeoutException(
          "Cannot "
              + what
              + " within "
              + limit
              + ": the data flow \""
              + name
              + "\" goes on. Its status tells how far it is; ask again.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      done.cancel(false);
      throw new KmeshException(
          ErrorKind.TRANSIENT, "Cannot " + what + ": the wait was interrupted. Ask again.", e);
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  private static boolean isDoneWithin(CompletableFuture<Void> done, Duration limit)
      throws InterruptedException, ExecutionException {
    try {
      done.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private static KmeshException failed(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    if (cause instanceof IOException io) {
      return KmeshException.ofRead(io);
    }
    if (cause instanceof KmeshException known) {
      return known;
    }
    return new KmeshException(ErrorKind.TRANSIENT, String.valueOf(cause.getMessage()), cause);
  }

  @Override
  public void confirmDeletions() {
    LocalRun running = requireRunning("confirm deletions");
    if (running.held().isEmpty()) {
      throw new KmeshException(
          ErrorKind.PRECONDITION,
          "Cannot confirm deletions of the data flow \"" + name + "\": none are held back.");
    }
    try {
      running.confirmDeletions().get(CONFIRM.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | InterruptedException e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new KmeshException(
          ErrorKind.TRANSIENT,
          "Cannot tell whether the deletions of the data flow \""
              + name
              + "\" go on: the wait ended. Look at its status.",
          e);
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  @Override
  public List<FlowConflict> conflicts() {
    try {
      return requireRunning("list conflicts").conflicts().list();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public void resolve(String id, FlowConflict.Choice choice) {
    try {
      requireRunning("resolve a conflict").conflicts().resolve(id, choice);
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    }
  }

  @Override
  public synchronized void delete() {
    park();
    if (!isDeleted) {
      service.forget(name);
      isDeleted = true;
      try {
        BaseFiles.remove(service.folderOf(record));
        service.removeCache(record, spec);
      } catch (IOException e) {
        throw KmeshException.ofMutation(e);
      }
    }
  }
}
