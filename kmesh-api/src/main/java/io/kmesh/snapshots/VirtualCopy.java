// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import io.kmesh.Operation;
import io.kmesh.unit.DataSize;
import java.nio.file.FileSystem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A virtual copy: a snapshot that can be written to. What it says of itself is as it was when it
 * was asked for; everything else opens the copy, which is open once at a time: as a file system, or
 * for one of the calls and operations here. Another is refused with EXISTS meanwhile, in this
 * process and in others. Thread-safe.
 *
 * <p>Failures are {@link io.kmesh.KmeshException}s: NOT_FOUND when the copy was deleted, or its
 * directory is lost or on another machine; PRECONDITION when its directory has another copy;
 * CORRUPT when stored data are damaged.
 */
public interface VirtualCopy {
  /** 16 hexadecimal digits. */
  String id();

  /** Its name. */
  String name();

  /** The name of the repository that has its snapshot's content. */
  String repository();

  /** The id of the snapshot that it shows; that may be forgotten. */
  String snapshot();

  /** Where what is written to it is kept. */
  Endpoint endpoint();

  /** The machine that the endpoint belongs to. */
  String host();

  /** When it was made. */
  Instant created();

  /**
   * What it takes now: the bytes in its directory, holes not counted, and what it adds to the
   * repository. The content that it shares with snapshots is not counted.
   */
  DataSize bytesStored();

  /**
   * Opens it as a file system, to read and to write. Only what is looked at is fetched. The caller
   * closes it, which makes all that was written durable.
   */
  FileSystem fileSystem();

  /** Tells what differs from the snapshot, found by what was touched alone. */
  void changes(Consumer<VirtualCopyChange> visitor);

  /** What differs from the snapshot. A list of very many is better told one by one. */
  default List<VirtualCopyChange> changes() {
    List<VirtualCopyChange> all = new ArrayList<>();
    changes(all::add);
    return all;
  }

  /** Shows another snapshot; where both changed something, the copy's stays. */
  default Operation<VirtualCopyRefresh> refresh(Snapshot newer) {
    return refresh(newer, ConflictRule.SKIP);
  }

  /**
   * Lets it show a newer snapshot, or any other of its repository. What was changed in the copy
   * stays changed. It happens whole or not at all, across crashes too.
   *
   * @throws io.kmesh.KmeshException INVALID when the snapshot is in another repository
   */
  Operation<VirtualCopyRefresh> refresh(Snapshot newer, ConflictRule rule);

  /** Plans to bring its changes back to what its snapshot was taken of. */
  default ReverseSyncPlan planReverseSync() {
    return planReverseSync(s -> {});
  }

  /** Plans to bring its changes to a tree. */
  default ReverseSyncPlan planReverseSync(Consumer<ReverseSyncSpec.Builder> options) {
    ReverseSyncSpec.Builder builder = ReverseSyncSpec.builder();
    options.accept(builder);
    return planReverseSync(builder.build());
  }

  /**
   * Plans to bring its changes to the tree that its snapshot was taken of, or to a restore of that,
   * where the tree did not change otherwise. The copy stays as it is: take a snapshot of the tree
   * afterwards and refresh the copy to it.
   *
   * @throws io.kmesh.KmeshException INVALID when no target is named and this process can't tell the
   *     snapshot's source
   */
  ReverseSyncPlan planReverseSync(ReverseSyncSpec spec);

  /** Deletes it with its directory; one that is gone is no error. */
  Operation<VirtualCopyDeletion> delete();

  /**
   * Forgets it without looking for its directory, which is lost: what it shows is kept no more. One
   * that is gone is no error.
   */
  void forget();
}
