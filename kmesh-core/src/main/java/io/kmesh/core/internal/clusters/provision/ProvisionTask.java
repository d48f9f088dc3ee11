// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.ClusterSpec;
import io.kmesh.ProvisionedCluster;
import io.kmesh.core.internal.clusters.provision.ClusterRecords.Stored;
import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.cloud.CloudZone;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;

/** What the operations of provisioned clusters have in common: their results, and their needs. */
abstract class ProvisionTask implements LongTask<ProvisionedCluster> {
  final ProvisionParts parts;
  private final String type;

  ProvisionTask(ProvisionParts parts, String type) {
    this.parts = parts;
    this.type = type;
  }

  /** Reads the specification and does it; IllegalArgumentException when it is none. */
  abstract ProvisionedCluster work(ObjectNode spec, JobContext context) throws IOException;

  /** A specification with the cluster that it is about. */
  static ObjectNode spec(String name, CloudToken token, ClusterSpec cluster) {
    ObjectNode node = ReportJson.object();
    node.put("cluster", name).put("token", token.value());
    node.set("spec", ClusterSpecJson.write(cluster));
    return node;
  }

  @Override
  public final String type() {
    return type;
  }

  @Override
  public final Class<ProvisionedCluster> resultType() {
    return ProvisionedCluster.class;
  }

  /** It needs its provider, not the cluster itself. */
  @Override
  public final boolean isReady(ObjectNode spec, Predicate<String> isAttached) {
    return parts.clouds().containsKey(spec.path("spec").path("provider").asText());
  }

  @Override
  public final ProvisionedCluster run(ObjectNode spec, JobContext context) throws IOException {
    ReportJson.checked(spec);
    try {
      return work(spec, context);
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read what an operation was asked: " + e.getMessage() + ". Start it anew.",
          e);
    }
  }

  /** The record that a specification is about; empty when it is gone, or another's by now. */
  final Optional<Stored> record(ObjectNode spec) throws IOException {
    CloudToken token = new CloudToken(SpecJson.text(spec, "token"));
    return parts
        .records()
        .find(SpecJson.text(spec, "cluster"))
        .filter(stored -> stored.record().token().equals(token));
  }

  final CloudSession session(ClusterSpec spec, JobContext context) throws ProviderException {
    return new CloudSession(parts.cloud(spec.provider()), parts.time(), context);
  }

  final ProvisionedCluster result(ClusterRecord record) {
    CloudZone zone = record.zone();
    if (zone == null) {
      throw new IllegalStateException("Cannot give a cluster that was never begun.");
    }
    return StoredCluster.of(record, zone, parts.attachments()::open);
  }

  @Override
  public final ObjectNode encode(ProvisionedCluster result) {
    return StoredCluster.write(result);
  }

  @Override
  public final ProvisionedCluster decode(ObjectNode json) throws IOException {
    return StoredCluster.read(json, parts.attachments()::open);
  }

  static ProviderException busy(String verb, ClusterRecord record) {
    return new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot "
            + verb
            + " the cluster \""
            + record.name()
            + "\": it is "
            + record.phase()
            + ". Await the operation that does that, or reconcile it.");
  }
}
