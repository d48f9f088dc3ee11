// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.link.LinkDialer;
import io.kmesh.core.internal.flows.link.LinkHandler;
import java.io.IOException;

/** Opens links to other sites. Thread-safe. */
public interface SiteLinks {
  /**
   * Keeps a link up, until the dialer is closed.
   *
   * @throws IOException when this site is not enrolled, or the other's address is not known
   */
  LinkDialer dial(String site, String flow, LinkHandler handler) throws IOException;
}
