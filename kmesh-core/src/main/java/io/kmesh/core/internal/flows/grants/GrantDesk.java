// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.flows.grants.GrantRecord.End;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.Grant;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The grants of a flow at one site: where they are given, or where they are known of. Decides who
 * reads what is sensitive, ends grants when their time is over, and writes the audit log.
 * Thread-safe.
 */
public final class GrantDesk implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(GrantDesk.class);
  private static final int ID = 16;
  private static final int MOST_LIVE = 1_000;
  private static final int MOST = 10_000;

  /** Paths that were told as sent or refused at a source, so that each range is not. */
  private static final int MOST_TOLD = 10_000;

  /** How often the time is kept while grants count. */
  private static final Duration NOTE = Duration.ofMinutes(1);

  private static final Duration SOON = Duration.ofSeconds(1);

  private final Role role;
  private final SensitivePaths sensitive;
  private final PosixTree folder;
  private final GrantFiles files;
  private final KmeshTime time;
  private final GrantClock clock;
  private final AuditLog log;
  private final SecureRandom random = new SecureRandom();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, Boolean> told = new LinkedHashMap<>(); // guarded by itself
  private final Map<String, GrantRecord> grants = new LinkedHashMap<>(); // guarded by this
  private long revision; // guarded by this, as all below
  private KmeshTime.@Nullable Timer timer;
  private boolean isUnkept;
  private boolean isClosed;

  /** What a site has to do with a flow's grants. */
  public enum Role {
    /** They are given here. */
    GIVES,
    /** They are known from the site that gives them. */
    LEARNS
  }

  /** Who hears of grants. */
  public interface Listener {
    /** A grant ended: nothing of it may be readable any more when this returns. */
    default void ended(String grant) {}

    /** Which grants count changed. */
    default void changed() {}
  }

  /**
   * The right to read a file, until its grant ends.
   *
   * @param who the subject
   * @param grant its id
   */
  public record Permit(String who, String grant) {}

  private GrantDesk(
      Role role,
      SensitivePaths sensitive,
      PosixTree folder,
      GrantFiles files,
      KmeshTime time,
      GrantBook book,
      AuditLog log) {
    this.role = role;
    this.sensitive = sensitive;
    this.folder = folder;
    this.files = files;
    this.time = time;
    this.clock = new GrantClock(time, Math.max(book.latest(), log.latest()));
    this.log = log;
    this.revision = book.revision();
    book.grants().forEach(grant -> grants.put(grant.id(), grant));
  }

  /**
   * Opens what is known of a flow's grants. Grants whose time is over end before this returns.
   *
   * @param folder the flow's folder at this site; closed with it
   */
  public static GrantDesk open(
      Role role, PosixTree folder, SensitivePaths sensitive, KmeshTime time) throws IOException {
    GrantFiles files = new GrantFiles(folder);
    GrantBook book = files.readBook();
    long now = new GrantClock(time, book.latest()).millis();
    GrantDesk desk =
        new GrantDesk(
            role, sensitive, folder, files, time, book, AuditLog.open(files, book.log(), now));
    try {
      synchronized (desk) {
        desk.sweep();
      }
      return desk;
    } catch (IOException | RuntimeException e) {
      desk.log.close();
      throw e;
    }
  }

  /** What is sensitive. */
  public SensitivePaths sensitive() {
    return sensitive;
  }

  /** Has somebody hear of grants until the result is closed. */
  public Closeable listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Gives a grant; durable when this returns. */
  public FlowGrant grant(Grant asked) throws IOException {
    byte[] id = new byte[ID];
    random.nextBytes(id);
    return grant(HexFormat.of().formatHex(id), asked);
  }

  /**
   * Gives a grant under an id, once: asked for again it is as it stands.
   *
   * @param id 32 hexadecimal digits
   */
  public FlowGrant grant(String id, Grant asked) throws IOException {
    PathBytes path = PathBytes.EMPTY;
    for (PathBytes name : PathBytes.of(asked.path()).names()) {
      path = path.resolve(name);
    }
    GrantRecord given;
    synchronized (this) {
      sweep();
      GrantRecord before = grants.get(id);
      if (before != null) {
        return view(before);
      }
      long now = clock.millis();
      if (!sensitive.meet(path)) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot grant " + shown(path) + ": nothing there is sensitive in this flow.");
      }
      if (asked.until().toEpochMilli() <= now) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot grant "
                + shown(path)
                + " until "
                + asked.until()
                + ": that is over, here it is "
                + Instant.ofEpochMilli(now)
                + ". Give a later end.");
      }
      if (grants.values().stream().filter(GrantRecord::isLive).count() >= MOST_LIVE) {
        throw new ProviderException(
            ErrorKind.PRECONDITION,
            "Cannot grant "
                + shown(path)
                + ": "
                + MOST_LIVE
                + " grants of this flow count. Revoke some.");
      }
      given =
          new GrantRecord(
              id,
              asked.who(),
              path,
              Math.max(0, asked.from().toEpochMilli()),
              asked.until().toEpochMilli(),
              now,
              End.NONE,
              0);
      // First told, then counted: no grant counts that the log does not have.
      log.write(told(Action.GRANTED, given, now, span(given)));
      grants.put(given.id(), given);
      try {
        keep();
      } catch (IOException | RuntimeException e) {
        grants.remove(given.id());
        throw e;
      }
      schedule();
    }
    listeners.forEach(Listener::changed);
    return view(given);
  }

  private static String span(GrantRecord grant) {
    String from = grant.from() == 0 ? "" : "from " + Instant.ofEpochMilli(grant.from()) + " ";
    return from + "until " + Instant.ofEpochMilli(grant.until());
  }

  private static AuditRecord told(Action action, GrantRecord grant, long now, String reason) {
    return AuditRecord.of(now, action, grant.who(), grant.path(), grant.id(), reason);
  }

  /** Ends a grant; one that ended stays as it is. */
  public void revoke(String id) throws IOException {
    synchronized (this) {
      sweep();
      GrantRecord grant = grants.get(id);
      if (grant == null) {
        throw new ProviderException(
            ErrorKind.NOT_FOUND, "Cannot revoke the grant " + id + ": there is none. List them.");
      }
    }
    withdraw(id);
  }

  /**
   * Ends a grant that another site gives, whatever that one tells of it; one that ended or is not
   * known stays as it is.
   */
  public void withdraw(String id) throws IOException {
    synchronized (this) {
      sweep();
      GrantRecord grant = grants.get(id);
      if (grant == null || !grant.isLive()) {
        return;
      }
      end(List.of(grant), End.REVOKED);
    }
    listeners.forEach(Listener::changed);
  }

  /** The grants, the oldest first. */
  public synchronized List<FlowGrant> list() throws IOException {
    sweep();
    return grants.values().stream().map(this::view).toList();
  }

  private FlowGrant view(GrantRecord grant) {
    FlowGrant.State state =
        switch (grant.end()) {
          case NONE ->
              clock.wall() < grant.from() ? FlowGrant.State.WAITING : FlowGrant.State.VALID;
          case EXPIRED -> FlowGrant.State.EXPIRED;
          case REVOKED -> FlowGrant.State.REVOKED;
        };
    return new FlowGrant(
        grant.id(),
        new Grant(
            grant.who(),
            grant.path().toString(),
            Instant.ofEpochMilli(grant.from()),
            Instant.ofEpochMilli(grant.until())),
        state,
        Instant.ofEpochMilli(grant.given()),
        grant.isLive() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(grant.ended())));
  }

  /**
   * Ends what is over, and looks again when the next one is. Durable first, so that no process
   * after this one takes an ended grant for one that counts; then keys and bytes go.
   */
  private void sweep() throws IOException {
    long now = clock.millis();
    List<GrantRecord> over =
        grants.values().stream().filter(g -> g.isLive() && g.until() <= now).toList();
    if (!over.isEmpty()) {
      end(over, End.EXPIRED);
    }
    if (isUnkept) {
      keep();
    }
    schedule();
  }

  private void end(List<GrantRecord> over, End how) throws IOException {
    long now = clock.millis();
    for (GrantRecord grant : over) {
      grants.put(grant.id(), grant.ended(how, now));
    }
    IOException failure = null;
    try {
      isUnkept = true;
      keep();
    } catch (IOException e) {
      failure = e; // it ends all the same
    }
    for (GrantRecord grant : over) {
      listeners.forEach(one -> one.ended(grant.id()));
    }
    try {
      Action action = how == End.EXPIRED ? Action.EXPIRED : Action.REVOKED;
      log.write(over.stream().map(grant -> told(action, grant, now, "")).toList());
    } catch (IOException e) {
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void keep() throws IOException {
    while (grants.size() > MOST) {
      grants.remove(
          grants.values().stream().filter(g -> !g.isLive()).findFirst().orElseThrow().id());
    }
    long now = clock.millis();
    // What this site tells is later than all that it ever told; what it learned is the teller's.
    long next = role == Role.GIVES ? Math.max(revision + 1, now) : revision;
    files.writeBook(new GrantBook(next, now, log.head(), List.copyOf(grants.values())));
    revision = next;
    isUnkept = false;
  }

  private void schedule() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    if (isClosed) {
      return;
    }
    long now = clock.millis();
    long next =
        grants.values().stream()
            .filter(GrantRecord::isLive)
            .mapToLong(GrantRecord::until)
            .min()
            .orElse(Long.MAX_VALUE);
    if (next < Long.MAX_VALUE || isUnkept) {
      long pause = isUnkept ? SOON.toMillis() : Math.min(Math.max(1, next - now), NOTE.toMillis());
      timer = time.schedule(Duration.ofMillis(pause), this::tick);
    }
  }

  private synchronized void tick() {
    if (isClosed) {
      return;
    }
    try {
      isUnkept = true; // the time is kept, too
      sweep();
    } catch (IOException | RuntimeException e) {
      LOG.warn("The grants of a flow are not kept: {}", e.getMessage());
      schedule();
    }
  }

  /** Whether a file with these names is read under a grant alone. */
  public boolean guards(List<PathBytes> names) {
    return sensitive.cover(names);
  }

  /**
   * Lets a subject open a file; returns when the log has it.
   *
   * @param who null for nobody
   * @param path by which it is opened
   * @param names all that it has
   * @throws AccessDeniedException naming the path, the subject and the reason
   */
  public Permit permit(@Nullable String who, PathBytes path, List<PathBytes> names)
      throws IOException {
    GrantRecord best = null;
    String reason;
    synchronized (this) {
      sweep();
      for (GrantRecord grant : grants.values()) {
        if (grant.who().equals(who)
            && grant.covers(names)
            && counts(grant)
            && (best == null || grant.until() > best.until())) {
          best = grant;
        }
      }
      reason = best == null ? whyNot(who, names) : "";
    }
    if (best == null || who == null) {
      throw refused(who, path, "", reason);
    }
    log.write(AuditRecord.of(clock.millis(), Action.OPENED, who, path, best.id(), ""));
    return new Permit(who, best.id());
  }

  private boolean counts(GrantRecord grant) {
    return grant.isLive() && clock.wall() >= grant.from() && clock.millis() < grant.until();
  }

  private String whyNot(@Nullable String who, List<PathBytes> names) {
    if (who == null) {
      return "it is sensitive, and nobody was named who reads it. Open the flow's files for a"
          + " subject that has a grant.";
    }
    GrantRecord last = null;
    for (GrantRecord grant : grants.values()) {
      if (grant.who().equals(who) && grant.covers(names)) {
        boolean isBetter = last == null || grant.isLive() || !last.isLive();
        last = isBetter ? grant : last;
      }
    }
    return last == null ? who + " has no grant for it." : whyNot(last);
  }

  private static String whyNot(GrantRecord grant) {
    String name = "the grant " + grant.id() + " of " + grant.who();
    return switch (grant.end()) {
      case NONE -> name + " counts from " + Instant.ofEpochMilli(grant.from()) + " on.";
      case EXPIRED -> name + " expired at " + Instant.ofEpochMilli(grant.until()) + ".";
      case REVOKED -> name + " was revoked at " + Instant.ofEpochMilli(grant.ended()) + ".";
    };
  }

  private AccessDeniedException refused(
      @Nullable String who, PathBytes path, String grant, String reason) throws IOException {
    log.write(
        AuditRecord.of(
            clock.millis(), Action.REFUSED, who == null ? "" : who, path, grant, reason));
    return new AccessDeniedException(shown(path), null, reason);
  }

  private static String shown(PathBytes path) {
    return "/" + path;
  }

  /**
   * Returns while the grant of a permit counts.
   *
   * @throws AccessDeniedException from the grant's end on
   */
  public void check(Permit permit, PathBytes path) throws IOException {
    String reason;
    synchronized (this) {
      GrantRecord grant = grants.get(permit.grant());
      if (grant != null && counts(grant)) {
        return;
      }
      sweep();
      GrantRecord ended = grants.get(permit.grant());
      reason = ended == null ? "the grant " + permit.grant() + " ended long ago." : whyNot(ended);
    }
    throw refused(permit.who(), path, permit.grant(), reason);
  }

  /** Tells what was read of a file that was open. */
  public void read(Permit permit, PathBytes path, long from, long to, long bytes)
      throws IOException {
    log.write(
        new AuditRecord(
            clock.millis(), Action.READ, permit.who(), path, permit.grant(), from, to, bytes, ""));
  }

  /**
   * Why bytes of a file must not leave this site now; empty when they may. The subject is not asked
   * for: the site that reads answers for it.
   *
   * @param site who asks
   * @param names all that the file has
   */
  public Optional<String> refusal(String site, List<PathBytes> names) throws IOException {
    if (names.isEmpty() || !guards(names)) {
      return Optional.empty();
    }
    PathBytes path = names.get(0);
    GrantRecord counting = null;
    synchronized (this) {
      for (GrantRecord grant : grants.values()) {
        if (grant.covers(names) && counts(grant)) {
          counting = grant;
          break;
        }
      }
      if (counting == null) {
        sweep();
      }
    }
    long now = clock.millis();
    if (counting != null) {
      if (role == Role.LEARNS && isNews("+" + counting.id() + path)) {
        log.write(AuditRecord.of(now, Action.SENT, site, path, counting.id(), ""));
      }
      return Optional.empty();
    }
    String reason =
        "No grant counts for " + shown(path) + " at its source, where it is " + instant(now) + ".";
    if (isNews("-" + path)) {
      log.write(AuditRecord.of(now, Action.REFUSED, site, path, "", reason));
    }
    return Optional.of(reason);
  }

  private static Instant instant(long millis) {
    return Instant.ofEpochMilli(millis);
  }

  private boolean isNews(String what) {
    synchronized (told) {
      if (told.size() >= MOST_TOLD) {
        told.clear();
      }
      return told.put(what, true) == null;
    }
  }

  /** The grants that count or will, for the site of the source. */
  public synchronized ObjectNode toJson() {
    return GrantsJson.write(
        revision, grants.values().stream().filter(GrantRecord::isLive).toList());
  }

  /**
   * Takes what the site that gives grants says; durable when this returns. What it left out ended.
   * An end that is known here is never put off, and nothing that ended counts again.
   *
   * @param site who says it
   */
  public void learn(String site, JsonNode body) throws IOException {
    GrantsJson.Told news = GrantsJson.read(body);
    synchronized (this) {
      sweep();
      if (news.revision() < revision) {
        return;
      }
      long now = clock.millis();
      List<GrantRecord> gone = new ArrayList<>();
      for (GrantRecord known : List.copyOf(grants.values())) {
        Optional<GrantRecord> still =
            news.grants().stream().filter(g -> g.id().equals(known.id())).findFirst();
        if (known.isLive() && still.isEmpty()) {
          gone.add(known);
        } else if (known.isLive()) {
          grants.put(known.id(), known.atMostUntil(still.get().until()));
        }
      }
      if (!gone.isEmpty()) {
        end(gone, End.REVOKED);
      }
      List<GrantRecord> fresh =
          news.grants().stream()
              .filter(g -> !grants.containsKey(g.id()) && g.until() > now)
              .toList();
      if (!fresh.isEmpty()) {
        log.write(
            fresh.stream()
                .map(g -> told(Action.GRANTED, g, now, "by " + site + ", " + span(g)))
                .toList());
      }
      fresh.forEach(grant -> grants.put(grant.id(), grant));
      revision = news.revision();
      keep();
      schedule();
      synchronized (told) {
        told.keySet().removeIf(one -> one.startsWith("-")); // a refusal is news again
      }
    }
  }

  /** What happened, the oldest first; to be closed. */
  public Stream<AuditEntry> audit() throws IOException {
    AuditHead head = log.head();
    PosixFile file = files.readLog();
    try {
      AuditTrail trail = new AuditTrail(file, head);
      return StreamSupport.stream(
              Spliterators.spliterator(
                  trail, head.count(), Spliterator.ORDERED | Spliterator.NONNULL),
              false)
          .onClose(() -> close(trail));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static void close(Closeable one) {
    try {
      one.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps all, and looks at no clock any more. Grants that count go on counting in later ones. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      schedule();
    }
    try (folder;
        log) {
      synchronized (this) {
        files.writeBook(
            new GrantBook(revision, clock.millis(), log.head(), List.copyOf(grants.values())));
      }
    }
  }
}
