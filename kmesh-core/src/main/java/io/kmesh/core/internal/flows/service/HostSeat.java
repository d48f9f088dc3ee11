// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.control.ControlLine;
import io.kmesh.core.internal.flows.control.ControlLine.Reply;
import io.kmesh.core.internal.flows.control.Question;
import io.kmesh.core.internal.flows.link.LinkEnd;
import io.kmesh.core.internal.flows.link.LinkSession;
import io.kmesh.core.internal.flows.service.FlowRecordJson.Wanted;
import io.kmesh.core.internal.flows.service.HostedJson.Page;
import io.kmesh.core.internal.json.SpecJson;
import io.kmesh.flows.AuditEntry;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers the site that made a flow whose cache is held here, over one session. Thread-safe. */
final class HostSeat implements Hosting.Seat {
  private static final int FORMAT = 0;

  /** About how many characters a page of the log has. */
  private static final int MUCH = 128 << 10;

  private final HostDesk desk;
  private final String site;
  private final String flow;
  private final LinkSession session;
  private final ControlLine line;
  private @Nullable RemoteEnd end; // guarded by this, as all below
  private @Nullable StoredFlow known;
  private boolean isLost;

  HostSeat(HostDesk desk, String site, String flow, LinkSession session, ControlLine line) {
    this.desk = desk;
    this.site = site;
    this.flow = flow;
    this.session = session;
    this.line = line;
  }

  @Override
  public void answer(Question question, ObjectNode body, CompletableFuture<Reply> reply)
      throws IOException {
    try {
      switch (question) {
        case HOST -> host(HostJson.read(site, body), reply);
        case UNHOST -> unhost(reply);
        case HOSTED -> reply.complete(Reply.of(HostedJson.status(flow().status())));
        case BARRIER -> later(flow().barrierOf(LookedAt.path(body)), reply);
        case GRANT ->
            reply.complete(Reply.of(HostedJson.given(flow().grantOf(HostedJson.readGrant(body)))));
        case REVOKE -> {
          flow().revokeOf(HostedJson.readId(body));
          reply.complete(done());
        }
        case GIVEN ->
            reply.complete(
                Reply.of(
                    HostedJson.page(
                        page(flow().grants(), HostedJson.readFrom(body)), HostedJson::given)));
        case CONFLICTS ->
            reply.complete(
                Reply.of(
                    HostedJson.page(
                        page(flow().conflicts(), HostedJson.readFrom(body)),
                        HostedJson::conflict)));
        case RESOLVE -> {
          flow().resolve(HostedJson.readConflictId(body), HostedJson.readChoice(body));
          reply.complete(done());
        }
        case AUDIT ->
            reply.complete(
                Reply.of(HostedJson.page(audit(HostedJson.readFrom(body)), HostedJson::entry)));
        default ->
            throw new ProviderException(
                ErrorKind.UNSUPPORTED,
                "Cannot answer " + question + ": here is the cache of the flow, not its source.");
      }
    } catch (KmeshException e) {
      throw new ProviderException(e.kind(), String.valueOf(e.getMessage()), e);
    }
  }

  private StoredFlow flow() throws IOException {
    StoredFlow last;
    synchronized (this) {
      last = known;
    }
    if (last != null && !last.isDeleted()) {
      return last;
    }
    StoredFlow found = desk.require(site, flow);
    synchronized (this) {
      known = found;
    }
    return found;
  }

  private static Reply done() {
    return Reply.of(SpecJson.object(FORMAT));
  }

  private void host(HostJson.Asked asked, CompletableFuture<Reply> reply) throws IOException {
    StoredFlow held = desk.hold(site, flow, asked);
    if (asked.wanted() == Wanted.RUNNING) {
      held.startOf();
      reply.complete(new Reply(SpecJson.object(FORMAT), () -> attach(held)));
    } else {
      detach();
      held.stopOf();
      reply.complete(done());
    }
  }

  private void unhost(CompletableFuture<Reply> reply) throws IOException {
    StoredFlow held = desk.find(site, flow);
    if (held == null) {
      reply.complete(done()); // gone already, or never made
      return;
    }
    held.requireNothingWaitsOf();
    detach();
    try {
      held.deleteOf();
    } catch (RuntimeException e) {
      session.close("the flow goes on there"); // its engine has no session any more
      throw e;
    }
    reply.complete(done());
  }

  /** From now on the session carries the engine's messages. */
  private void attach(StoredFlow held) {
    RemoteEnd remote = held.remote();
    synchronized (this) {
      if (!isLost && end == null && remote != null) {
        end = remote;
        // Within the lock: a loss that comes now finds it.
        remote.attach(session, line);
      }
    }
  }

  private void detach() {
    RemoteEnd remote;
    synchronized (this) {
      remote = end;
      end = null;
    }
    if (remote != null) {
      remote.lost(session, new LinkEnd(LinkEnd.Kind.CLOSED_HERE, "it rests here"));
    }
  }

  private static <T> Page<T> page(List<T> all, long from) {
    int first = (int) Math.min(from, all.size());
    int last = Math.min(first + HostedJson.MOST, all.size());
    return new Page<>(all.subList(first, last), last < all.size());
  }

  /** From behind an entry on; what is whole before what was damaged comes first. */
  private Page<AuditEntry> audit(long after) throws IOException {
    List<AuditEntry> some = new ArrayList<>();
    int size = 0;
    try (Stream<AuditEntry> all = flow().audit()) {
      for (Iterator<AuditEntry> entries = all.iterator(); entries.hasNext(); ) {
        AuditEntry entry = entries.next();
        if (entry.number() <= after) {
          continue;
        }
        if (some.size() == HostedJson.MOST || size > MUCH) {
          return new Page<>(some, true);
        }
        size += entry.path().length() + entry.reason().length() + entry.who().length();
        some.add(entry);
      }
    } catch (KmeshException e) {
      if (some.isEmpty()) {
        throw e;
      }
      return new Page<>(some, true); // it is told when the rest is asked for
    }
    return new Page<>(some, false);
  }

  private static void later(CompletableFuture<Void> done, CompletableFuture<Reply> reply) {
    CompletableFuture<?> unused =
        done.whenComplete(
            (good, bad) -> {
              if (bad == null) {
                reply.complete(done());
              } else {
                reply.completeExceptionally(bad);
              }
            });
  }

  private RemoteEnd requireEnd() throws ProviderException {
    RemoteEnd remote;
    synchronized (this) {
      remote = end;
    }
    if (remote == null) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot take a message of " + site + ": its flow does not run over this session.");
    }
    return remote;
  }

  @Override
  public void message(byte[] message) throws Exception {
    requireEnd().message(session, message);
  }

  @Override
  public void bulk(byte[] message) throws Exception {
    requireEnd().bulk(session, message);
  }

  @Override
  public void lost(LinkEnd why) {
    RemoteEnd remote;
    synchronized (this) {
      isLost = true;
      remote = end;
      end = null;
    }
    if (remote != null) {
      remote.lost(session, why);
    }
  }
}
