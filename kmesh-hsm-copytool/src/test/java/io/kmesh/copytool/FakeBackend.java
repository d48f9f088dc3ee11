// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.CopyAction;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.archive.Restorer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A back end in memory that a test stops, breaks and watches. */
final class FakeBackend implements Archiver, Restorer, Remover {
  interface Step {
    void run() throws IOException;
  }

  final AtomicInteger committed = new AtomicInteger();
  final AtomicInteger settled = new AtomicInteger();
  final AtomicInteger closed = new AtomicInteger();
  final AtomicInteger removeFailures = new AtomicInteger();
  final AtomicInteger archiveFailures = new AtomicInteger();
  volatile boolean holdsRemoves;
  volatile Step whenRestoring = () -> {};
  volatile Step whenCopied = () -> {};
  volatile Step whenCommitted = () -> {};
  private final Map<Fid, byte[]> copies = new ConcurrentHashMap<>();
  private boolean isHolding; // guarded by this
  private int held; // guarded by this
  private @Nullable CopyAction heldAction; // guarded by this

  synchronized void hold() {
    isHolding = true;
  }

  synchronized void release() {
    isHolding = false;
    notifyAll();
  }

  synchronized boolean isHeld() {
    return held > 0;
  }

  /** Whether the held action would stop if it looked. */
  synchronized boolean seesCancel() {
    CopyAction action = heldAction;
    if (action == null) {
      return false;
    }
    try {
      action.checkCancelled();
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private synchronized void pass(CopyAction action) throws IOException {
    held++;
    heldAction = action;
    try {
      while (isHolding) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("held");
    } finally {
      held--;
    }
  }

  @Override
  public PendingArchive archive(ArchiveAction action) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ContentDigest digest = action.transferTo(bytes);
    if (archiveFailures.getAndDecrement() > 0) {
      throw new ProviderException(ErrorKind.TRANSIENT, "not now");
    }
    pass(action);
    whenCopied.run();
    action.checkCancelled();
    return new PendingArchive() {
      @Override
      public ArchivedObject commit() throws IOException {
        committed.incrementAndGet();
        copies.put(action.fid(), bytes.toByteArray());
        whenCommitted.run();
        return new ArchivedObject(action.fid().toString(), "1", digest.size(), digest.sha256());
      }

      @Override
      public void settle() {
        settled.incrementAndGet();
      }

      @Override
      public void close() {
        closed.incrementAndGet();
      }
    };
  }

  @Override
  public void restore(RestoreAction action) throws IOException {
    byte[] copy = copies.get(action.fid());
    whenRestoring.run();
    action.transferFrom(new ByteArrayInputStream(copy, 0, copy.length / 2));
    pass(action);
    action.checkCancelled();
    action.transferFrom(new ByteArrayInputStream(copy));
  }

  @Override
  public void remove(RemoveAction action) throws IOException {
    if (holdsRemoves) {
      pass(action);
      action.checkCancelled();
    }
    boolean wasThere = copies.remove(action.fid()) != null;
    if (removeFailures.getAndDecrement() > 0) {
      throw new IOException("the line broke");
    }
    if (!wasThere) {
      throw new ProviderException(ErrorKind.NOT_FOUND, "nothing there");
    }
  }
}
