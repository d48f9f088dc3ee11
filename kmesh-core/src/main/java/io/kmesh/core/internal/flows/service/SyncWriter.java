// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.flows.BarrierOutcome;
import io.kmesh.flows.FlowWriter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes a file beside its place, under a name that flows leave out, and renames it when it is
 * whole. For one thread at a time.
 */
final class SyncWriter implements FlowWriter {
  private static final Set<OpenFlag> FLAGS =
      Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final PathBytes path;
  private final boolean isSyncing;
  private final PosixDirectory directory;
  private final PathBytes temporary;
  private final PosixFile file;
  private final Function<PathBytes, BarrierOutcome> barrier;
  private long written;
  private boolean isOpen = true;
  private @Nullable BarrierOutcome outcome;

  /**
   * Begins a file.
   *
   * @param barrier waits for the target to have a path
   * @throws IOException when its directory is not there, or it can't be made
   */
  SyncWriter(PosixTree tree, PathBytes path, Function<PathBytes, BarrierOutcome> barrier)
      throws IOException {
    this.path = path;
    this.barrier = barrier;
    this.isSyncing = tree.capabilities().contains(PosixCapability.SYNC);
    this.directory = tree.openDirectory(path.parent());
    byte[] random = new byte[8];
    RANDOM.nextBytes(random);
    this.temporary = PathBytes.of(".kmesh~write~" + HexFormat.of().formatHex(random));
    try {
      this.file = directory.openFile(temporary, FLAGS);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    if (!isOpen) {
      throw new ClosedChannelException();
    }
    int length = bytes.remaining();
    file.write(bytes, written);
    written += length;
    return length;
  }

  @Override
  public boolean isOpen() {
    return isOpen;
  }

  @Override
  public void close() throws IOException {
    if (!isOpen) {
      return;
    }
    isOpen = false;
    try (directory;
        file) {
      publish();
    }
    outcome = barrier.apply(path);
  }

  private void publish() throws IOException {
    try {
      if (isSyncing) {
        file.sync(SyncMode.ALL);
      }
      directory.rename(temporary, directory, path.name(), RenameMode.REPLACE);
      if (isSyncing) {
        directory.sync(SyncMode.ALL);
      }
    } catch (IOException | RuntimeException e) {
      remove(e);
      throw e;
    }
  }

  private void remove(Exception reason) {
    try {
      directory.unlink(temporary);
    } catch (IOException | RuntimeException e) {
      reason.addSuppressed(e);
    }
  }

  @Override
  public void discard() throws IOException {
    if (isOpen) {
      isOpen = false;
      try (directory;
          file) {
        directory.unlink(temporary);
      }
    }
  }

  @Override
  public BarrierOutcome outcome() {
    if (outcome == null) {
      throw new IllegalStateException("Cannot tell the outcome: " + path + " was not closed.");
    }
    return outcome;
  }
}
