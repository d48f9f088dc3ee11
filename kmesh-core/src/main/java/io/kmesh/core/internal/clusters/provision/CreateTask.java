// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.ProvisionedCluster;
import io.kmesh.core.internal.clusters.provision.ClusterRecord.Phase;
import io.kmesh.core.internal.clusters.provision.ClusterRecords.Stored;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Optional;

/** Creates the cluster of a record that was written with the operation. */
final class CreateTask extends ProvisionTask {
  CreateTask(ProvisionParts parts) {
    super(parts, "cluster.create");
  }

  @Override
  ProvisionedCluster work(ObjectNode spec, JobContext context) throws IOException {
    Optional<Stored> found = record(spec);
    if (found.isEmpty()) {
      context.checkCancelled();
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot create the cluster "
              + spec.path("cluster")
              + ": it was given up, and what was begun of it is deleted. Create it anew.");
    }
    ClusterRecord record = found.get().record();
    if (record.phase() == Phase.DELETING) {
      throw busy("create", record);
    }
    if (record.phase().compareTo(Phase.READY) >= 0) {
      return result(record);
    }
    CloudSession session = session(record.spec(), context);
    return result(new Creation(parts, session, found.get()).run());
  }
}
