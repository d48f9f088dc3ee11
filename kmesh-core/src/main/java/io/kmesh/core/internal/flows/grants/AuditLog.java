// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The log of what was done with sensitive paths: records are put at its end alone, in frames that
 * have the hash of the one before (docs/format/flow-audit.md). Threads that wait for their records
 * share a write and a sync. After a failed one nothing is taken any more: nobody knows what is
 * durable then. Thread-safe.
 */
final class AuditLog implements Closeable {
  private final GrantFiles files;
  private final PosixFile file;
  private final long latest;
  private final Object lock = new Object();
  private final List<AuditRecord> waiting = new ArrayList<>(); // guarded by the lock, as all below
  private AuditHead head; // all up to here is durable
  private long end;
  private boolean isWriting;
  private boolean isClosed;
  private @Nullable IOException failure;

  private AuditLog(GrantFiles files, PosixFile file, AuditHead head, long end, long latest) {
    this.files = files;
    this.file = file;
    this.head = head;
    this.end = end;
    this.latest = latest;
  }

  /**
   * Opens the log of a flow, or begins one. One that was changed is put aside, and the new one's
   * first record says so.
   *
   * @param known a place that it had reached
   * @param now the time of a record that is written here
   */
  static AuditLog open(GrantFiles files, AuditHead known, long now) throws IOException {
    String reason;
    if (files.hasLog()) {
      try {
        return openPresent(files, known);
      } catch (ProviderException e) {
        if (e.kind() != ErrorKind.CORRUPT) {
          throw e;
        }
        reason = String.valueOf(e.getMessage());
        files.keepLog();
      }
    } else if (known.count() > 0) {
      reason = "The log is not there; it had " + known.count() + " records or more.";
    } else {
      return begin(files);
    }
    AuditLog log = begin(files);
    try {
      log.write(AuditRecord.of(now, Action.DAMAGED, "", PathBytes.EMPTY, "", reason));
      return log;
    } catch (IOException | RuntimeException e) {
      log.close();
      throw e;
    }
  }

  private static AuditLog openPresent(GrantFiles files, AuditHead known) throws IOException {
    PosixFile file = files.openLog();
    try {
      if (file.stat().size() < AuditReader.HEAD && known.count() == 0) {
        return begin(files, file); // a crash cut its making
      }
      AuditReader reader = new AuditReader(file);
      boolean isReached = known.count() == 0;
      long latest = 0;
      for (AuditFrame frame = reader.next(); frame != null; frame = reader.next()) {
        for (AuditRecord record : frame.records()) {
          latest = Math.max(latest, record.at());
        }
        if (reader.head().count() == known.count()) {
          if (!reader.head().equals(known)) {
            throw AuditReader.damaged(
                "record " + known.count() + " is not the one that was there before");
          }
          isReached = true;
        }
      }
      AuditHead head = reader.head();
      long end = reader.end();
      if (!isReached) {
        throw AuditReader.damaged(
            "it has " + head.count() + " records that are whole, and had " + known.count());
      }
      if (end < file.stat().size()) {
        if (reader.isFollowed()) {
          throw AuditReader.damaged(
              "behind record " + head.count() + " is something else, and records behind that");
        }
        file.truncate(end); // what a crash left of the last records
      }
      files.sync(file); // a process may have died between its write and its sync
      return new AuditLog(files, file, head, end, latest);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static AuditLog begin(GrantFiles files) throws IOException {
    PosixFile file = files.openLog();
    try {
      return begin(files, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static AuditLog begin(GrantFiles files, PosixFile file) throws IOException {
    byte[] begin = Arrays.copyOf(AuditReader.MAGIC, AuditReader.HEAD);
    begin[AuditReader.MAGIC.length] = AuditReader.FORMAT;
    file.truncate(0);
    file.write(ByteBuffer.wrap(begin), 0);
    files.sync(file);
    return new AuditLog(files, file, AuditHead.BEGIN, AuditReader.HEAD, 0);
  }

  /** The latest time that a record had when this was opened. */
  long latest() {
    return latest;
  }

  /** How far the log is durable. */
  AuditHead head() {
    synchronized (lock) {
      return head;
    }
  }

  /** Writes a record; durable when this returns. */
  void write(AuditRecord record) throws IOException {
    write(List.of(record));
  }

  /** Writes records, one behind the other; durable when this returns. */
  void write(List<AuditRecord> records) throws IOException {
    long last;
    synchronized (lock) {
      requireUsable();
      waiting.addAll(records);
      last = head.count() + waiting.size();
    }
    while (true) {
      AuditFrame.Written next;
      synchronized (lock) {
        awaitWhile(() -> isWriting && head.count() < last);
        if (head.count() >= last) {
          return;
        }
        requireUsable();
        isWriting = true;
        next = AuditFrame.write(head, waiting);
      }
      IOException bad = null;
      try {
        file.write(ByteBuffer.wrap(next.frame()), end);
        files.sync(file);
      } catch (IOException e) {
        bad = e;
      } finally {
        synchronized (lock) {
          isWriting = false;
          if (bad == null) {
            waiting.subList(0, next.count()).clear();
            head = next.after();
            end += next.frame().length;
          } else {
            failure = bad;
          }
          lock.notifyAll();
        }
      }
    }
  }

  /** Waits on the lock, which the caller holds. */
  private void awaitWhile(BooleanSupplier isBusy) throws InterruptedIOException {
    try {
      while (isBusy.getAsBoolean()) {
        lock.wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("The wait for the audit log was interrupted.");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  private void requireUsable() throws ProviderException {
    if (failure != null) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot write the audit log of the flow, without which nothing sensitive is read: "
              + failure.getMessage()
              + ". Mend that, stop the flow, and start it.",
          failure);
    }
    if (isClosed) {
      throw new ProviderException(
          ErrorKind.TRANSIENT, "The flow was stopped. Start it, and try again.");
    }
  }

  /** Takes no more; what others are writing is durable when this returns. */
  @Override
  public void close() throws IOException {
    synchronized (lock) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      awaitWhile(() -> isWriting);
    }
    file.close();
  }
}
