// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.access.AccessSite;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkDialer;
import io.kmesh.core.internal.flows.link.LinkRefusedException;
import io.kmesh.core.internal.flows.link.LinkRefusedException.Cause;
import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.core.internal.flows.service.FlowTally.LinkTally;
import io.kmesh.core.internal.flows.service.HostedJson.Page;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.FlowConflict;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.FlowState;
import io.kmesh.flows.FlowStatus;
import io.kmesh.flows.Grant;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A flow whose source is here, and whose cache another site holds. Thread-safe. */
final class LentRun implements FlowRun {
  private static final Logger LOG = LoggerFactory.getLogger(LentRun.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration FAREWELL = Duration.ofSeconds(3);

  /** How long something may take that the other site does at once. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** How much of a list is taken, such that no site fills this one's memory. */
  private static final int MOST_LISTED = 100_000;

  private static final long MOST_CHARACTERS = 64L << 20;

  private final LentEnd.Terms terms;
  private final FlowEnd local;
  private final LentEnd remote;
  private final String site;
  private final LinkDialer dialer;
  private final KmeshTime time;
  private @Nullable FlowStatus last; // guarded by this, as all below
  private boolean isClosed;
  private KmeshTime.@Nullable Timer timer;

  private LentRun(
      LentEnd.Terms terms,
      FlowEnd local,
      LentEnd remote,
      String site,
      LinkDialer dialer,
      KmeshTime time) {
    this.terms = terms;
    this.local = local;
    this.remote = remote;
    this.site = site;
    this.dialer = dialer;
    this.time = time;
  }

  /**
   * Begins.
   *
   * @param local the source; closed with it
   */
  static LentRun start(LentEnd.Terms terms, FlowEnd local, SiteLinks links, KmeshTime time)
      throws IOException {
    String site = ((Endpoint.SitePath) terms.spec().target()).site();
    LentEnd remote = new LentEnd(terms, local, time);
    terms.grants().resume(LentEnd.source(local, site));
    local.start();
    LinkDialer dialer = links.dial(site, terms.flow(), remote);
    LentRun run = new LentRun(terms, local, remote, site, dialer, time);
    run.poll();
    return run;
  }

  private synchronized void poll() {
    if (!isClosed && remote.failure().isPresent()) {
      dialer.close(); // it would fail again; whoever starts the flow tries anew
    } else if (!isClosed) {
      dialer
          .failure()
          .filter(e -> !(e instanceof LinkRefusedException r && r.why() == Cause.UNKNOWN_SESSION))
          .ifPresent(e -> remote.failedToDial("Cannot reach " + site + ": " + e.getMessage()));
      timer = time.schedule(POLL, this::poll);
    }
  }

  /** What the other site answers within a time. */
  private ObjectNode ask(String what, Question question, ObjectNode body, Duration limit)
      throws IOException {
    return await(what, remote.askNow(what, question, body), limit);
  }

  private ObjectNode await(String what, CompletableFuture<ObjectNode> answer, Duration limit)
      throws IOException {
    try {
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw unknown(what, "it did not answer within " + limit, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown(what, "the wait was interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }

  private ProviderException unknown(String what, String why, Exception e) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot tell whether "
            + site
            + " did "
            + what
            + " of the data flow \""
            + terms.name()
            + "\": "
            + why
            + ". Look, and ask again.",
        e);
  }

  /** Has the other site's end rest, as far as it can be told now. */
  void rest() {
    try {
      await("stop", remote.rest(), FAREWELL);
    } catch (IOException e) {
      LOG.info("The cache of \"{}\" goes on at {}: {}", terms.name(), site, e.getMessage());
    }
  }

  /** Ends the session that there is. */
  void cut(String why) {
    remote.cut(why);
  }

  FlowGrant grant(Grant grant) throws IOException {
    byte[] id = new byte[16];
    RANDOM.nextBytes(id);
    HostedJson.NewGrant asked = new HostedJson.NewGrant(HexFormat.of().formatHex(id), grant);
    terms.grants().giving(asked);
    try {
      return HostedJson.readGiven(
          ask("give a grant", Question.GRANT, HostedJson.grant(asked), LIMIT));
    } catch (IOException | RuntimeException e) {
      end(asked.id()); // it may have been given: what failed must not count later
      throw e;
    }
  }

  /** Nothing is sent from here under a grant any more, whatever the other site knows. */
  private void end(String id) throws IOException {
    terms.grants().revoking(id, LentEnd.source(local, site));
  }

  void revoke(String id) throws IOException {
    end(id);
    try {
      ask("take back a grant", Question.REVOKE, HostedJson.id(id), LIMIT);
    } catch (IOException e) {
      if (ProviderException.kindOfRead(e) != ErrorKind.TRANSIENT) {
        terms.grants().settled(id);
        throw e;
      }
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          e.getMessage()
              + " Nothing is sent under the grant from here any more; what "
              + site
              + " read under it before ends when it is reached, or at the grant's end.",
          e);
    }
    terms.grants().settled(id);
  }

  List<FlowGrant> grants() throws IOException {
    return all("list the grants", Question.GIVEN, HostedJson::readGiven);
  }

  private <T> List<T> all(String what, Question question, HostedJson.ReadOne<T> read)
      throws IOException {
    List<T> all = new ArrayList<>();
    long characters = 0;
    Page<T> page;
    do {
      page = HostedJson.readPage(ask(what, question, HostedJson.from(all.size()), LIMIT), read);
      all.addAll(page.all());
      for (T one : page.all()) {
        characters += one.toString().length();
      }
      if (page.isMore() && (all.size() > MOST_LISTED || characters > MOST_CHARACTERS)) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot "
                + what
                + " of the data flow \""
                + terms.name()
                + "\": "
                + site
                + " lists more than "
                + all.size()
                + ", which is more than this build takes at once. Look at them there.");
      }
    } while (page.isMore());
    return all;
  }

  /** The log, a page at a time. */
  Stream<AuditEntry> audit() throws IOException {
    Entries entries = new Entries(auditFrom(0));
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(entries, Spliterator.ORDERED | Spliterator.NONNULL),
        false);
  }

  private Page<AuditEntry> auditFrom(long after) throws IOException {
    Page<AuditEntry> page =
        HostedJson.readPage(
            ask("read the audit log", Question.AUDIT, HostedJson.from(after), LIMIT),
            HostedJson::readEntry);
    // A site that tells the same entries again and again is not listened to for ever.
    long before = after;
    for (AuditEntry entry : page.all()) {
      if (entry.number() <= before) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot read the audit log of the data flow \""
                + terms.name()
                + "\": "
                + site
                + " tells entry "
                + entry.number()
                + " behind "
                + before
                + ". It may run another build; use the same at both.");
      }
      before = entry.number();
    }
    return page;
  }

  /** Entries of the log, which are asked for as they are needed. Not thread-safe. */
  private final class Entries implements Iterator<AuditEntry> {
    private Page<AuditEntry> page;
    private int next;

    Entries(Page<AuditEntry> first) {
      page = first;
    }

    @Override
    public boolean hasNext() {
      if (next == page.all().size() && page.isMore()) {
        try {
          page = auditFrom(page.all().get(next - 1).number());
        } catch (IOException e) {
          throw KmeshException.ofRead(e);
        }
        next = 0;
      }
      return next < page.all().size();
    }

    @Override
    public AuditEntry next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return page.all().get(next++);
    }
  }

  @Override
  public CompletableFuture<Void> barrier(PathBytes path) {
    return remote.ask(Question.BARRIER, LookedAt.write(path));
  }

  @Override
  public CompletableFuture<Void> look(List<PathBytes> paths) {
    return local.replica().look(LookedAt.places(paths));
  }

  @Override
  public CompletableFuture<Void> requireTurnable() {
    return noDirection();
  }

  @Override
  public CompletableFuture<Void> settle() {
    return noDirection();
  }

  private CompletableFuture<Void> noDirection() {
    return CompletableFuture.failedFuture(
        new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot switch the direction of \"" + terms.name() + "\": it gives access."));
  }

  @Override
  public CompletableFuture<Void> confirmDeletions() {
    return local.confirmDeletions();
  }

  @Override
  public Optional<Throwable> failure() {
    Throwable here = failed();
    if (here != null) {
      return Optional.of(here);
    }
    FlowStatus there = last();
    return there == null || there.state() != FlowState.FAILED
        ? Optional.empty()
        : Optional.of(
            new ProviderException(ErrorKind.TRANSIENT, "at " + site + ": " + there.reason()));
  }

  private @Nullable Throwable failed() {
    Throwable here = local.failure();
    return here != null ? here : remote.failure().orElse(null);
  }

  private synchronized @Nullable FlowStatus last() {
    return last;
  }

  @Override
  public Optional<ConflictDesk> conflicts() {
    return Optional.of(
        new ConflictDesk() {
          @Override
          public List<FlowConflict> list() throws IOException {
            return all("list the conflicts", Question.CONFLICTS, HostedJson::readConflict);
          }

          @Override
          public void resolve(String id, FlowConflict.Choice choice) throws IOException {
            ask("resolve a conflict", Question.RESOLVE, HostedJson.resolve(id, choice), LIMIT);
          }
        });
  }

  @Override
  public List<MasterEnd> masters() {
    return List.of();
  }

  @Override
  public Optional<AccessSite> access() {
    return Optional.empty();
  }

  @Override
  public Optional<PosixTree> sourceTree() {
    return Optional.of(local.tree());
  }

  @Override
  public FlowStatus status() {
    LinkTally link = remote.link();
    if (link.waiting() == null) {
      try {
        FlowStatus told =
            HostedJson.readStatus(
                ask("ask how it stands", Question.HOSTED, SpecJson.object(0), PATIENCE));
        synchronized (this) {
          last = told;
        }
      } catch (IOException e) {
        LOG.debug("The site {} did not say how {} stands.", site, terms.name(), e);
      }
      link = remote.link();
    }
    Throwable failure = failed();
    FlowStatus there = last();
    FlowStatus here =
        FlowTally.of(
            local.status(),
            EndStatus.NONE,
            failure == null ? null : String.valueOf(failure.getMessage()),
            link);
    return failure != null || link.waiting() != null || there == null ? here : both(here, there);
  }

  /** The other site says where the flow stands, this one what it sends. */
  private static FlowStatus both(FlowStatus here, FlowStatus there) {
    return new FlowStatus(
            there.state(),
            there.reason(),
            there.backlog(),
            there.lag(),
            there.lagP50(),
            there.lagP99(),
            there.changes(),
            there.logicalBytes(),
            here.wireBytes(),
            here.reconnects(),
            here.deletionsHeld(),
            there.problems(),
            List.of())
        .writingBack(there.unwritten(), List.of());
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      isClosed = true;
      if (timer != null) {
        timer.cancel();
      }
    }
    dialer.close();
    local.close();
  }
}
