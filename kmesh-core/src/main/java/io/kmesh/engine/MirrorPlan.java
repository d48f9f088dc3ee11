// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an export or import would do now.
 *
 * @param report what it would report; its failures are those that show without moving content
 * @param requests how many requests of each kind it would make, in words such as {@code head},
 *     {@code put} and {@code uploadPart}; those that are tried again are not foreseen
 */
public record MirrorPlan(MirrorTreeReport report, Map<String, Long> requests) {
  /** Copies and sorts the map. */
  public MirrorPlan {
    requests = Collections.unmodifiableMap(new TreeMap<>(requests));
  }
}
