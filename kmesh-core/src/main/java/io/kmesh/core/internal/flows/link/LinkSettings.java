// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** How a side of a link behaves. Immutable; lengths and credit are in bytes. */
public final class LinkSettings {
  /** That messages may be zstd frames. */
  static final String ZSTD = "zstd";

  final KmeshTime time;
  final String site;
  final String instance;
  final Set<String> capabilities;
  final int leastVersion;
  final int mostVersion;
  final int longestMessage;
  final long orderedWindow;
  final long bulkWindow;
  final int bulkThreads;
  final int firstStreams;
  final int mostStreams;
  final int compression;
  final RateLimit rate;
  final Duration keepAlive;
  final Duration stall;
  final Duration grace;
  final Duration handshake;
  final Duration retryBase;
  final Duration retryCap;
  final RandomGenerator jitter;

  private LinkSettings(Builder b) {
    time = b.time;
    site = b.site;
    instance = b.instance;
    Set<String> all = new TreeSet<>(b.capabilities);
    if (b.compression != Builder.NO_COMPRESSION) {
      all.add(ZSTD);
    }
    capabilities = Set.copyOf(all);
    leastVersion = b.leastVersion;
    mostVersion = b.mostVersion;
    longestMessage = b.longestMessage;
    orderedWindow = b.orderedWindow;
    bulkWindow = b.bulkWindow;
    bulkThreads = b.bulkThreads;
    firstStreams = b.firstStreams;
    mostStreams = b.mostStreams;
    compression = b.compression;
    rate = b.rate;
    keepAlive = b.keepAlive;
    stall = b.stall;
    grace = b.grace;
    handshake = b.handshake;
    retryBase = b.retryBase;
    retryCap = b.retryCap;
    jitter = b.jitter;
  }

  /**
   * Begins with defaults.
   *
   * @param site this side's name, as in its certificate
   * @param instance this process: 32 hexadecimal digits, others at each start
   */
  public static Builder builder(KmeshTime time, String site, String instance) {
    return new Builder(time, site, instance);
  }

  /** Gathers settings. For one thread. */
  public static final class Builder {
    static final int NO_COMPRESSION = Integer.MIN_VALUE;

    private final KmeshTime time;
    private final String site;
    private final String instance;
    private Set<String> capabilities = Set.of();
    private int leastVersion;
    private int mostVersion;
    private int longestMessage = 8 << 20;
    private long orderedWindow = 16 << 20;
    private long bulkWindow = 64 << 20;
    private int bulkThreads = 2;
    private int firstStreams = 2;
    private int mostStreams = 8;
    private int compression = 1;
    private RateLimit rate;
    private Duration keepAlive = Duration.ofSeconds(2);
    private Duration stall = Duration.ofSeconds(15);
    private Duration grace = Duration.ofMinutes(5);
    private Duration handshake = Duration.ofSeconds(20);
    private Duration retryBase = Duration.ofMillis(200);
    private Duration retryCap = Duration.ofSeconds(20);
    private RandomGenerator jitter = new java.util.SplittableRandom();

    private Builder(KmeshTime time, String site, String instance) {
      this.time = time;
      this.site = site;
      this.instance = instance;
      this.rate = RateLimit.none(time);
    }

    /** What this side can, by names that the peer may or may not know. */
    public Builder capabilities(Set<String> names) {
      this.capabilities = Set.copyOf(names);
      return this;
    }

    /** The versions of the protocol that are spoken. */
    Builder versions(int least, int most) {
      this.leastVersion = least;
      this.mostVersion = most;
      return this;
    }

    /** The longest message that is taken, 4 KiB to 256 MiB; 8 MiB by default. */
    public Builder longestMessage(int bytes) {
      this.longestMessage = bytes;
      return this;
    }

    /**
     * The credit for messages that are not handled yet: what they may hold here, and the most that
     * this side keeps for the peer. 16 MiB ordered and 64 MiB bulk by default, 64 bytes more than
     * the longest message at least.
     */
    public Builder windows(long ordered, long bulk) {
      this.orderedWindow = ordered;
      this.bulkWindow = bulk;
      return this;
    }

    /** How many threads handle bulk messages, from 1; 2 by default. */
    public Builder bulkThreads(int threads) {
      this.bulkThreads = threads;
      return this;
    }

    /** With how many streams to begin, and the most to have, 1 to 32; 2 and 8 by default. */
    public Builder streams(int first, int most) {
      this.firstStreams = first;
      this.mostStreams = most;
      return this;
    }

    /** The level of zstd at which messages are compressed, where it helps; 1 by default. */
    public Builder compress(int level) {
      this.compression = level;
      return this;
    }

    /** Sends all as it is, and takes nothing that is compressed. */
    public Builder dontCompress() {
      this.compression = NO_COMPRESSION;
      return this;
    }

    /** How fast to send, all streams together; other sessions may share it. No limit by default. */
    public Builder rate(RateLimit limit) {
      this.rate = limit;
      return this;
    }

    /**
     * When a stream is dead, and a session.
     *
     * @param keepAlive how often each stream is pinged; 2 s by default
     * @param stall how long a stream may make no progress; 15 s by default
     * @param grace how long a session lives without any stream; 5 min by default
     */
    public Builder patience(Duration keepAlive, Duration stall, Duration grace) {
      this.keepAlive = keepAlive;
      this.stall = stall;
      this.grace = grace;
      return this;
    }

    /** How long a greeting may take; 20 s by default. */
    public Builder handshake(Duration limit) {
      this.handshake = limit;
      return this;
    }

    /** How long to wait before dialling again: 0 to the doubled base, 0.2 s to 20 s by default. */
    public Builder retry(Duration base, Duration cap) {
      this.retryBase = base;
      this.retryCap = cap;
      return this;
    }

    /** What draws the waits. */
    public Builder jitter(RandomGenerator random) {
      this.jitter = random;
      return this;
    }

    /** The settings. */
    public LinkSettings build() {
      check(longestMessage >= Hello.LEAST_MESSAGE, "a longest message of " + longestMessage);
      check(longestMessage <= Hello.MOST_MESSAGE, "a longest message of " + longestMessage);
      long least = Math.max(SendLane.cost(longestMessage), Hello.LEAST_WINDOW);
      check(
          orderedWindow >= least && bulkWindow >= least,
          "windows of " + orderedWindow + " and " + bulkWindow + " for such messages");
      check(
          1 <= firstStreams && firstStreams <= mostStreams && mostStreams <= Session.MOST_STREAMS,
          firstStreams + " to " + mostStreams + " streams");
      check(bulkThreads >= 1, bulkThreads + " threads for bulk");
      check(keepAlive.compareTo(stall) < 0, "pings every " + keepAlive + " and stalls of " + stall);
      return new LinkSettings(this);
    }

    private static void check(boolean isRight, String what) {
      if (!isRight) {
        throw new IllegalArgumentException(
            "Cannot set up a link: it can't have " + what + ". Correct the setting.");
      }
    }
  }
}
