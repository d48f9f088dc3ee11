// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.Endpoint;
import io.kmesh.Operation;
import java.util.List;
import java.util.Optional;

/** The virtual copies of snapshots in the repositories of a Kmesh. Thread-safe. */
public interface VirtualCopies {
  /**
   * Makes a virtual copy of a snapshot: at once, however large the snapshot is. It shows what the
   * snapshot has, and can be written to; what is written stays in the target. The copy's content is
   * kept when the snapshot is forgotten.
   *
   * <p>One whose process was killed is made by the next.
   *
   * @param name for people; no other copy in the repository has it
   * @param target a directory of this machine, which is made, or empty. Nothing but Kmesh writes to
   *     it, and it holds in the clear what is written to the copy
   * @throws io.kmesh.KmeshException EXISTS when there is a copy of that name, INVALID when the name
   *     is blank; the operation ends with EXISTS when the directory is not empty
   * @throws io.kmesh.UnsupportedCapabilityException when copies can't be kept in such a target
   */
  Operation<VirtualCopy> create(String name, Snapshot snapshot, Endpoint target);

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
