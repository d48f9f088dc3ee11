// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a site gives access.
 *
 * @param flow the flow's id
 * @param name the flow's name, for URIs
 * @param lease how old what is shown may be while the source is reached
 * @param budget the most bytes of the cache
 * @param showsStale whether what is older is shown when the source is not reached
 * @param writes whether the source is written through this site
 * @param back how files are written back; null when they are not
 */
public record AccessSettings(
    String flow,
    String name,
    Duration lease,
    long budget,
    boolean showsStale,
    boolean writes,
    @Nullable BackSettings back) {
  /** How long readers wait for the source: for bytes, or for its word. */
  static final Duration LIMIT = Duration.ofSeconds(30);

  static final Duration WORD_LIMIT = Duration.ofSeconds(10);

  /** Of a site that writes nothing back. */
  public AccessSettings(
      String flow, String name, Duration lease, long budget, boolean showsStale, boolean writes) {
    this(flow, name, lease, budget, showsStale, writes, null);
  }
}
