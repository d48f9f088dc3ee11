// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.link.LinkDialer;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.flows.FlowPart;
import io.kmesh.flows.FlowProblem;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.List;

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

  /** Which trees of this site flows of several masters of other sites have. */
  List<HostedMaster> masters() throws IOException;

  /**
   * Has the site that made such a flow forget no removal of it any more, and number one more tree.
   *
   * @param flow its id
   * @return the answer
   * @throws ProviderException TRANSIENT when that site is not reached; UNSUPPORTED when its build
   *     can't
   */
  ObjectNode askToShare(String flow) throws IOException;

  /**
   * Notes that such a flow shares its tree from now on, and closes its end, which its site asks for
   * again.
   *
   * @throws ProviderException TRANSIENT while it is being opened
   */
  void share(String flow, MasterGroup place) throws IOException;

  /** The ends that are here of flows of other sites. */
  List<FlowPart> parts() throws IOException;

  /**
   * Forgets one, with all that was known of it.
   *
   * @return what of the flow's own stays in its tree
   * @throws ProviderException TRANSIENT when this site does not listen, or the end is being opened
   */
  List<FlowProblem> forgetPart(FlowPart part) throws IOException;

  /** Whether an end of a flow of another site has this id here. */
  boolean isPart(String flow) throws IOException;

  /** Whether a site is known here to be revoked; false where that can't be told. */
  boolean isRevoked(String site);
}
