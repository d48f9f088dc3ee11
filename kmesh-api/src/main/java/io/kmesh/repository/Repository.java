// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.Operation;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.spi.lustre.LustreBinding;
import java.util.function.Consumer;

/** One repository that is open. Its snapshots are those of {@link io.kmesh.Kmesh#snapshots}. */
public interface Repository {
  /** The name that the builder was given. */
  String name();

  /** The repository's own id: 32 hexadecimal digits, the same for everybody. */
  String id();

  /** How large it is; lists all its objects. */
  RepositoryStats stats();

  /**
   * Verifies that everything is there that its snapshots need: the index, each tree, and content as
   * deep as asked. What is damaged is in the report; the operation succeeds nevertheless.
   */
  Operation<CheckReport> check(CheckDepth depth);

  /** What {@link #prune} would free now; changes nothing. */
  PruneReport planPrune(Consumer<PruneSpec.Builder> options);

  /** Frees what no snapshot and no other root keeps. Safe beside writers and readers. */
  default Operation<PruneReport> prune() {
    return prune(PruneSpec.DEFAULT);
  }

  /** Frees what nothing keeps. */
  default Operation<PruneReport> prune(Consumer<PruneSpec.Builder> options) {
    PruneSpec.Builder builder = PruneSpec.DEFAULT.toBuilder();
    options.accept(builder);
    return prune(builder.build());
  }

  /** Frees what nothing keeps. */
  Operation<PruneReport> prune(PruneSpec spec);

  /** Makes the index and the list of snapshots anew from all packs; leaves out what is damaged. */
  Operation<RepairReport> repair();

  /**
   * Copies all snapshots that another repository does not have, oldest first. They keep their ids;
   * what is there already is not sent again.
   *
   * @param repository the other's name
   * @throws io.kmesh.KmeshException NOT_FOUND when there is no such repository
   */
  Operation<CopyReport> copyTo(String repository);

  /**
   * This repository as an archive of a Lustre file system's HSM, for {@code
   * Copytool.Builder.archive(..)}. The caller closes it, after the copytool and before the Kmesh.
   *
   * @param lustre the file system; the first time, its root directory is given a number in {@code
   *     trusted.kmesh.instance}, so that files of another one of its name are not taken for its own
   * @param archive the number of the archive; each has its own files
   * @throws io.kmesh.KmeshException DENIED when the file system can't be given its number
   */
  RepositoryArchive archive(LustreBinding lustre, ArchiveId archive);

  /** Who may open it. */
  RepositoryKeyring keys();
}
