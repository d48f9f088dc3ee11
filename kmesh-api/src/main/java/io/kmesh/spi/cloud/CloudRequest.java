// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import io.kmesh.ClusterShape;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a new resource is to be. Immutable.
 *
 * @param name the cluster's name in Kmesh, for people; it need not be the resource's
 * @param zone the zone's name
 * @param shape its capacity and throughput
 * @param options what only this provider knows, such as a subnet, by its own names
 * @param labels labels that people give it
 */
public record CloudRequest(
    String name,
    String zone,
    ClusterShape shape,
    Map<String, String> options,
    Map<String, String> labels) {
  /** Copies and sorts the maps. */
  public CloudRequest {
    options = Collections.unmodifiableMap(new TreeMap<>(options));
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }
}
