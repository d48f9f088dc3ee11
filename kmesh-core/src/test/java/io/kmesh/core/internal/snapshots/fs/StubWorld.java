// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.archive.CatalogScope;
import io.kmesh.core.internal.snapshots.archive.Catalogs;
import io.kmesh.core.internal.snapshots.archive.HsmEntry;
import io.kmesh.engine.EngineTime;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A simulated Lustre and a copytool that restores what catalogs have. */
final class StubWorld implements AutoCloseable {
  static final CatalogScope SCOPE = new CatalogScope("lab", "1".repeat(32), 3);
  private static final ArchiveId ARCHIVE = ArchiveId.of(3);

  final SimulatedLustre lustre;
  private final FsWorld world;
  private final CopytoolSession session;
  private final Thread agent;
  private final OpenSnapshot open;
  volatile boolean isFailing;
  private volatile boolean isEnding;

  /**
   * A Lustre in a folder.
   *
   * @param snapshot one whose chunks the copytool knows
   */
  StubWorld(FsWorld world, Path folder, String snapshot) throws IOException {
    this.world = world;
    this.lustre = SimulatedLustre.at(folder);
    this.session = lustre.copytools().register(Set.of(ARCHIVE));
    this.open = world.snapshots().open(snapshot);
    SnapshotVolume volume = new SnapshotVolume(open, world.cache);
    this.agent = new Thread(() -> serve(volume), "agent");
    agent.start();
  }

  StubCopies copies() throws IOException {
    return copies(lustre);
  }

  StubCopies copies(LustreBinding by) throws IOException {
    return copies(by, world.snapshots(), world.domain);
  }

  StubCopies copies(
      LustreBinding by, SnapshotStore snapshots, io.kmesh.core.internal.repository.Domain domain)
      throws IOException {
    return new StubCopies(
        domain,
        snapshots,
        by,
        SCOPE,
        EngineTime.system(),
        new StubCopies.Settings("lab", "here", world.cache, 2, Duration.ofSeconds(3)));
  }

  long restores() {
    return lustre.coordinator().statistics().succeeded(HsmActionKind.RESTORE);
  }

  private void serve(SnapshotVolume volume) {
    try (Catalogs catalogs = new Catalogs(world.domain, SCOPE, EngineTime.system(), "here")) {
      while (!isEnding) {
        for (ActionItem item : session.receive(Duration.ofMillis(200))) {
          if (item.action() == HsmActionKind.RESTORE) {
            restore(item, catalogs, volume);
          } else {
            session.fail(item, Errno.EOPNOTSUPP, null);
          }
        }
      }
    } catch (IOException e) {
      if (!isEnding) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  private void restore(ActionItem item, Catalogs catalogs, SnapshotVolume volume)
      throws IOException {
    Optional<HsmEntry> entry = isFailing ? Optional.empty() : catalogs.find(item.fid());
    if (entry.isEmpty()) {
      session.fail(item, Errno.ENOENT, null);
      return;
    }
    try (RunningAction action = session.begin(item);
        Volume.Bytes bytes = FileContent.of(volume.chunks(), entry.get().content())) {
      ByteBuffer all = ByteBuffer.allocate((int) bytes.size());
      bytes.read(0, all, true);
      action.data().write(all.flip(), 0);
      action.progress(new Extent(0, bytes.size()));
      action.succeed();
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.ENOENT::equals).isEmpty()) {
        throw e;
      }
      // The file went meanwhile.
    }
  }

  @Override
  public void close() throws IOException {
    isEnding = true;
    session.wakeUp();
    try {
      agent.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    session.close();
    open.close();
    lustre.close();
  }
}
