// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A plan that is running: it knows how often each method was called and which faults have happened.
 * One injector may serve several wrappers. Thread-safe; deterministic for one thread.
 */
public final class FaultInjector {
  private final FaultPlan plan;
  private final KmeshTime time;
  private final CrashPoint crashPoint;
  private final Random random;
  private final Map<String, Long> calls = new TreeMap<>(); // guarded by this
  private final Map<FaultRule, long[]> matched = new HashMap<>(); // guarded by this
  private final Map<String, Long> injected = new TreeMap<>(); // guarded by this
  private final Map<String, Object> listed = new HashMap<>(); // guarded by this
  private String crashed = ""; // guarded by this

  private FaultInjector(FaultPlan plan, KmeshTime time, CrashPoint crashPoint) {
    this.plan = plan;
    this.time = time;
    this.crashPoint = crashPoint;
    this.random = new Random(plan.seed());
  }

  /** Starts a plan. */
  public static FaultInjector start(FaultPlan plan, KmeshTime time) {
    return start(plan, time, CrashPoint.never());
  }

  /** Starts a plan; each call is an operation of a crash point too. */
  public static FaultInjector start(FaultPlan plan, KmeshTime time, CrashPoint crashPoint) {
    return new FaultInjector(plan, time, crashPoint);
  }

  /** How often a method was called, those calls included that a fault kept from happening. */
  public synchronized long calls(String operation) {
    return calls.getOrDefault(operation, 0L);
  }

  /** How often each method was called. */
  public synchronized Map<String, Long> calls() {
    return Map.copyOf(calls);
  }

  /** How many faults have happened. */
  public synchronized long injected() {
    return injected.values().stream().mapToLong(Long::longValue).sum();
  }

  KmeshTime time() {
    return time;
  }

  CrashPoint crashPoint() {
    return crashPoint;
  }

  /** What happens to one call. */
  static final class Decision {
    private Duration delay = Duration.ZERO;
    private @Nullable IOException failure;
    private boolean replyLost;
    private boolean flip;
    private boolean stale;
    private boolean crashesAfter;
    private int keep = -1;

    Duration delay() {
      return delay;
    }

    @Nullable IOException failure() {
      return failure;
    }

    boolean isReplyLost() {
      return replyLost;
    }

    boolean damagesData() {
      return flip || keep >= 0;
    }

    boolean isStale() {
      return stale;
    }

    boolean crashesAfter() {
      return crashesAfter;
    }
  }

  /** Counts a call and decides what happens to it. */
  synchronized Decision decide(String type, String operation, Object[] arguments) {
    if (!crashed.isEmpty()) {
      throw new SimulatedCrash("(the process ended " + crashed + ")");
    }
    calls.merge(operation, 1L, Long::sum);
    Decision decision = new Decision();
    for (FaultRule rule : plan.rules()) {
      if (decision.failure == null && isAbout(rule.where(), type, operation, arguments)) {
        long[] state = matched.computeIfAbsent(rule, r -> new long[3]);
        state[0]++;
        long call = state[0] - rule.where().skip();
        if (call >= 1 && call <= rule.times()) {
          apply(rule, call, state, operation, arguments, decision);
        }
      }
    }
    return decision;
  }

  private static boolean isAbout(
      FaultRule.Where where, String type, String operation, Object[] arguments) {
    String name = where.operation();
    return (name.equals("*") || name.equals(operation) || name.equals(type + "." + operation))
        && (where.text().isEmpty()
            || Arrays.stream(arguments).anyMatch(a -> String.valueOf(a).contains(where.text())));
  }

  private void apply(
      FaultRule rule,
      long call,
      long[] state,
      String operation,
      Object[] arguments,
      Decision decision) {
    if (rule instanceof FaultRule.Fail f) {
      decision.failure =
          new ProviderException(
              f.kind(),
              message(operation, arguments, "planned fault " + call + ", " + f.kind()),
              null,
              f.errno(),
              f.retryAfter(),
              "fault-" + injected.size());
    } else if (rule instanceof FaultRule.FailPlainly) {
      decision.failure = new IOException(message(operation, arguments, "planned fault " + call));
    } else if (rule instanceof FaultRule.Delay d) {
      decision.delay = decision.delay.plus(d.duration());
    } else if (rule instanceof FaultRule.LoseReply) {
      decision.replyLost = true;
    } else if (rule instanceof FaultRule.Truncate t) {
      decision.keep = t.bytes();
    } else if (rule instanceof FaultRule.FlipBit) {
      decision.flip = true;
    } else if (rule instanceof FaultRule.StaleList) {
      decision.stale = true;
    } else if (rule instanceof FaultRule.Throttle t) {
      if (!throttle(t, state, operation, arguments, decision)) {
        return;
      }
    } else if (rule instanceof FaultRule.Crash c) {
      if (call != c.call()) {
        return;
      }
      if (c.side() == CrashPoint.Side.BEFORE) {
        crash("before call " + call + " of " + operation);
      }
      decision.crashesAfter = true;
    }
    injected.merge(rule.getClass().getSimpleName(), 1L, Long::sum);
  }

  private boolean throttle(
      FaultRule.Throttle rule,
      long[] state,
      String operation,
      Object[] arguments,
      Decision decision) {
    long now = time.nanoTime();
    long end = state[2];
    if (state[1] == 0 || now - end >= 0) {
      state[1] = 0;
      end = now + rule.window().toNanos();
      state[2] = end;
    }
    if (state[1] < rule.calls()) {
      state[1]++;
      return false;
    }
    decision.failure =
        new ProviderException(
            ErrorKind.THROTTLED,
            message(
                operation, arguments, "more than " + rule.calls() + " calls in " + rule.window()),
            null,
            null,
            Duration.ofNanos(end - now),
            null);
    return true;
  }

  /** Ends the process. */
  synchronized void crash(String where) {
    crashed = where;
    throw new SimulatedCrash(where);
  }

  /** The failure of a call that happened and whose reply got lost. */
  static ProviderException lost(String operation, Object[] arguments) {
    return new ProviderException(
        ErrorKind.UNKNOWN_OUTCOME, message(operation, arguments, "the reply got lost by plan"));
  }

  private static String message(String operation, Object[] arguments, String reason) {
    List<String> shown = new ArrayList<>();
    for (Object argument : arguments) {
      shown.add(argument instanceof byte[] b ? b.length + " bytes" : String.valueOf(argument));
    }
    return "Cannot "
        + operation
        + " "
        + String.join(", ", shown)
        + ": "
        + reason
        + ". It is a test's fault plan.";
  }

  /** Damages a copy of these bytes as a call's decision says. */
  synchronized byte[] damage(byte[] bytes, Decision decision) {
    byte[] damaged =
        decision.keep >= 0 && decision.keep < bytes.length
            ? Arrays.copyOf(bytes, decision.keep)
            : bytes.clone();
    if (decision.flip && damaged.length > 0) {
      int bit = random.nextInt(damaged.length * 8);
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
    }
    return damaged;
  }

  /** Remembers what a list gives now and returns what it gave the time before. */
  synchronized Object stale(String request, Object now, Object nothing) {
    Object before = listed.put(request, now);
    return before == null ? nothing : before;
  }
}
