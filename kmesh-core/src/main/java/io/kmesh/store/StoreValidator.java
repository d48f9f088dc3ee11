// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreUrl;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.store.StoreFinding.Outcome;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tries what a store does, rather than believe what it says: conditions, also at one moment;
 * ranges, uploads that go on, copies, names, lists, metadata, checksums, versions; how far its
 * clock is off; and a soak, mixed calls for a while. All of it happens below a prefix of its own,
 * {@code .kmesh-check-} and 16 random digits, which is removed in the end, also when the check
 * fails or is cancelled.
 *
 * <pre>{@code
 * StoreReport report = StoreValidator.of(store).soak(Duration.ofSeconds(30)).build().run();
 * }</pre>
 *
 * <p>Each instance runs once. {@link #cancel} may be called by any thread.
 */
public final class StoreValidator {
  /** The soak when none is named. */
  public static final Duration DEFAULT_SOAK = Duration.ofSeconds(30);

  /** The longest soak. */
  public static final Duration LONGEST_SOAK = Duration.ofHours(1);

  private final ObjectStore store;
  private final KmeshTime time;
  private final Duration soak;
  private final int threads;
  private final Map<String, String> place;
  private final String prefix;
  private final Trial trial;
  private final List<StoreFinding> findings = new ArrayList<>();
  private boolean hasRun; // guarded by this

  private StoreValidator(Builder builder) {
    byte[] random = new byte[8];
    new SecureRandom().nextBytes(random);
    store = builder.store;
    time = builder.time;
    soak = builder.soak;
    threads = builder.threads;
    place = Map.copyOf(builder.place);
    prefix = ".kmesh-check-" + HexFormat.of().formatHex(random) + "/";
    trial = new Trial(store, prefix, time);
  }

  /** Begins with the store, which stays the caller's to close. */
  public static Builder of(ObjectStore store) {
    return new Builder(store);
  }

  /** Says how to check. Not thread-safe. */
  public static final class Builder {
    private final ObjectStore store;
    private final Map<String, String> place = new TreeMap<>();
    private KmeshTime time = SystemTime.INSTANCE;
    private Duration soak = DEFAULT_SOAK;
    private int threads = 4;

    private Builder(ObjectStore store) {
      this.store = store;
    }

    /**
     * How long the soak lasts; zero for none.
     *
     * @throws IllegalArgumentException below zero or above {@link #LONGEST_SOAK}
     */
    public Builder soak(Duration value) {
      if (value.isNegative() || value.compareTo(LONGEST_SOAK) > 0) {
        throw new IllegalArgumentException(
            "Cannot soak a store for " + value + ": give zero to " + LONGEST_SOAK + ".");
      }
      soak = value;
      return this;
    }

    /**
     * How many threads of the soak make calls; 4 when nothing is said.
     *
     * @throws IllegalArgumentException when it is not 1 to 64
     */
    public Builder threads(int value) {
      if (value < 1 || value > 64) {
        throw new IllegalArgumentException(
            "Cannot soak a store with " + value + " threads: give 1 to 64.");
      }
      threads = value;
      return this;
    }

    /** The clock that the store's is compared with; that of the machine when nothing is said. */
    public Builder time(KmeshTime value) {
      time = value;
      return this;
    }

    /** The URL that the store was opened by: what it says of the place comes into the report. */
    public Builder openedBy(StoreUrl url) {
      url.option("region").ifPresent(region -> place.put("region", region));
      url.option("endpoint").map(Builder::shown).ifPresent(end -> place.put("endpoint", end));
      return this;
    }

    /** An endpoint without what may be a password. */
    private static String shown(String endpoint) {
      try {
        URI uri = new URI(endpoint);
        return new URI(
                uri.getScheme(), null, uri.getHost(), uri.getPort(), uri.getPath(), null, null)
            .toString();
      } catch (URISyntaxException e) {
        return "not told: it is no URL";
      }
    }

    /** A validator that can run once. */
    public StoreValidator build() {
      return new StoreValidator(this);
    }
  }

  /** The prefix of all that it writes. */
  public String prefix() {
    return prefix;
  }

  /** Ends a run that is under way, or has not begun: it removes what it wrote, and fails. */
  public void cancel() {
    trial.cancel();
  }

  /** A check's own work. */
  @FunctionalInterface
  private interface Body {
    /** What was seen, when it passes. */
    String run() throws IOException, CheckFailure;
  }

  /**
   * Runs all checks. Interrupting the thread cancels.
   *
   * @throws IOException a {@link ProviderException}: CANCELLED; or why the store can't be listed
   *     and written at all, in which case nothing else was tried. What remains of the check's
   *     objects then is in the message
   * @throws IllegalStateException when it has run before
   */
  public StoreReport run() throws IOException {
    synchronized (this) {
      if (hasRun) {
        throw new IllegalStateException("Cannot run a check twice: build another.");
      }
      hasRun = true;
    }
    Instant begun = time.now();
    long from = time.nanoTime();
    ClockProbe clock = new ClockProbe(trial);
    StoreSoak soaked = null;
    ProviderException failure = null;
    try {
      reach();
      checks(clock);
      soaked = soak();
      trial.requireGoingOn();
    } catch (ProviderException e) {
      failure = e;
    } finally {
      clean();
    }
    if (failure != null) {
      throw failed(failure);
    }
    return new StoreReport(
        store.uri(),
        place,
        prefix,
        begun,
        Duration.ofNanos(time.nanoTime() - from),
        clock.drift(),
        clock.within(),
        findings,
        soaked,
        trial.calls(),
        trial.retries());
  }

  /** What can't even be listed and written is no matter of findings. */
  private void reach() throws IOException {
    trial.call(() -> trial.store().list(ListRequest.prefix("")));
    trial.put("reached", new byte[] {1}, PutOptions.NONE);
  }

  private ProviderException failed(ProviderException e) {
    Optional<StoreFinding> remains =
        findings.stream()
            .filter(f -> f.check().equals(StoreCheck.CLEAN.label()) && f.outcome() == Outcome.FAIL)
            .findFirst();
    if (e.kind() == ErrorKind.CANCELLED) {
      return new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot check "
              + store.uri()
              + ": it was cancelled. "
              + remains
                  .map(f -> "Below " + prefix + " something remains: " + f.reason() + ".")
                  .orElse("What it wrote is removed."),
          e);
    }
    return new ProviderException(
        e.kind(),
        String.valueOf(e.getMessage())
            + remains
                .map(f -> " Below " + prefix + " something may remain: " + f.reason() + ".")
                .orElse(""),
        e);
  }

  private void checks(ClockProbe clock) throws ProviderException {
    Random random = new Random(begin(prefix));
    ReadChecks reads = new ReadChecks(trial, random);
    ConditionChecks conditions = new ConditionChecks(trial, random);
    UploadChecks uploads = new UploadChecks(trial, random);
    ListChecks lists = new ListChecks(trial);
    KeepChecks keeps = new KeepChecks(trial, random);
    check(StoreCheck.READ, reads::writeAndRead);
    check(StoreCheck.RANGE, reads::range);
    check(StoreCheck.MISSING, reads::missing);
    check(StoreCheck.CREATE, conditions::create);
    check(StoreCheck.CREATE_RACE, conditions::createRace);
    check(StoreCheck.REPLACE, conditions::replace);
    check(StoreCheck.REPLACE_RACE, conditions::replaceRace);
    check(StoreCheck.DELETE, reads::delete);
    check(StoreCheck.DELETE_IF, conditions::deleteIf);
    check(StoreCheck.MULTIPART, uploads::multipart);
    check(StoreCheck.MULTIPART_IF, uploads::conditions);
    check(StoreCheck.MULTIPART_ABORT, uploads::abort);
    check(StoreCheck.COPY, uploads::copy);
    check(StoreCheck.COPY_IF, uploads::copyConditions);
    check(StoreCheck.PART_COPY, uploads::copyParts);
    check(StoreCheck.KEYS, lists::keys);
    check(StoreCheck.LONG_KEYS, lists::longKeys);
    check(StoreCheck.ORDER, lists::order);
    check(StoreCheck.PAGES, lists::pages);
    check(StoreCheck.LEVELS, lists::levels);
    check(StoreCheck.METADATA, keeps::metadata);
    check(StoreCheck.METADATA_SIZE, keeps::metadataSize);
    check(StoreCheck.SHA256, keeps::sha256);
    check(StoreCheck.UPLOAD_SHA256, keeps::uploadSha256);
    check(StoreCheck.CRC32C, keeps::crc32c);
    check(StoreCheck.CONSISTENCY, reads::consistency);
    check(StoreCheck.CLASS, keeps::storageClass);
    check(StoreCheck.RESTORE, keeps::archiveRestore);
    check(StoreCheck.VERSIONS, keeps::versions);
    check(StoreCheck.CLOCK, clock::measure);
  }

  /** A seed that the report tells, by the prefix. */
  private static long begin(String prefix) {
    return prefix.hashCode();
  }

  private void check(StoreCheck check, Body body) throws ProviderException {
    StoreCapability needed = check.capability();
    boolean isSaid = needed == null || trial.can(needed);
    try {
      String seen = body.run();
      findings.add(
          isSaid
              ? check.finding(Outcome.PASS, seen)
              : check.finding(
                  Outcome.ABSENT, "it says that it lacks " + needed + ", though a try succeeded"));
    } catch (CheckFailure e) {
      if (check.isOfLists() && !trial.can(StoreCapability.STRONG_CONSISTENCY)) {
        findings.add(
            check.finding(
                Outcome.ABSENT,
                "it does not promise that lists show what was written, so this can't be told: "
                    + e.reason()));
        return;
      }
      findings.add(
          check.finding(isSaid ? e.outcome() : Outcome.ABSENT, absentOr(check, e, isSaid)));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CANCELLED) {
        throw e;
      }
      boolean isRefused = !isSaid && e.kind() == ErrorKind.UNSUPPORTED;
      findings.add(
          isRefused
              ? check.finding(
                  Outcome.ABSENT, "it says that it lacks " + needed + ", and refuses it")
              : check.finding(Outcome.FAIL, told(e)));
    } catch (IOException | RuntimeException e) {
      findings.add(check.finding(Outcome.FAIL, told(e)));
    }
  }

  private static String absentOr(StoreCheck check, CheckFailure e, boolean isSaid) {
    if (isSaid || e.outcome() == Outcome.ABSENT) {
      return e.reason();
    }
    String lacks = "it says that it lacks " + check.capability();
    return e.reason().contains(ErrorKind.UNSUPPORTED.name())
        ? lacks + ", and refuses it"
        : lacks + "; of a try: " + e.reason();
  }

  private static String told(Exception e) {
    String text = e.getMessage() == null ? e.toString() : e.getMessage();
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  private @Nullable StoreSoak soak() throws ProviderException {
    if (soak.isZero()) {
      return null;
    }
    StoreSoak done = new SoakRun(trial, soak, threads, begin(prefix)).run();
    long calls = done.calls().stream().mapToLong(StoreSoak.Calls::done).sum();
    String counts =
        calls + " calls in " + done.took().toMillis() / 1000.0 + " s, " + done.failed() + " failed";
    String wrong = done.wrong().isEmpty() ? "" : ": " + done.wrong().get(0);
    boolean isGood = done.failed() == 0 && done.wrong().isEmpty();
    findings.add(
        StoreCheck.SOAK.finding(
            isGood ? Outcome.PASS : Outcome.FAIL,
            counts + (done.errors().isEmpty() ? "" : " (" + done.errors() + ")") + wrong));
    return done;
  }

  private void clean() {
    Optional<String> remains = trial.clean();
    findings.add(
        StoreCheck.CLEAN.finding(
            remains.isEmpty() ? Outcome.PASS : Outcome.FAIL,
            remains.orElse("nothing is listed below " + prefix + " any more")));
  }
}
