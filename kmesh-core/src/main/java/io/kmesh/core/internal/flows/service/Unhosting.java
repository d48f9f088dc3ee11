// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Asks a site to forget a flow whose cache it holds. Stateless. */
final class Unhosting {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Unhosting() {}

  /**
   * Asks, and waits for the answer; a build that can hold no cache never held one.
   *
   * @throws ProviderException PRECONDITION when files wait there to be written back; TRANSIENT when
   *     the site is not reached
   */
  static void ask(String name, String flow, String site, SiteLinks links, KmeshTime time)
      throws IOException {
    try {
      Optional<ObjectNode> unused =
          SingleQuestion.ask(Question.UNHOST, Capability.CACHES, flow, site, links, LIMIT, time);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.TRANSIENT) {
        throw e;
      }
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot delete the data flow \""
              + name
              + "\": "
              + site
              + " holds its cache, and "
              + e.getMessage()
              + " Delete it when that site is reached; if it is gone for good, revoke it first"
              + " (kmesh site revoke "
              + site
              + ", where the authority is).",
          e);
    }
  }
}
