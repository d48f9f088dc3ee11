// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Cluster;
import io.kmesh.ClusterSpec;
import io.kmesh.ProvisionedCluster;
import io.kmesh.core.internal.hsm.ReportJson;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudZone;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.function.Function;

/** A provisioned cluster as it was, with the one who opens it. Immutable. */
record StoredCluster(
    String name,
    ClusterSpec spec,
    Phase phase,
    String resourceId,
    CloudZone zone,
    Instant created,
    Function<String, Cluster> opener)
    implements ProvisionedCluster {
  /**
   * As a record says.
   *
   * @param zone the zone, which the record has unless the provider has not been asked
   */
  static StoredCluster of(ClusterRecord r, CloudZone zone, Function<String, Cluster> opener) {
    Phase phase =
        switch (r.phase()) {
          case WANTED, CREATING -> Phase.CREATING;
          case READY -> Phase.READY;
          case RESIZING -> Phase.RESIZING;
          case DELETING -> Phase.DELETING;
        };
    return new StoredCluster(r.name(), r.spec(), phase, r.resource(), zone, r.created(), opener);
  }

  @Override
  public Cluster cluster() {
    return opener.apply(name);
  }

  /** Its form as a result: docs/format/operations.md. */
  static ObjectNode write(ProvisionedCluster cluster) {
    ObjectNode node = ReportJson.object();
    node.put("cluster", cluster.name());
    node.set("spec", ClusterSpecJson.write(cluster.spec()));
    return node.put("phase", cluster.phase().name())
        .put("resource", cluster.resourceId())
        .put("zone", cluster.zone().name())
        .put("country", cluster.zone().country())
        .put("created", cluster.created().toString());
  }

  static StoredCluster read(ObjectNode json, Function<String, Cluster> opener) throws IOException {
    ReportJson.checked(json);
    try {
      return new StoredCluster(
          SpecJson.text(json, "cluster"),
          ClusterSpecJson.read(SpecJson.required(json, "spec")),
          Phase.valueOf(SpecJson.text(json, "phase")),
          SpecJson.text(json, "resource"),
          new CloudZone(SpecJson.text(json, "zone"), SpecJson.text(json, "country")),
          Instant.parse(SpecJson.text(json, "created")),
          opener);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read what a cluster's operation gave: "
              + e.getMessage()
              + ". Ask clusters().provisioned().",
          e);
    }
  }

  @Override
  public String toString() {
    return "ProvisionedCluster["
        + name
        + " "
        + phase
        + " "
        + spec.shape()
        + " at "
        + spec.provider()
        + " "
        + zone.name()
        + " ("
        + zone.country()
        + ") "
        + resourceId
        + "]";
  }
}
