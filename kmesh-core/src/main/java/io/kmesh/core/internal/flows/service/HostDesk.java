// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.endpoints.Overlaps;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.service.FlowRecordJson.FlowRecord;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Host;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flows that other sites made, whose caches are held here: as flows of this state by the name
 * {@code FLOW@SITE}. A flow's id is the token of its making: asked for again it is the same.
 * Thread-safe.
 */
final class HostDesk implements Hosting {
  private static final Logger LOG = LoggerFactory.getLogger(HostDesk.class);

  /** Who may make caches here can fill the state with them no further. */
  private static final int MOST_OF_A_SITE = 256;

  private final FlowService flows;
  private final SiteLinks links;

  HostDesk(FlowService flows, SiteLinks links) {
    this.flows = flows;
    this.links = links;
  }

  /** What a flow of another site is called here; no flow of this site has such a name. */
  static String name(String site, String flow) {
    return flow + "@" + site;
  }

  private List<StoredFlow> all() {
    return flows.list().stream().map(StoredFlow.class::cast).toList();
  }

  private Optional<StoredFlow> byId(String flow) {
    return all().stream().filter(one -> one.id().equals(flow)).findFirst();
  }

  @Override
  public boolean isKnown(String flow) {
    return byId(flow).isPresent();
  }

  @Override
  public Optional<String> masterBeside(Endpoint tree, MasterGroup place, int end) {
    return all().stream()
        .filter(one -> one.spec().mode() instanceof FlowMode.MultiMaster)
        .filter(one -> isBeside(one, tree, place, end))
        .map(StoredFlow::name)
        .findFirst();
  }

  private static boolean isBeside(StoredFlow own, Endpoint tree, MasterGroup place, int end) {
    for (EndPlan.Side side : EndPlan.Side.values()) {
      Endpoint there = side.of(own.spec());
      MasterGroup ownPlace = own.record().place();
      boolean isShared =
          Overlaps.real(there).equals(Overlaps.real(tree))
              && ownPlace.id().equals(place.id())
              && ownPlace.end(side) == end;
      if (!isShared && Overlaps.meet(there, tree)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public EndHold hold(EndPlan plan, EndHold.Opener opener) throws IOException {
    return flows.holdPart(plan, opener);
  }

  @Override
  public void left(String flow, EndPlan.Side side, @Nullable MasterGroup group) throws IOException {
    flows.removePart(flow, side, group);
  }

  @Override
  public boolean isShared(EndPlan.Side side, @Nullable MasterGroup group) throws IOException {
    return flows.isShared(side, group);
  }

  @Override
  public Seat open(String site, String flow, LinkSession session, ControlLine line) {
    return new HostSeat(this, site, flow, session, line);
  }

  /** A flow whose cache is held for a site; null when there is none. */
  @Nullable StoredFlow find(String site, String flow) throws ProviderException {
    Optional<StoredFlow> found = byId(flow);
    if (found.isEmpty()) {
      return null;
    }
    Host host = found.get().host();
    if (host == null || !host.site().equals(site)) {
      throw new ProviderException(
          ErrorKind.DENIED, "Cannot use the flow " + flow + ": it is another site's.");
    }
    return found.get();
  }

  StoredFlow require(String site, String flow) throws ProviderException {
    StoredFlow found = find(site, flow);
    if (found == null) {
      throw gone(site, flow);
    }
    return found;
  }

  private static ProviderException gone(String site, String flow) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot use the flow "
            + flow
            + " of "
            + site
            + ": no cache of it is held here; it was deleted. Delete it at "
            + site
            + ", and make it again.");
  }

  /**
   * The flow that a site asks for: as it is, or made.
   *
   * @throws ProviderException DENIED when the site may have no cache there, or a rule forbids it;
   *     NOT_FOUND when it was made and is gone; EXISTS when another one has its name; PRECONDITION
   *     when it differs from what was made
   */
  StoredFlow hold(String site, String flow, HostJson.Asked asked) throws IOException {
    synchronized (flows) {
      Endpoint top = links.cacheTop(site, asked.target());
      FlowSpec spec =
          asked.spec().toBuilder().to(SiteTrees.below(top, asked.target().path())).build();
      StoredFlow before = find(site, flow);
      if (before != null) {
        requireSame(site, before, asked, spec);
        return before;
      }
      if (asked.isMade()) {
        throw gone(site, flow);
      }
      requireRoom(site, flow, asked.name());
      FlowRecord record =
          new FlowRecord(
              flow,
              Wanted.STOPPED,
              0,
              FlowRecordJson.Lent.NONE,
              new Host(site, asked.name(), asked.target(), top));
      flows.requireAllowed(name(site, asked.name()), record, spec, "hold the cache of");
      return flows.put(name(site, asked.name()), spec, record);
    }
  }

  private static void requireSame(
      String site, StoredFlow before, HostJson.Asked asked, FlowSpec spec)
      throws ProviderException {
    if (!before.name().equals(name(site, asked.name())) || !before.spec().equals(spec)) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot hold the cache of \""
              + asked.name()
              + "\" of "
              + site
              + ": here it is "
              + before.name()
              + " in "
              + before.spec().target()
              + ". Was the export changed? Delete the flow and make it again.");
    }
  }

  private void requireRoom(String site, String flow, String name) throws IOException {
    if (links.isPart(flow)) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot hold the cache of flow " + flow + ": an end of a flow has that id here.");
    }
    if (flows.find(name(site, name)).isPresent()) {
      throw new ProviderException(
          ErrorKind.EXISTS,
          "Cannot hold the cache of \""
              + name
              + "\" of "
              + site
              + ": that of another flow of this name is here. Delete it (kmesh flow delete "
              + name(site, name)
              + ", here), or choose another name.");
    }
    long held =
        all().stream()
            .map(StoredFlow::host)
            .filter(h -> h != null && h.site().equals(site))
            .count();
    if (held >= MOST_OF_A_SITE) {
      throw new ProviderException(
          ErrorKind.NO_SPACE,
          "Cannot hold the cache of \""
              + name
              + "\" of "
              + site
              + ": there are "
              + held
              + " of that site here. Delete some.");
    }
  }

  @Override
  public void revoked(String site) {
    for (DataFlow one : flows.list()) {
      StoredFlow flow = (StoredFlow) one;
      flow.cut(site, "the site was revoked");
      Host host = flow.host();
      if (host != null && host.site().equals(site)) {
        try {
          flow.stopOf();
        } catch (KmeshException e) {
          LOG.warn("The flow \"{}\" of a revoked site: {}", flow.name(), e.getMessage());
        }
      }
    }
  }
}
