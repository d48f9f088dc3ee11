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
 * was asked for; everything else opens the copy. Thread-safe.
 *
 * <p>One in a directory is open once at a time: as a file system, or for one of the calls and
 * operations here. Another is refused with EXISTS meanwhile, in this process and in others. One on
 * a Lustre is in use as files are; of refreshes and deletions one runs at a time, another of this
 * process is refused with EXISTS, and so is a refresh while another process refreshes the copy. No
 * call or operation here restores a released file of it.
 *
 * <p>Failures are {@link io.kmesh.KmeshException}s: NOT_FOUND when the copy was deleted, its
 * directory is lost or on another machine, its cluster is not attached, or it was moved from its
 * place there; PRECONDITION when its directory has another copy, or a copy on a Lustre is just made
 * or deleted; CORRUPT when stored data are damaged.
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

  /** Where what is written to it is kept; on a Lustre, where its files are. */
  Endpoint endpoint();

  /** The machine that the endpoint belongs to, or the cluster's name. */
  String host();

  /** When it was made. */
  Instant created();

  /**
   * What it takes now: the bytes in its directory or of its files that are not released, holes not
   * counted, and what it adds to the repository. The content that it shares with snapshots is not
   * counted, nor what a copytool archived of its changed files. On a Lustre all entries are looked
   * at.
   */
  DataSize bytesStored();

  /**
   * Opens it as a file system, to read and to write. Only what is looked at is fetched. The caller
   * closes it, which makes all that was written durable.
   *
   * @throws io.kmesh.UnsupportedCapabilityException for a copy on a Lustre, whose files are used
   *     there
   */
  FileSystem fileSystem();

  /**
   * Tells what differs from the snapshot: in a directory found by what was touched alone, on a
   * Lustre by a look at all entries, where what was renamed was removed and added.
   */
  void changes(Consumer<VirtualCopyChange> visitor);

  /** What differs from the snapshot. A list of very many is better told one by one. */
  default List<VirtualCopyChange> changes() {
    List<VirtualCopyChange> all = new ArrayList<>();
    changes(all::add);
    return all;
  }

  /**
   * Tells the files of its snapshot whose bytes are in an archive that is not the repository, and
   * where: a copy on a Lustre does not have them; one in a directory lists them, and can't open
   * them. All directories of the snapshot are looked at.
   */
  void leftOut(Consumer<SnapshotProblem> visitor);

  /** These files. A list of very many is better told one by one. */
  default List<SnapshotProblem> leftOut() {
    List<SnapshotProblem> all = new ArrayList<>();
    leftOut(all::add);
    return all;
  }

  /** Shows another snapshot; where both changed something, the copy's stays. */
  default Operation<VirtualCopyRefresh> refresh(Snapshot newer) {
    return refresh(newer, ConflictRule.SKIP);
  }

  /**
   * Lets it show a newer snapshot, or any other of its repository. What was changed in the copy
   * stays changed. In a directory it happens whole or not at all, across crashes too; on a Lustre
   * entry by entry, each whole: one that was cut goes on, and one that is given up is ended by the
   * next; when its process was killed, as soon as a prune takes its session for dead. There it
   * reads files that were changed, but restores none.
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

  /** Deletes it with its directory or its files on the Lustre; one that is gone is no error. */
  Operation<VirtualCopyDeletion> delete();

  /**
   * Forgets it without looking for its directory, which is lost: what it shows is kept no more. One
   * that is gone is no error. On a Lustre no stub of it can be restored any more.
   *
   * @throws io.kmesh.KmeshException PRECONDITION when it is at its place on an attached Lustre
   */
  void forget();
}
