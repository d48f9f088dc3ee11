// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.flows.control.Capability;
import io.kmesh.core.internal.flows.link.CongestionControl;
import io.kmesh.core.internal.flows.link.LinkDialer;
import io.kmesh.core.internal.flows.link.LinkHandler;
import io.kmesh.core.internal.flows.link.LinkServer;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.link.LinkSettings;
import io.kmesh.core.internal.flows.link.SocketTuning;
import io.kmesh.core.internal.flows.link.TcpTransport;
import io.kmesh.core.internal.flows.placement.PlacementGate;
import io.kmesh.core.internal.flows.service.HostedMaster;
import io.kmesh.core.internal.flows.service.Hosting;
import io.kmesh.core.internal.flows.service.MasterGroup;
import io.kmesh.core.internal.flows.service.PrefixTrees;
import io.kmesh.core.internal.flows.service.SiteLinks;
import io.kmesh.core.internal.flows.trust.EnrolmentToken;
import io.kmesh.core.internal.flows.trust.SiteTrust;
import io.kmesh.core.internal.flows.trust.TrustListener;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.flows.FlowPart;
import io.kmesh.flows.FlowProblem;
import io.kmesh.sites.Export;
import io.kmesh.sites.SiteCertificate;
import io.kmesh.sites.Sites;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.engine.KmeshConfiguration;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This site: its identity, what it listens for, and its links to others. Thread-safe. */
public final class SiteService implements Sites, SiteLinks, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SiteService.class);

  private final KmeshConfiguration.Site configuration;
  private final @Nullable SiteTrust trust;
  private final AddressBook addresses;
  private final PartStore parts;
  private final PlacementGate gate;
  private final Endpoints endpoints;
  private final PrefixTrees prefixes;
  private final @Nullable Path flowFolder;
  private final KmeshTime time;
  private final Observers observers;
  private final String instance;
  private final Exports exports;
  private volatile @Nullable Hosting hosting;
  private @Nullable FlowAgent agent; // guarded by this, as all below
  private @Nullable LinkServer server;
  private @Nullable TrustListener enrolment;
  private @Nullable SocketTuning tuning;

  /**
   * A site.
   *
   * @param gate asked before a flow of another site is joined
   * @param prefixes opens exported prefixes of object stores
   * @param flowFolder where bases of flows are kept; null when none was given
   */
  public SiteService(
      KmeshConfiguration.Site configuration,
      StateStore state,
      PlacementGate gate,
      Endpoints endpoints,
      PrefixTrees prefixes,
      @Nullable Path flowFolder,
      KmeshTime time,
      Observers observers) {
    this.configuration = configuration;
    this.trust = configuration.folder().map(f -> SiteTrust.at(f, time, observers)).orElse(null);
    this.addresses = new AddressBook(state);
    this.parts = new PartStore(state);
    this.gate = gate;
    this.endpoints = endpoints;
    this.prefixes = prefixes;
    this.flowFolder = flowFolder;
    this.time = time;
    this.observers = observers;
    this.exports = new Exports(configuration.exports());
    byte[] id = new byte[16];
    new SecureRandom().nextBytes(id);
    this.instance = HexFormat.of().formatHex(id);
  }

  /** Says what holds caches here; before {@link #start}. */
  public void hostBy(Hosting holder) {
    hosting = holder;
  }

  /**
   * Begins to listen, as far as it is configured and this site is enrolled.
   *
   * @throws KmeshException when an address can't be listened on
   */
  public synchronized void start() {
    Optional<String> enrolmentAt = configuration.listenForEnrolment();
    if (enrolmentAt.isPresent() && enrolment == null && isAuthority()) {
      enrolment = change(() -> listenForEnrolment(socket(enrolmentAt.get())));
    }
    Optional<String> listen = configuration.listen();
    Optional<SiteCertificate> self = self();
    if (listen.isEmpty() || server != null) {
      return;
    }
    if (self.isEmpty()) {
      LOG.warn("Not listening for flows yet: this site is not enrolled.");
      return;
    }
    FlowAgent opened =
        new FlowAgent(
            self.get().site(),
            parts,
            gate,
            java.util.Objects.requireNonNull(hosting, "hostBy(..) comes before start()"),
            endpoints,
            prefixes,
            flowFolder,
            exports,
            time,
            observers);
    agent = opened;
    server =
        change(
            () -> LinkServer.start(transport(), listen.get(), settings(self.get().site()), opened));
  }

  private TrustListener listenForEnrolment(InetSocketAddress at) throws IOException {
    TrustListener listener = requireTrust().listen(at);
    if (at.getPort() == 0) {
      requireTrust().authorityAt(at.getHostString() + ":" + listener.address().getPort());
    }
    return listener;
  }

  private boolean isAuthority() {
    return self().filter(SiteCertificate::isAuthority).isPresent();
  }

  private static InetSocketAddress socket(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    try {
      return new InetSocketAddress(
          address.substring(0, Math.max(colon, 0)), Integer.parseInt(address.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot listen at \"" + address + "\": write host:port.", e);
    }
  }

  private TcpTransport transport() throws IOException {
    return new TcpTransport(time, requireTrust().links(), site -> true, tuning(), 0);
  }

  /** Found when the first link is made: who has none need not load what asks the kernel. */
  private synchronized SocketTuning tuning() {
    SocketTuning found = tuning;
    if (found == null) {
      found = CongestionControl.usual(SiteService.class.getClassLoader());
      tuning = found;
    }
    return found;
  }

  private LinkSettings settings(String self) {
    return LinkSettings.builder(time, self, instance)
        .capabilities(
            Set.of(
                Capability.MULTI_MASTER,
                Capability.SHARED_TREES,
                Capability.SHARED_SITES,
                Capability.CHUNKS,
                Capability.GRANTS,
                Capability.CACHES,
                Capability.FAREWELL))
        .build();
  }

  private SiteTrust requireTrust() throws ProviderException {
    if (trust == null) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot reach or be another site: there is no folder for this site's key and"
              + " certificate. Call site(..) on the builder.");
    }
    return trust;
  }

  @Override
  public Optional<SiteCertificate> self() {
    if (trust == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(certificate(trust.show()));
    } catch (IOException e) {
      if (ProviderException.kindOfRead(e) == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw KmeshException.ofRead(e);
    }
  }

  private static SiteCertificate certificate(SiteTrust.Status status) {
    return new SiteCertificate(
        status.self().site(),
        status.self().fingerprint(),
        status.self().expires(),
        status.authority(),
        status.isAuthority());
  }

  /** Something that may fail with what a user is told. */
  @FunctionalInterface
  private interface Call<T> {
    T run() throws IOException;
  }

  private static <T> T change(Call<T> call) {
    try {
      return call.run();
    } catch (IOException e) {
      throw KmeshException.ofMutation(e);
    } catch (IllegalArgumentException e) {
      throw new KmeshException(ErrorKind.INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public SiteCertificate createAuthority(String site, String address) {
    SiteCertificate made =
        change(
            () -> {
              requireTrust().createAuthority(site, address, SiteTrust.VALIDITY);
              return certificate(requireTrust().show());
            });
    start();
    return made;
  }

  @Override
  public String issueToken(String site, Duration validFor) {
    return change(() -> requireTrust().issueToken(site, validFor).text());
  }

  @Override
  public SiteCertificate enrol(String token) {
    SiteCertificate made =
        change(
            () -> {
              requireTrust().enrol(EnrolmentToken.parse(token));
              return certificate(requireTrust().show());
            });
    start();
    return made;
  }

  @Override
  public SiteCertificate rotate() {
    return change(
        () -> {
          requireTrust().rotate();
          return certificate(requireTrust().show());
        });
  }

  @Override
  public void revoke(String site) {
    change(() -> requireTrust().revokeSite(site));
    LinkServer listening;
    synchronized (this) {
      listening = server;
    }
    if (listening != null) {
      for (LinkSession session : listening.sessions()) {
        if (session.peer().site().equals(site)) {
          session.close("the site was revoked");
        }
      }
    }
    Hosting holder = hosting;
    if (holder != null) {
      holder.revoked(site);
    }
  }

  @Override
  public void reach(String site, String address) {
    change(
        () -> {
          requireAddress(site, address);
          addresses.keep(site, address);
          return site;
        });
  }

  private static void requireAddress(String site, String address) throws IOException {
    try {
      socket(address);
    } catch (ProviderException e) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot reach the site "
              + site
              + " at \""
              + address
              + "\": that is no address. Write host:port, where its agent listens.",
          e);
    }
  }

  @Override
  public Map<String, String> addresses() {
    try {
      return addresses.all();
    } catch (IOException e) {
      throw KmeshException.ofRead(e);
    }
  }

  @Override
  public synchronized Optional<String> listening() {
    return Optional.ofNullable(server).map(LinkServer::address);
  }

  @Override
  public LinkDialer dial(String site, String flow, LinkHandler handler) throws IOException {
    String self = requireEnrolled();
    String address =
        addresses
            .find(site)
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.NOT_FOUND,
                        "Cannot reach the site "
                            + site
                            + ": its address is not known here. Call sites().reach(\""
                            + site
                            + "\", \"host:port\"), or kmesh site reach."));
    return LinkDialer.start(
        transport(), address, settings(self), site, java.util.Set.of(flow), handler);
  }

  @Override
  public String name() throws IOException {
    return requireEnrolled();
  }

  @Override
  public Endpoint cacheTop(String site, Endpoint.SitePath asked) throws ProviderException {
    if (!self().map(SiteCertificate::site).equals(Optional.of(asked.site()))) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot have a cache at " + asked + ": that is not here.");
    }
    exports.tree(site, asked, Export.Access.CACHE);
    return exports.top(asked);
  }

  @Override
  public List<HostedMaster> masters() throws IOException {
    return FlowAgent.masters(parts);
  }

  @Override
  public ObjectNode askToShare(String flow) throws IOException {
    return requireAgent().askToShare(flow);
  }

  @Override
  public void share(String flow, MasterGroup place) throws IOException {
    requireAgent().share(flow, place);
  }

  @Override
  public List<FlowPart> parts() throws IOException {
    FlowAgent running;
    synchronized (this) {
      running = agent;
    }
    List<FlowPart> all = new ArrayList<>();
    for (Map.Entry<String, PartRecord> part : parts.all().entrySet()) {
      PartRecord record = part.getValue();
      all.add(
          new FlowPart(
              record.name(),
              record.site(),
              part.getKey(),
              record.tree(),
              record.isTarget(),
              running != null && running.isConnected(part.getKey())));
    }
    all.sort(Comparator.comparing(FlowPart::name).thenComparing(FlowPart::id));
    return all;
  }

  @Override
  public List<FlowProblem> forgetPart(FlowPart part) throws IOException {
    return requireAgent().leave(part.site(), part.id());
  }

  private synchronized FlowAgent requireAgent() throws ProviderException {
    if (agent == null) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot change what a flow of another site has here: this site does not listen. Have it"
              + " listen (listen(..) on the builder, or kmesh agent --listen).");
    }
    return agent;
  }

  @Override
  public boolean isPart(String flow) throws IOException {
    return parts.find(flow).isPresent();
  }

  @Override
  public boolean isRevoked(String site) {
    try {
      return trust != null && trust.revokedSites().contains(site);
    } catch (IOException e) {
      return false; // the authority is elsewhere
    }
  }

  private String requireEnrolled() throws IOException {
    return requireTrust().show().self().site();
  }

  /**
   * Once in a while: learns who was revoked, and renews the certificate in its last third.
   *
   * @return 0: no record goes
   */
  public long tidy() {
    if (trust == null || self().isEmpty()) {
      return 0;
    }
    try {
      trust.fetchRevocations();
      SiteTrust.Status status = trust.show();
      Duration left = Duration.between(time.now(), status.self().expires());
      if (left.compareTo(SiteTrust.VALIDITY.dividedBy(3)) < 0) {
        trust.rotate();
        LOG.info("This site's certificate was renewed.");
      }
    } catch (IOException e) {
      LOG.warn("This site's trust was not brought up to date: {}", e.getMessage());
    }
    return 0;
  }

  /** Listens no more; ends of other sites' flows rest. */
  @Override
  public synchronized void close() {
    if (server != null) {
      server.close();
      server = null;
    }
    close(enrolment);
    enrolment = null;
    close(agent);
    agent = null;
  }

  private static void close(@Nullable AutoCloseable one) {
    try {
      if (one != null) {
        one.close();
      }
    } catch (Exception e) {
      LOG.warn("A part of this site did not close: {}", e.getMessage());
    }
  }
}
