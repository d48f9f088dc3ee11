// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Proves that stubs can be made on a Lustre and are restored from the repository: one small file is
 * imported, restored and compared. Everything else that could be asked proves less.
 */
final class StubProbe {
  private static final Duration PAUSE = Duration.ofMillis(10);

  /** Between the end of a restore and what it did there may be a moment. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private static final long ENOUGH = 1 << 20;
  private static final int MOST_LOOKED_AT = 200;

  private final LustreBinding lustre;
  private final ArchiveId archive;
  private final KmeshTime time;
  private final Duration patience;

  StubProbe(LustreBinding lustre, ArchiveId archive, KmeshTime time, Duration patience) {
    this.lustre = lustre;
    this.archive = archive;
    this.time = time;
    this.patience = patience;
  }

  /** Refuses where stubs can't be made at all. */
  void requireImport() throws ProviderException {
    if (!lustre.capabilities().contains(LustreCapability.IMPORT)) {
      throw refusal("it can't import stubs", "Use a binding that can", null);
    }
  }

  /** Says that a copy can't be made of stubs, and what else there is. */
  ProviderException refusal(String reason, String remedy, @Nullable Exception cause) {
    String text =
        "Cannot create a virtual copy on "
            + lustre.description()
            + ": "
            + reason
            + ". "
            + remedy
            + "; or make the copy in a folder, which programs use as a java.nio file system; or"
            + " restore the snapshot there as a whole.";
    return cause == null
        ? new ProviderException(ErrorKind.UNSUPPORTED, text)
        : new ProviderException(ErrorKind.UNSUPPORTED, text, cause);
  }

  /** What a failure on the way says of the caller. */
  ProviderException denied(ProviderException e) {
    boolean isDenied =
        e.errno().filter(n -> n.equals(Errno.EPERM) || n.equals(Errno.EACCES)).isPresent();
    return isDenied ? refusal("only root may import stubs", "Run as root", e) : e;
  }

  /** A small file of a snapshot with content; null when it has none. */
  static SnapshotVolume.@Nullable Entry find(SnapshotVolume snapshot) throws IOException {
    return find(snapshot, snapshot.root(), new int[1], null);
  }

  private static SnapshotVolume.@Nullable Entry find(
      SnapshotVolume snapshot,
      SnapshotVolume.Entry directory,
      int[] looked,
      SnapshotVolume.@Nullable Entry best)
      throws IOException {
    SnapshotVolume.Entry smallest = best;
    Volume.Names names = snapshot.names(directory);
    for (PathBytes name = names.next(); name != null; name = names.next()) {
      SnapshotVolume.Entry entry = snapshot.find(directory, name);
      boolean isEnough =
          smallest != null && (smallest.node().size() <= ENOUGH || looked[0] > MOST_LOOKED_AT);
      if (entry == null || isEnough) {
        continue;
      }
      looked[0]++;
      if (entry.node().content() instanceof Content.Directory) {
        smallest = find(snapshot, entry, looked, smallest);
      } else if (SnapshotVolume.hasBytes(entry)
          && entry.node().size() > 0
          && (smallest == null || entry.node().size() < smallest.node().size())) {
        smallest = entry;
      }
    }
    return smallest;
  }

  /**
   * Restores a stub whose content the catalog has, and compares it.
   *
   * @param stub its path on the mount
   */
  void prove(Fid fid, PathBytes stub, SnapshotVolume snapshot, SnapshotVolume.Entry file)
      throws IOException {
    request(fid);
    Instant now = time.now();
    Instant end = now.plus(patience);
    Instant busy = now;
    for (; lustre.hsm().state(fid).isReleased(); now = time.now()) {
      if (lustre.hsm().currentAction(fid).phase() != CurrentAction.Phase.IDLE) {
        busy = now;
      } else if (now.isAfter(busy.plus(GRACE))) {
        throw refusal(
            "the copytool of archive " + archive + " failed to restore " + file.path(),
            "Look at its log, and let it be Kmesh's with this repository, which check() proves",
            null);
      }
      if (!now.isBefore(end)) {
        cancel(fid);
        throw refusal(
            "no copytool restored a file of archive "
                + archive
                + " within "
                + patience.toSeconds()
                + " s",
            "Start Kmesh's copytool with this repository for that archive on a node of the file"
                + " system",
            null);
      }
      pause();
    }
    TreeVolume.Basis basis =
        new TreeVolume.Basis(
            snapshot,
            Instant.EPOCH,
            () -> {
              throw new IllegalStateException("Bytes are compared here.");
            },
            io.kmesh.core.internal.snapshots.ContentGate.OPEN);
    TreeVolume tree = new TreeVolume(lustre.tree(), PathBytes.EMPTY, basis);
    TreeVolume.Place restored = tree.at(stub);
    if (restored == null || !Contents.areEqual(snapshot, file, tree, restored)) {
      throw refusal(
          "the copytool of archive " + archive + " restored other bytes than the repository has",
          "Let that archive be served by Kmesh's copytool with this repository",
          null);
    }
  }

  private void request(Fid fid) throws IOException {
    try {
      lustre.hsm().request(HsmRequest.of(HsmActionKind.RESTORE, archive, List.of(fid)));
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.EAGAIN::equals).isPresent()) {
        throw refusal(
            "the HSM coordinator is not running",
            "Run lctl set_param mdt.*.hsm_control=enabled on the servers",
            e);
      }
      if (e.errno().filter(Errno.EPERM::equals).isPresent()) {
        throw denied(e);
      }
      if (e.errno().filter(Errno.ENODATA::equals).isEmpty()) {
        throw e;
      }
    }
  }

  private void cancel(Fid fid) {
    try {
      lustre.hsm().request(HsmRequest.of(HsmActionKind.CANCEL, archive, List.of(fid)));
    } catch (IOException e) {
      // The refusal is told; the request ends with the file.
    }
  }

  private void pause() throws InterruptedIOException {
    try {
      time.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Cannot create a virtual copy: interrupted.");
    }
  }
}
