// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.ProvisionedCluster;
import io.kmesh.core.internal.clusters.provision.ClusterRecord.Phase;
import io.kmesh.core.internal.clusters.provision.ClusterRecords.Stored;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudState;
import io.kmesh.spi.cloud.CloudToken;
import java.io.IOException;
import java.util.Optional;

/** Deletes a cluster with all that is in it. */
final class DeleteTask extends ProvisionTask {
  DeleteTask(ProvisionParts parts) {
    super(parts, "cluster.delete");
  }

  /** The specification of a deletion. */
  ObjectNode spec(ClusterRecord record, CloudToken change) {
    ObjectNode node = spec(record.name(), record.token(), record.spec());
    node.put("change", change.value());
    node.set("was", encode(result(record)));
    return node;
  }

  @Override
  ProvisionedCluster work(ObjectNode spec, JobContext context) throws IOException {
    CloudToken change = new CloudToken(SpecJson.text(spec, "change"));
    if (!(spec.get("was") instanceof ObjectNode was)) {
      throw new IllegalArgumentException("it does not say what the cluster was");
    }
    Optional<Stored> found = record(spec);
    if (found.isEmpty()) {
      return decode(was); // done, and not told before a crash
    }
    Stored stored = found.get();
    ClusterRecord record = stored.record();
    CloudSession session = session(record.spec(), context);
    if (record.phase() == Phase.READY) {
      context.checkCancelled();
      stored = parts.records().replace(stored, record.deleting(change));
    } else if (record.phase() != Phase.DELETING || !change.equals(record.change())) {
      throw busy("delete", record);
    }
    parts.attachments().detach(record.name());
    try {
      new CloudRemoval(session).ofResource(record.resource(), change);
    } catch (IOException e) {
      throw refused(session, stored, e);
    }
    parts.records().remove(stored);
    parts.attachments().detach(record.name()); // who was opening it meanwhile
    session.tellDone();
    return decode(was);
  }

  /** The provider refuses: then the cluster is as it was, unless an earlier call was taken. */
  private IOException refused(CloudSession session, Stored stored, IOException e)
      throws IOException {
    ClusterRecord record = stored.record();
    ErrorKind kind = ProviderException.kindOfMutation(e);
    if (kind != ErrorKind.CANCELLED
        && kind != ErrorKind.UNKNOWN_OUTCOME
        && isIntact(session, record)) {
      parts.records().replace(stored, record.ready(record.spec().shape()));
      return e;
    }
    return session.unknown("whether the cluster \"" + record.name() + "\" is deleted", e);
  }

  private static boolean isIntact(CloudSession session, ClusterRecord record) {
    try {
      return session.isAllVisible()
          && session
              .look(record.resource())
              .filter(r -> r.state() != CloudState.DELETING)
              .isPresent();
    } catch (IOException e) {
      return false; // the failure that led here is told
    }
  }
}
