// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import io.kmesh.ClusterShape;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudRequest;
import io.kmesh.testkit.cloud.CloudLedger.Books;
import io.kmesh.unit.DataSize;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** What a mock cloud offers: zones, quotas, steps of capacity, tiers. Immutable. */
final class MockRules {
  private static final Set<Integer> TIERS = Set.of(0, 125, 250, 500, 1000);

  private final String cloud;
  private final Set<String> zones;
  private final Map<String, DataSize> quotas;
  private final DataSize step;

  MockRules(String cloud, Set<String> zones, Map<String, DataSize> quotas, DataSize step) {
    this.cloud = cloud;
    this.zones = zones;
    this.quotas = Map.copyOf(quotas);
    this.step = step;
  }

  void check(Books books, CloudRequest request, Instant now) throws ProviderException {
    if (!zones.contains(request.zone())) {
      throw refused(
          ErrorKind.INVALID,
          "Cannot create "
              + request.name()
              + " in the zone "
              + request.zone()
              + ": "
              + cloud
              + " has "
              + String.join(", ", zones)
              + ". Choose one of them.");
    }
    checkShape(request.name(), request.shape());
    checkQuota(books, request.name(), request.zone(), DataSize.ZERO, request.shape(), now);
  }

  private void checkShape(String what, ClusterShape shape) throws ProviderException {
    long bytes = shape.capacity().bytes();
    if (bytes % step.bytes() != 0) {
      DataSize next = DataSize.ofBytes((bytes / step.bytes() + 1) * step.bytes());
      throw refused(
          ErrorKind.INVALID,
          "Cannot give "
              + what
              + " a capacity of "
              + shape.capacity()
              + ": it comes in steps of "
              + step
              + ". Ask for "
              + next
              + ".");
    }
    if (!TIERS.contains(shape.throughput().value())) {
      throw refused(
          ErrorKind.INVALID,
          "Cannot give "
              + what
              + " "
              + shape.throughput()
              + ": the tiers are 125, 250, 500 and 1000. Choose one of them.");
    }
  }

  private void checkQuota(
      Books books, String what, String zone, DataSize now, ClusterShape wanted, Instant time)
      throws ProviderException {
    DataSize quota = quotas.get(zone);
    if (quota == null) {
      return;
    }
    DataSize used = DataSize.ZERO;
    for (MockResource resource : books.resources.values()) {
      if (resource.zone().equals(zone)) {
        used = used.plus(resource.reserved(time));
      }
    }
    DataSize after = used.minus(now).plus(wanted.capacity());
    if (after.compareTo(quota) > 0) {
      throw refused(
          ErrorKind.NO_SPACE,
          "Cannot give "
              + what
              + " "
              + wanted.capacity()
              + ": the quota of the zone "
              + zone
              + " is "
              + quota
              + ", of which "
              + used
              + " is used. Delete something, or have the quota raised.");
    }
  }

  void check(Books books, MockResource resource, ClusterShape wanted, Instant now)
      throws ProviderException {
    DataSize has = resource.shapeAt(now).capacity();
    if (wanted.capacity().compareTo(has) < 0) {
      throw refused(
          ErrorKind.INVALID,
          "Cannot give "
              + resource.name()
              + " a capacity of "
              + wanted.capacity()
              + ": it has "
              + has
              + ", and capacity only grows. Ask for more.");
    }
    checkShape(resource.name(), wanted);
    checkQuota(books, resource.name(), resource.zone(), has, wanted, now);
  }

  static ProviderException refused(ErrorKind kind, String message) {
    return new ProviderException(kind, message);
  }
}
