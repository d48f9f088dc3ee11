// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.ClusterPlan;
import io.kmesh.ClusterPlan.Action;
import io.kmesh.ClusterShape;
import io.kmesh.ClusterSpec;
import io.kmesh.Operation;
import io.kmesh.ProvisionedCluster;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudCapability;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.cloud.CloudRequest;
import io.kmesh.spi.cloud.CloudZone;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Asks providers what a change would do, and says it. Changes nothing. Thread-safe. */
final class ClusterPlans {
  private final ProvisionParts parts;

  ClusterPlans(ProvisionParts parts) {
    this.parts = parts;
  }

  /** The zone of a spec, with its country. */
  CloudZone zone(String name, ClusterSpec spec) throws IOException {
    CloudProvider cloud = parts.cloud(spec.provider());
    return cloud.zones().stream()
        .filter(z -> z.name().equals(spec.zone()))
        .findFirst()
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.INVALID,
                    "Cannot use the cluster \""
                        + name
                        + "\": "
                        + cloud.description()
                        + " has no zone "
                        + spec.zone()
                        + ". Choose another."));
  }

  ClusterPlan create(String name, ClusterSpec spec, Supplier<Operation<ProvisionedCluster>> means)
      throws IOException {
    CloudProvider cloud = parts.cloud(spec.provider());
    cloud.validate(
        new CloudRequest(name, spec.zone(), spec.shape(), spec.options(), spec.labels()));
    String effect =
        cloud.description()
            + " makes a file system of "
            + spec.shape()
            + " in "
            + where(zone(name, spec));
    return new PlannedCluster(
        name, Action.CREATE, parts.time().now(), null, spec, List.of(effect), List.of(), means);
  }

  ClusterPlan resize(
      ClusterRecord record, ClusterShape shape, Supplier<Operation<ProvisionedCluster>> means)
      throws IOException {
    ClusterSpec spec = record.spec();
    CloudProvider cloud = parts.cloud(spec.provider());
    List<String> effects = new ArrayList<>();
    int growth = shape.capacity().compareTo(spec.shape().capacity());
    if (growth != 0) {
      require(cloud, growth > 0 ? CloudCapability.GROW : CloudCapability.SHRINK, record, shape);
      effects.add("its capacity goes from " + spec.shape().capacity() + " to " + shape.capacity());
    }
    if (!shape.throughput().equals(spec.shape().throughput())) {
      require(cloud, CloudCapability.CHANGE_THROUGHPUT, record, shape);
      effects.add(
          "its throughput goes from " + spec.shape().throughput() + " to " + shape.throughput());
    }
    if (!effects.isEmpty()) {
      cloud.validate(cloud.describe(record.resource()), shape);
    }
    return new PlannedCluster(
        record.name(),
        Action.RESIZE,
        parts.time().now(),
        spec,
        spec.toBuilder().shape(shape).build(),
        List.copyOf(effects),
        List.of(),
        means);
  }

  private static void require(
      CloudProvider cloud, CloudCapability capability, ClusterRecord record, ClusterShape shape) {
    if (!cloud.capabilities().contains(capability)) {
      throw new UnsupportedCapabilityException(
          capability.name(),
          "Cannot resize the cluster \""
              + record.name()
              + "\" from "
              + record.spec().shape()
              + " to "
              + shape
              + ": "
              + cloud.description()
              + " can't do "
              + capability
              + ". Create another one and move the data.");
    }
  }

  ClusterPlan delete(
      ClusterRecord record, List<String> more, Supplier<Operation<ProvisionedCluster>> means)
      throws IOException {
    CloudProvider cloud = parts.cloud(record.spec().provider());
    CloudZone zone = record.zone();
    List<String> losses = new ArrayList<>();
    losses.add(
        "the file system "
            + record.resource()
            + " of "
            + cloud.description()
            + " in "
            + (zone == null ? record.spec().zone() : where(zone))
            + " with everything in it");
    losses.addAll(more);
    return new PlannedCluster(
        record.name(),
        Action.DELETE,
        parts.time().now(),
        record.spec(),
        null,
        List.of("the name \"" + record.name() + "\" becomes free"),
        List.copyOf(losses),
        means);
  }

  private static String where(CloudZone zone) {
    return zone.name() + " (" + zone.country() + ")";
  }
}
