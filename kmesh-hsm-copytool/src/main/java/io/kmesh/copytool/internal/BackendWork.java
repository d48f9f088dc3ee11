// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.FileReceipts;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.engine.MirrorEntry;
import io.kmesh.lustre.HsmActionKind;
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
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Lets a back end do an item that has begun. The order is what makes it safe: a copy is durable
 * before it is published, published before the coordinator hears of success, and what it replaced
 * is kept until then. Thread-safe.
 */
final class BackendWork {
  private static final FileTime NEVER = new FileTime(0, 0);
  private static final FileStat NO_STAT =
      new FileStat(FileType.REGULAR, 0, 0, 0, 0, 0, 0, 0, 0, 0, NEVER, NEVER, NEVER);

  private final LustreBinding lustre;
  private final CoordinatorLink link;
  private final Backends backends;
  private final FileReceipts receipts;
  private final KmeshTime time;
  private final Retries retries;
  private final Events events;
  private final Counters counters;
  private final Duration reportEvery;

  BackendWork(
      LustreBinding lustre,
      CoordinatorLink link,
      Backends backends,
      FileReceipts receipts,
      KmeshTime time,
      Retries retries,
      Events events,
      Counters counters,
      Duration reportEvery) {
    this.lustre = lustre;
    this.link = link;
    this.backends = backends;
    this.receipts = receipts;
    this.time = time;
    this.retries = retries;
    this.events = events;
    this.counters = counters;
    this.reportEvery = reportEvery;
  }

  /** What is done and only waits for the coordinator to take it. */
  interface Work extends AutoCloseable {
    /** Called once the coordinator has recorded the success; throws nothing. */
    void settle();

    @Override
    default void close() {}
  }

  /** Does it, and returns what is left to do once the coordinator knows. */
  Work run(ActiveAction active, RunningAction running) throws IOException {
    ActionItem item = active.item();
    ArchiveBackend backend =
        backends
            .find(item.archiveId())
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.UNSUPPORTED,
                        "Cannot "
                            + Words.of(item)
                            + ": this copytool serves no archive "
                            + item.archiveId()
                            + ", only "
                            + backends.words()
                            + ". Start one that does."));
    return switch (item.action()) {
      case ARCHIVE -> archive(active, running, able(backend, Archiver.class, item));
      case RESTORE -> restore(active, running, able(backend, Restorer.class, item));
      case REMOVE -> remove(active, running, able(backend, Remover.class, item));
      case RELEASE, CANCEL ->
          throw new ProviderException(
              ErrorKind.UNSUPPORTED,
              "Cannot " + Words.of(item) + ": it is no work of a copytool's.");
    };
  }

  private static <T> T able(ArchiveBackend backend, Class<T> ability, ActionItem item)
      throws IOException {
    if (!ability.isInstance(backend)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot "
              + Words.of(item)
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

  private <T> T retried(ActiveAction active, Retries.Attempt<T> attempt) throws IOException {
    return retries.run(
        active,
        (n, wait, failure) ->
            events.action(
                Severity.WARNING,
                "copytool.action.retried",
                active.item(),
                "Attempt "
                    + n
                    + " to "
                    + Words.of(active.item())
                    + " failed and is repeated in "
                    + wait.toMillis()
                    + " ms: "
                    + failure.getMessage()),
        attempt);
  }

  private BackendAction action(ActiveAction active, RunningAction running, FileStat stat) {
    active.copied().set(0);
    return new BackendAction(lustre, link, time, active, running, stat, reportEvery);
  }

  // ---- archive

  private Work archive(ActiveAction active, RunningAction running, Archiver archiver)
      throws IOException {
    ActionItem item = active.item();
    FileStat stat = regular(item, running.data().stat());
    Published published = retried(active, () -> publish(active, running, archiver, stat));
    boolean isKept = false;
    try {
      keepReceipt(item, running, published.stored());
      isKept = true;
    } finally {
      if (!isKept) {
        closeQuietly(item, published.pending());
      }
    }
    return new Work() {
      @Override
      public void settle() {
        settleArchive(item, published);
      }

      @Override
      public void close() {
        closeQuietly(item, published.pending());
      }
    };
  }

  /** A copy that is published. */
  private record Published(PendingArchive pending, ArchivedObject stored) {}

  private Published publish(
      ActiveAction active, RunningAction running, Archiver archiver, FileStat stat)
      throws IOException {
    ActionItem item = active.item();
    PendingArchive pending = archiver.archive(action(active, running, stat));
    boolean isPublished = false;
    try {
      checkUnchanged(item, running);
      active.check();
      Published published = new Published(pending, commit(item, pending));
      isPublished = true;
      return published;
    } finally {
      if (!isPublished) {
        closeQuietly(item, pending);
      }
    }
  }

  private void checkUnchanged(ActionItem item, RunningAction running) throws IOException {
    long now = lustre.hsm().dataVersion(running.data());
    if (now != running.dataVersion()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot "
              + Words.of(item)
              + ": it changed while it was read (data version "
              + running.dataVersion()
              + ", then "
              + now
              + "). Archive it again when it is quiet.");
    }
  }

  /** A failure without a kind may have happened all the same: it is not repeated blindly. */
  private static ArchivedObject commit(ActionItem item, PendingArchive pending) throws IOException {
    try {
      return pending.commit();
    } catch (ProviderException e) {
      throw e;
    } catch (IOException e) {
      throw new ProviderException(
          ErrorKind.UNKNOWN_OUTCOME,
          "Cannot tell whether "
              + Words.of(item)
              + " published its copy: "
              + e.getMessage()
              + ". Archive it again.",
          e);
    }
  }

  /**
   * Nobody waits for an action any more: whoever ended it may not have dropped what its copy
   * replaced.
   */
  void settleOver(ActionItem item) {
    if (item.action() != HsmActionKind.ARCHIVE
        || !(backends.find(item.archiveId()).orElse(null) instanceof Archiver archiver)) {
      return;
    }
    settle(item, () -> archiver.settle(item.fid()));
  }

  /** What settles one archive. */
  private interface Settling {
    void run() throws IOException;
  }

  private void settleArchive(ActionItem item, Published published) {
    counters.archived.increment();
    counters.bytesArchived.add(published.stored().size());
    events.count("copytool.archived", 1);
    events.count("copytool.archived.bytes", published.stored().size());
    events.action(
        Severity.DEBUG,
        "copytool.archived",
        item,
        item.fid() + " is archived as " + published.stored().location() + ".");
    settle(item, published.pending()::settle);
  }

  private void settle(ActionItem item, Settling settling) {
    try {
      settling.run();
    } catch (IOException | RuntimeException e) {
      events.action(
          Severity.WARNING,
          "copytool.settle.failed",
          item,
          item.fid()
              + " is archived, and what that replaced could not be removed: "
              + e.getMessage()
              + " The next archive or remove of the file does it.");
    }
  }

  private void closeQuietly(ActionItem item, PendingArchive pending) {
    try {
      pending.close();
    } catch (IOException | RuntimeException e) {
      events.action(
          Severity.WARNING,
          "copytool.copy.undropped",
          item,
          "What was copied of " + item.fid() + " could not be dropped: " + e.getMessage());
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

  // ---- restore

  private Work restore(ActiveAction active, RunningAction running, Restorer restorer)
      throws IOException {
    ActionItem item = active.item();
    FileStat stat = regular(item, lustre.identity().stat(item.fid()));
    retried(
        active,
        () -> {
          restorer.restore(action(active, running, stat));
          return item;
        });
    active.check();
    return () -> settleRestore(item, stat.size());
  }

  private void settleRestore(ActionItem item, long size) {
    counters.restored.increment();
    counters.bytesRestored.add(size);
    events.count("copytool.restored", 1);
    events.count("copytool.restored.bytes", size);
    events.action(Severity.DEBUG, "copytool.restored", item, item.fid() + " is restored.");
    try {
      receipts.dataMoved(item.fid());
    } catch (IOException | RuntimeException e) {
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

  // ---- remove

  /** After an attempt that may have removed it, an object that is not there is what was wanted. */
  private Work remove(ActiveAction active, RunningAction running, Remover remover)
      throws IOException {
    ActionItem item = active.item();
    boolean[] mayBeGone = {active.origin() != ActiveAction.Origin.SENT};
    retried(
        active,
        () -> {
          try {
            remover.remove(action(active, running, NO_STAT));
          } catch (IOException e) {
            ErrorKind kind = ProviderException.kindOfMutation(e);
            if (kind == ErrorKind.NOT_FOUND && mayBeGone[0]) {
              return item;
            }
            mayBeGone[0] = true;
            throw kind == ErrorKind.UNKNOWN_OUTCOME ? repeatable(item, e) : e;
          }
          return item;
        });
    return () -> {
      counters.removed.increment();
      events.count("copytool.removed", 1);
      events.action(
          Severity.DEBUG, "copytool.removed", item, "The copy of " + item.fid() + " is removed.");
    };
  }

  /** A removal may be repeated: the file can't be archived anew before this action ends. */
  private static ProviderException repeatable(ActionItem item, IOException e) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot tell whether "
            + Words.of(item)
            + " removed the copy: "
            + e.getMessage()
            + " Try again.",
        e);
  }

  private static FileStat regular(ActionItem item, FileStat stat) throws IOException {
    if (!stat.isRegular()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot "
              + Words.of(item)
              + ": it is a "
              + stat.type()
              + ", and HSM keeps regular files only. Ask for regular files.");
    }
    return stat;
  }
}
