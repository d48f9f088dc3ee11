// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.FileReceipts;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.engine.MirrorEntry;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveBackend;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.archive.Restorer;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Works on one item: begin, copy, prove, publish, end. The order is what makes it safe: a copy is
 * durable before it is published, published before the coordinator hears of success, and what it
 * replaced is kept until then. Thread-safe.
 */
final class ActionRunner {
  private final LustreBinding lustre;
  private final Session session;
  private final Backends backends;
  private final FileReceipts receipts;
  private final ActionJournal journal;
  private final KmeshTime time;
  private final Retries retries;
  private final Events events;
  private final Counters counters;
  private final Duration reportEvery;

  ActionRunner(
      LustreBinding lustre,
      Session session,
      Backends backends,
      FileReceipts receipts,
      ActionJournal journal,
      KmeshTime time,
      Retries retries,
      Events events,
      Counters counters,
      Duration reportEvery) {
    this.lustre = lustre;
    this.session = session;
    this.backends = backends;
    this.receipts = receipts;
    this.journal = journal;
    this.time = time;
    this.retries = retries;
    this.events = events;
    this.counters = counters;
    this.reportEvery = reportEvery;
  }

  /** Works on an item to its end, whatever that is; throws nothing but what stops the process. */
  void run(ActiveAction active) {
    try {
      if (active.isCancelled()) {
        endUnbegun(active, cancelled(active.item()));
      } else {
        beginAndWork(active);
      }
      journal.end(ActionId.of(active.item()));
    } catch (IOException | RuntimeException e) {
      events.action(
          Severity.ERROR,
          "copytool.action.kept",
          active.item(),
          describe(active.item())
              + " could not be ended and stays in the journal for the next start: "
              + e.getMessage());
    }
  }

  private void beginAndWork(ActiveAction active) throws IOException {
    ActionItem item = active.item();
    RunningAction running;
    try {
      running = session.current().begin(item);
    } catch (IOException e) {
      if (Session.isGone(e)) {
        throw e;
      }
      endUnbegun(active, e);
      return;
    }
    try (running) {
      active.began(running);
      try {
        work(active, running);
      } catch (IOException | RuntimeException e) {
        if (Session.isGone(asIo(e))) {
          throw e;
        }
        endBegun(active, running, e);
      }
    }
  }

  private void work(ActiveAction active, RunningAction running) throws IOException {
    ActionItem item = active.item();
    ArchiveBackend backend =
        backends
            .find(item.archiveId())
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.UNSUPPORTED,
                        "Cannot "
                            + describe(item)
                            + ": this copytool serves no archive "
                            + item.archiveId()
                            + ". Start one that does."));
    switch (item.action()) {
      case ARCHIVE -> archive(active, running, able(backend, Archiver.class, item));
      case RESTORE -> restore(active, running, able(backend, Restorer.class, item));
      case REMOVE -> remove(active, running, able(backend, Remover.class, item));
      default ->
          throw new ProviderException(
              ErrorKind.UNSUPPORTED,
              "Cannot do "
                  + item.action()
                  + " of "
                  + item.fid()
                  + ": a copytool does not do that.");
    }
  }

  private static <T> T able(ArchiveBackend backend, Class<T> ability, ActionItem item)
      throws IOException {
    if (!ability.isInstance(backend)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot "
              + describe(item)
              + ": the back end of archive "
              + item.archiveId()
              + " ("
              + backend.getClass().getSimpleName()
              + ") is no "
              + ability.getSimpleName()
              + ". Give the copytool one that is.");
    }
    return ability.cast(backend);
  }

  private void archive(ActiveAction active, RunningAction running, Archiver archiver)
      throws IOException {
    ActionItem item = active.item();
    FileStat stat = regular(item, running.data().stat());
    BackendAction action = new BackendAction(lustre, time, active, running, stat, reportEvery);
    try (PendingArchive pending = retries.run(active, () -> archiver.archive(action))) {
      long now = lustre.hsm().dataVersion(running.data());
      if (now != running.dataVersion()) {
        throw new ProviderException(
            Errno.EBUSY,
            "Cannot archive "
                + item.fid()
                + ": it changed while it was read (data version "
                + running.dataVersion()
                + ", then "
                + now
                + "). Archive it again when it is quiet.");
      }
      active.checkCancelled();
      ArchivedObject stored = pending.commit();
      keepReceipt(item, running, stored);
      succeed(active, running);
      pending.settle();
      counters.archived.increment();
      counters.bytesArchived.add(stored.size());
      events.action(
          Severity.DEBUG,
          "copytool.archived",
          item,
          item.fid() + " is archived as " + stored.location() + ".");
    }
  }

  /** Without a checksum of its content nothing is proved, and an older receipt must not say so. */
  private void keepReceipt(ActionItem item, RunningAction running, ArchivedObject stored)
      throws IOException {
    if (stored.sha256().isEmpty()) {
      FileReceipts.clear(running.data());
      return;
    }
    receipts.write(running.data(), item.fid(), () -> receipt(item, running, stored));
  }

  /** A mirror may have moved the object since, to free its key for another file. */
  private ArchiveReceipt receipt(ActionItem item, RunningAction running, ArchivedObject stored)
      throws IOException {
    String name = backends.name(item.archiveId());
    if (backends.find(item.archiveId()).orElse(null) instanceof MirrorArchive mirror) {
      Optional<MirrorEntry> entry = mirror.find(item.fid());
      if (entry.isPresent() && entry.get().dataVersion() == running.dataVersion()) {
        return entry.get().receipt(name);
      }
    }
    return new ArchiveReceipt(
        item.fid(),
        running.dataVersion(),
        name,
        stored.location(),
        stored.version(),
        stored.size(),
        stored.sha256().orElseThrow());
  }

  private void restore(ActiveAction active, RunningAction running, Restorer restorer)
      throws IOException {
    ActionItem item = active.item();
    FileStat stat = regular(item, lustre.identity().stat(item.fid()));
    BackendAction action = new BackendAction(lustre, time, active, running, stat, reportEvery);
    retries.run(
        active,
        () -> {
          restorer.restore(action);
          return item;
        });
    succeed(active, running);
    counters.restored.increment();
    counters.bytesRestored.add(stat.size());
    try {
      receipts.dataMoved(item.fid());
    } catch (IOException e) {
      events.action(
          Severity.WARNING,
          "copytool.receipt.stale",
          item,
          "The receipt of "
              + item.fid()
              + " could not be brought up to date after its restore: "
              + e.getMessage());
    }
  }

  private void remove(ActiveAction active, RunningAction running, Remover remover)
      throws IOException {
    ActionItem item = active.item();
    BackendAction action = new BackendAction(lustre, time, active, running, NO_STAT, reportEvery);
    retries.run(
        active,
        () -> {
          remover.remove(action);
          return item;
        });
    succeed(active, running);
    counters.removed.increment();
  }

  private static final FileStat NO_STAT =
      new FileStat(
          io.kmesh.spi.posix.FileType.REGULAR,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          new io.kmesh.spi.posix.FileTime(0, 0),
          new io.kmesh.spi.posix.FileTime(0, 0),
          new io.kmesh.spi.posix.FileTime(0, 0));

  private static FileStat regular(ActionItem item, FileStat stat) throws IOException {
    if (!stat.isRegular()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot "
              + describe(item)
              + ": it is a "
              + stat.type()
              + ", and HSM keeps regular files only. Ask for regular files.");
    }
    return stat;
  }

  private void succeed(ActiveAction active, RunningAction running) throws IOException {
    if (active.item().action() == HsmActionKind.RESTORE) {
      running.data().sync(io.kmesh.spi.posix.SyncMode.ALL);
    }
    running.succeed();
  }

  private void endUnbegun(ActiveAction active, IOException failure) throws IOException {
    ActionItem item = active.item();
    note(active, failure);
    if (active.isLost()) {
      return;
    }
    try {
      session.current().fail(item, Failures.errno(failure), Failures.retry(failure));
    } catch (IOException e) {
      passUnlessUnknown(e);
    }
  }

  private void endBegun(ActiveAction active, RunningAction running, Exception failure)
      throws IOException {
    note(active, failure);
    if (active.isLost()) {
      return;
    }
    try {
      running.fail(Failures.errno(failure), Failures.retry(failure));
    } catch (IOException e) {
      passUnlessUnknown(e);
    }
  }

  /** An action that the coordinator does not wait for any more has ended as far as we go. */
  private static void passUnlessUnknown(IOException e) throws IOException {
    if (!Failures.hasErrno(e, Errno.ENOENT)
        && !Failures.hasErrno(e, Errno.ECANCELED)
        && !Failures.hasErrno(e, Errno.EINVAL)) {
      throw e;
    }
  }

  private void note(ActiveAction active, Exception failure) {
    ActionItem item = active.item();
    if (Failures.errno(failure).equals(Errno.ECANCELED) || active.isCancelled()) {
      counters.cancelled.increment();
      events.action(
          Severity.INFO, "copytool.action.cancelled", item, describe(item) + " was cancelled.");
    } else {
      counters.failed.increment();
      events.action(
          Severity.WARNING,
          "copytool.action.failed",
          item,
          describe(item) + " failed: " + failure.getMessage());
    }
  }

  private static ProviderException cancelled(ActionItem item) {
    return new ProviderException(
        Errno.ECANCELED, "Cannot " + describe(item) + ": it was cancelled before it began.");
  }

  private static IOException asIo(Exception e) {
    return e instanceof IOException io ? io : new IOException(e);
  }

  private static String describe(ActionItem item) {
    return item.action().name().toLowerCase(java.util.Locale.ROOT)
        + " "
        + item.fid()
        + (item.extent().equals(Extent.WHOLE_FILE) ? "" : " " + item.extent());
  }
}
