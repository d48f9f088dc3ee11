// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.Receipt;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.lustre.HsmReport;
import java.util.List;

/** The kinds of operations that clusters have. */
record ClusterTasks(
    LongTask<Receipt> archive,
    LongTask<HsmReport> archiveTree,
    LongTask<HsmReport> recall,
    LongTask<HsmReport> release,
    LongTask<HsmReport> remove) {
  static ClusterTasks of(ClusterRegistry clusters) {
    return new ClusterTasks(
        new ArchiveTask(clusters),
        TreeTask.archive(clusters),
        TreeTask.recall(clusters),
        TreeTask.release(clusters),
        TreeTask.remove(clusters));
  }

  List<LongTask<?>> all() {
    return List.of(archive, archiveTree, recall, release, remove);
  }
}
