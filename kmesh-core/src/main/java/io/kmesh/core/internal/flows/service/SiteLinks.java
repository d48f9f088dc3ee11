// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.link.LinkDialer;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Optional;

/** This site among others: links to them, and what it lets them have here. Thread-safe. */
public interface SiteLinks {
  /**
   * Keeps a link up, until the dialer is closed.
   *
   * @throws IOException when this site is not enrolled, or the other's address is not known
   */
  LinkDialer dial(String site, String flow, LinkHandler handler) throws IOException;

  /**
   * This site's name.
   *
   * @throws IOException when it is not enrolled
   */
  String name() throws IOException;

  /**
   * The tree of an export in which a site may have caches.
   *
   * @throws ProviderException DENIED when it may not
   */
  Endpoint cacheTop(String site, Endpoint.SitePath asked) throws ProviderException;

  /**
   * The flow of several masters of another site that has a tree of this one, or a part of it, and
   * runs here; empty when none does.
   *
   * @return for people
   */
  Optional<String> masterAt(Endpoint tree) throws IOException;

  /** Whether an end of a flow of another site has this id here. */
  boolean isPart(String flow) throws IOException;

  /** Whether a site is known here to be revoked; false where that can't be told. */
  boolean isRevoked(String site);
}
