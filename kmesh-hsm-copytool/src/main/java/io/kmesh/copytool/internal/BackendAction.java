// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.copytool.internal.ActiveAction.Stop;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;

/**
 * What a back end sees of an action that has begun. Progress goes to the coordinator now and then.
 */
final class BackendAction implements ArchiveAction, RestoreAction, RemoveAction {
  private static final int PIECE = 1 << 20;

  private final LustreBinding lustre;
  private final CoordinatorLink link;
  private final KmeshTime time;
  private final ActiveAction active;
  private final RunningAction running;
  private final FileStat stat;
  private final long reportEvery;
  private final Object progressLock = new Object();
  private long copied;
  private long reported;
  private long lastReport;

  BackendAction(
      LustreBinding lustre,
      CoordinatorLink link,
      KmeshTime time,
      ActiveAction active,
      RunningAction running,
      FileStat stat,
      Duration reportEvery) {
    this.lustre = lustre;
    this.link = link;
    this.time = time;
    this.active = active;
    this.running = running;
    this.stat = stat;
    this.reportEvery = reportEvery.toNanos();
    this.lastReport = time.nanoTime();
  }

  @Override
  public Fid fid() {
    return active.item().fid();
  }

  @Override
  public ArchiveId archiveId() {
    return active.item().archiveId();
  }

  @Override
  public List<PathBytes> paths() throws IOException {
    try {
      return lustre.identity().paths(fid());
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return List.of();
      }
      throw e;
    }
  }

  @Override
  public byte[] payload() {
    return active.item().payload();
  }

  @Override
  public void checkCancelled() throws IOException {
    active.check();
  }

  @Override
  public PosixFile source() {
    return data();
  }

  @Override
  public PosixFile target() {
    return data();
  }

  private PosixFile data() {
    try {
      return running.data();
    } catch (IOException e) {
      throw new IllegalStateException(
          "Cannot use the data of " + active.item().action() + " of " + fid() + ": it has none.",
          e);
    }
  }

  @Override
  public FileStat stat() {
    return stat;
  }

  @Override
  public long dataVersion() {
    return running.dataVersion();
  }

  @Override
  public void copied(long bytes) throws IOException {
    active.check();
    Extent report = null;
    synchronized (progressLock) {
      copied += bytes;
      long now = time.nanoTime();
      if (now - lastReport >= reportEvery) {
        report = new Extent(reported, copied - reported);
        reported = copied;
        lastReport = now;
      }
    }
    active.copied().addAndGet(bytes);
    if (report != null) {
      report(report);
    }
  }

  private void report(Extent done) throws IOException {
    try {
      switch (link.progress(running, done).answer()) {
        case CANCELLED -> active.stop(Stop.CANCELLED);
        case UNKNOWN -> active.stop(Stop.LOST);
        case TAKEN, BOUND_ELSEWHERE, REFUSED -> {}
      }
    } catch (CoordinatorLink.Away e) {
      // A coordinator that is off for a while needs no sign of life; the end will tell.
      if (e.getCause() instanceof IOException cause && Session.isGone(cause)) {
        active.stop(Stop.AWAY);
      }
    }
    active.check();
  }

  @Override
  public ContentDigest transferTo(OutputStream target) throws IOException {
    MessageDigest digest = sha256();
    ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE, Math.max(1, stat.size() + 1)));
    long offset = 0;
    while (true) {
      piece.clear();
      int n = running.data().read(piece, offset);
      if (n < 0) {
        break;
      }
      digest.update(piece.array(), 0, n);
      target.write(piece.array(), 0, n);
      offset += n;
      copied(n);
    }
    return new ContentDigest(offset, new Sha256(digest.digest()));
  }

  @Override
  public ContentDigest transferFrom(InputStream source) throws IOException {
    MessageDigest digest = sha256();
    byte[] piece = new byte[PIECE];
    long offset = 0;
    int n;
    while ((n = source.read(piece)) >= 0) {
      digest.update(piece, 0, n);
      running.data().write(ByteBuffer.wrap(piece, 0, n), offset);
      offset += n;
      copied(n);
    }
    running.data().truncate(offset);
    return new ContentDigest(offset, new Sha256(digest.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
