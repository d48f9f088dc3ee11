// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.util.Set;

/**
 * The other side of a session.
 *
 * @param site its name, which its certificate proves
 * @param fingerprint its certificate's SHA-256, in hexadecimal; empty where the transport has none
 * @param instance its process, a new one at each start
 * @param version the version of the protocol that both speak
 * @param capabilities what both can
 * @param flows the flows that the dialling side names
 */
public record LinkPeer(
    String site,
    String fingerprint,
    String instance,
    int version,
    Set<String> capabilities,
    Set<String> flows) {
  /** Copies the sets. */
  public LinkPeer {
    capabilities = Set.copyOf(capabilities);
    flows = Set.copyOf(flows);
  }
}
