// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.archive.Restorer;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The least copytool: it restores by a back end, one file after the other. */
public final class RestoreAgent implements Closeable {
  private final Restorer restorer;
  private final CopytoolSession session;
  private final Thread thread;
  private volatile boolean isEnding;

  /** Begins to serve an archive. */
  public RestoreAgent(LustreBinding lustre, ArchiveId archive, Restorer restorer)
      throws IOException {
    this.restorer = restorer;
    this.session = lustre.copytools().register(Set.of(archive));
    this.thread = new Thread(this::serve, "agent");
    thread.start();
  }

  private void serve() {
    try {
      while (!isEnding) {
        for (ActionItem item : session.receive(Duration.ofMillis(200))) {
          if (item.action() == HsmActionKind.RESTORE) {
            restore(item);
          } else {
            session.fail(item, Errno.EOPNOTSUPP, null);
          }
        }
      }
    } catch (IOException e) {
      if (!isEnding) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void restore(ActionItem item) throws IOException {
    try (RunningAction action = session.begin(item)) {
      try {
        restorer.restore(new Restore(item, action.data()));
      } catch (IOException e) {
        action.fail(Errno.EIO, null);
        return;
      }
      action.progress(new Extent(0, action.data().stat().size()));
      action.succeed();
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.ENOENT::equals).isEmpty()) {
        throw e;
      }
      // The file went meanwhile.
    }
  }

  private record Restore(ActionItem item, PosixFile target) implements RestoreAction {
    @Override
    public Fid fid() {
      return item.fid();
    }

    @Override
    public ArchiveId archiveId() {
      return item.archiveId();
    }

    @Override
    public List<PathBytes> paths() {
      return List.of();
    }

    @Override
    public byte[] payload() {
      return new byte[0];
    }

    @Override
    public FileStat stat() {
      try {
        return target.stat();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void checkCancelled() {}

    @Override
    public void copied(long bytes) {}

    @Override
    public ContentDigest transferFrom(InputStream source) {
      throw new AssertionError("The archive writes the file itself.");
    }
  }

  @Override
  public void close() throws IOException {
    isEnding = true;
    session.wakeUp();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    session.close();
  }
}
