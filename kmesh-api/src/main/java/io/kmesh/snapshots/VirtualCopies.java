// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import io.kmesh.Operation;
import io.kmesh.lustre.ArchiveId;
import java.util.List;
import java.util.Optional;

/** The virtual copies of snapshots in the repositories of a Kmesh. Thread-safe. */
public interface VirtualCopies {
  /**
   * Makes a virtual copy of a snapshot: in a directory at once, however large the snapshot is; on a
   * Lustre in the time that it takes to make its entries, without their bytes. It shows what the
   * snapshot has, and can be written to; what is written stays in the target. The copy's content is
   * kept when the snapshot is forgotten.
   *
   * <p><b>In a directory</b> it is used as a {@link VirtualCopy#fileSystem file system of Java's}.
   *
   * <p><b>On a Lustre</b> its files are released stubs at the target, for any program on any mount:
   * the first read of a file, or a write to it, restores that whole file from the repository,
   * through a copytool that serves the file system's archive with {@link
   * io.kmesh.repository.Repository#archive}. The restored file's layout is the copytool's. It needs
   * root, a running coordinator and that copytool; one small file is restored to prove it. Files
   * whose bytes the snapshot does not have, but an archive, are left out. Nothing of the copy is
   * seen before it is whole. The archive is the one that the repository is of that file system, 1
   * when it is none yet.
   *
   * <p>One whose process was killed is made by the next.
   *
   * @param name for people; no other copy in the repository has it
   * @param target a directory of this machine, which is made, or empty, where nothing but Kmesh
   *     writes, and which holds in the clear what is written to the copy; or a path of an attached
   *     cluster where nothing is, in a directory that is there
   * @throws io.kmesh.KmeshException EXISTS when there is a copy of that name, INVALID when the name
   *     is blank or the path is the top of a cluster, NOT_FOUND when the cluster is not attached or
   *     there is no directory for it. The operation ends with EXISTS when something is at the
   *     target, or another process made a copy of that name meanwhile; on a Lustre with UNSUPPORTED
   *     when the binding can't import files, the caller is not root, the coordinator does not run
   *     or no such copytool serves the archive, and with INVALID when the repository is several
   *     archives there
   */
  Operation<VirtualCopy> create(String name, Snapshot snapshot, Endpoint target);

  /**
   * Makes a virtual copy on a Lustre, as the other does.
   *
   * @param archive from which the copy's files are restored; {@link ArchiveId#ANY} for the one that
   *     the repository is
   */
  Operation<VirtualCopy> create(
      String name, Snapshot snapshot, Endpoint.LustrePath target, ArchiveId archive);

  /** All copies in all repositories that exist, oldest first. */
  List<VirtualCopy> list();

  /** The copies in a repository, oldest first. */
  List<VirtualCopy> list(String repository);

  /**
   * The copy that is meant.
   *
   * @param text its id, four or more first digits of it, or its name
   * @throws io.kmesh.KmeshException INVALID when several are meant
   */
  Optional<VirtualCopy> find(String repository, String text);
}
