// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.core.internal.hsm.JobContext;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One operation's talk with a provider: it waits between looks and after failures, as long as the
 * provider asks at least, and it knows by when reads show what was sent. Not thread-safe.
 */
final class CloudSession {
  /** How long a call may fail before the operation gives up. */
  static final Duration PATIENCE = Duration.ofHours(1);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);

  /** Whoever waits looks this often whether it is to stop. */
  private static final Duration ATTENTION = Duration.ofSeconds(1);

  private final CloudProvider cloud;
  private final KmeshTime time;
  private final JobContext context;
  private final SplittableRandom random = new SplittableRandom();
  private boolean wakesOnCancel = true;
  private long sent;
  private Duration poll;
  private final Failures reads = new Failures();
  private final Failures changes = new Failures();

  /** A session in which anything that was sent before may still be on its way. */
  CloudSession(CloudProvider cloud, KmeshTime time, JobContext context) {
    this.cloud = cloud;
    this.time = time;
    this.context = context;
    this.sent = time.nanoTime();
    this.poll = cloud.limits().pollInterval();
  }

  CloudProvider cloud() {
    return cloud;
  }

  /** The failures of calls of one sort since the last one that succeeded. */
  private static final class Failures {
    private int count;
    private long since;
  }

  /** A call of the provider. */
  interface Call<T> {
    T make() throws IOException;
  }

  /** A read, again until it gives an answer; a failure that will not pass comes through. */
  <T> T read(Call<T> call) throws IOException {
    while (true) {
      try {
        T answer = call.make();
        reads.count = 0;
        return answer;
      } catch (IOException e) {
        if (!ProviderException.kindOfRead(e).isRetryable() || !backOff(e, reads)) {
          throw e;
        }
      }
    }
  }

  /** A resource as it stands; empty when reads don't show it. */
  Optional<CloudResource> look(String id) throws IOException {
    return read(
        () -> {
          try {
            return Optional.of(cloud.describe(id));
          } catch (ProviderException e) {
            if (e.kind() == ErrorKind.NOT_FOUND) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /** The resource of a token; empty when reads don't show one. */
  Optional<CloudResource> find(CloudToken token) throws IOException {
    return read(() -> cloud.findByToken(token));
  }

  /** Something was sent that may have happened: reads may not show it yet. */
  void sent() {
    sent = time.nanoTime();
  }

  /** Whether reads show everything that this operation ever sent. */
  boolean isAllVisible() {
    return time.nanoTime() - sent >= cloud.limits().visibleWithin().toNanos();
  }

  /** Waits before the next look, longer each time. */
  void pause() throws IOException {
    sleep(poll, wakesOnCancel);
    poll = longer(poll, cloud.limits().pollInterval());
  }

  /** Looks often again: something new begins. */
  void attend() {
    poll = cloud.limits().pollInterval();
    changes.count = 0;
  }

  private static Duration longer(Duration pause, Duration least) {
    Duration most = least.compareTo(LONGEST_PAUSE) > 0 ? least : LONGEST_PAUSE;
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(most) > 0 ? most : twice;
  }

  /**
   * Waits after a change failed in a way that may pass: as long as the provider asks, and some
   * more.
   *
   * @return false, at once, when changes have failed for too long
   */
  boolean backOff(IOException failure) throws IOException {
    return backOff(failure, changes);
  }

  private boolean backOff(IOException failure, Failures failures) throws IOException {
    long now = time.nanoTime();
    if (failures.count++ == 0) {
      failures.since = now;
    } else if (now - failures.since > PATIENCE.toNanos()) {
      return false;
    }
    long bound =
        Math.min(
            LONGEST_PAUSE.toNanos(), FIRST_RETRY.toNanos() << Math.min(failures.count - 1, 10));
    Duration asked =
        failure instanceof ProviderException e
            ? e.retryAfter().orElse(Duration.ZERO)
            : Duration.ZERO;
    sleep(asked.plus(Duration.ofNanos(1 + random.nextLong(bound))), false);
    return true;
  }

  private void sleep(Duration duration, boolean wakes) throws IOException {
    long end = time.nanoTime() + duration.toNanos();
    for (long left = duration.toNanos(); left > 0; left = end - time.nanoTime()) {
      stopIfParked();
      try {
        time.sleep(Duration.ofNanos(Math.min(left, ATTENTION.toNanos())));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ProviderException(
            ErrorKind.CANCELLED,
            "Cannot go on waiting for " + cloud.name() + ": interrupted. It is resumed.",
            e);
      }
      if (wakes && isCancelled()) {
        return;
      }
    }
  }

  /** From here on a cancel is no reason to look sooner: it was heard, or comes too late. */
  void ignoreCancel() {
    wakesOnCancel = false;
  }

  /** Whether it was cancelled for good. */
  boolean isCancelled() {
    return context.isCancelledForGood();
  }

  /** Throws when Kmesh is being closed; a cancel is the caller's to handle. */
  void stopIfParked() throws ProviderException {
    if (!context.isCancelledForGood()) {
      context.checkCancelled();
    }
  }

  /** The failure that says that it was cancelled. */
  ProviderException cancelled(String what) {
    return new ProviderException(
        ErrorKind.CANCELLED, "Cannot go on with " + what + ": it was cancelled.");
  }

  /**
   * What an operation fails with that can't read what it must know: its outcome is unknown. One
   * that was parked stays so.
   */
  IOException unknown(String what, IOException failure) {
    if (ProviderException.kindOfRead(failure) == ErrorKind.CANCELLED) {
      return failure;
    }
    return new ProviderException(
        ErrorKind.UNKNOWN_OUTCOME,
        "Cannot tell "
            + what
            + ": "
            + failure.getMessage()
            + " Mend that and reconcile the operation.",
        failure);
  }

  /** Tells the provider's own progress. */
  void tell(CloudResource resource) {
    resource.progress().ifPresent(share -> context.progress(Math.round(share.value()), 100, 0, 0));
  }

  /** Tells that it is done. */
  void tellDone() {
    context.progress(100, 100, 0, 0);
  }
}
