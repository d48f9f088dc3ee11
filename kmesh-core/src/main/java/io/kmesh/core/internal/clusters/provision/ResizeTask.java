// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.ClusterShape;
import io.kmesh.ProvisionedCluster;
import io.kmesh.core.internal.clusters.provision.ClusterRecord.Phase;
import io.kmesh.core.internal.clusters.provision.ClusterRecords.Stored;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudToken;
import java.io.IOException;

/** Gives a cluster another shape. */
final class ResizeTask extends ProvisionTask {
  ResizeTask(ProvisionParts parts) {
    super(parts, "cluster.resize");
  }

  /** The specification of a resize. */
  static ObjectNode spec(ClusterRecord record, CloudToken change, ClusterShape wanted) {
    ObjectNode node = spec(record.name(), record.token(), record.spec());
    node.put("change", change.value());
    ClusterSpecJson.write(node.putObject("wanted"), wanted);
    return node;
  }

  @Override
  ProvisionedCluster work(ObjectNode spec, JobContext context) throws IOException {
    CloudToken change = new CloudToken(SpecJson.text(spec, "change"));
    ClusterShape wanted = ClusterSpecJson.shape(SpecJson.required(spec, "wanted"));
    Stored stored =
        record(spec)
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.PRECONDITION,
                        "Cannot resize the cluster "
                            + spec.path("cluster")
                            + ": it was deleted since. Plan anew."));
    ClusterRecord record = stored.record();
    CloudSession session = session(record.spec(), context);
    if (record.phase() == Phase.READY) {
      if (record.spec().shape().equals(wanted)) {
        return result(record); // done, and not told before a crash
      }
      if (!record.spec().equals(ClusterSpecJson.read(SpecJson.required(spec, "spec")))) {
        throw new ProviderException(
            ErrorKind.PRECONDITION,
            "Cannot resize the cluster \""
                + record.name()
                + "\": it has "
                + record.spec().shape()
                + " by now, which is not what the plan saw. Plan anew.");
      }
      context.checkCancelled();
      stored = parts.records().replace(stored, record.resizing(change, wanted));
      return result(new Resizing(parts.records(), session, stored, wanted, change).begin());
    }
    if (record.phase() != Phase.RESIZING || !change.equals(record.change())) {
      throw busy("resize", record);
    }
    return result(new Resizing(parts.records(), session, stored, wanted, change).goOn());
  }
}
