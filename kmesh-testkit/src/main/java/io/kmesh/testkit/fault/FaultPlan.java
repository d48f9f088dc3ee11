// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes wrong, by the name of the method that it happens in. Immutable: each call gives a new
 * plan.
 *
 * <pre>{@code
 * FaultPlan.on("put").fail(2, ErrorKind.THROTTLED).loseReplyOnce()
 *     .and("read").delay(Duration.ofSeconds(3)).flipBitOnce()
 *     .and("*").matching("secret").failAlways(ErrorKind.DENIED)
 * }</pre>
 *
 * <p>A method is named as in its interface ({@code put}), with the interface's name ({@code
 * LustreHsm.request}) where several have one of that name, or by {@code *} for all. The rules of
 * one call apply in the order in which they were given; the first that fails it ends it.
 */
public final class FaultPlan {
  /** Every call. */
  static final long ALWAYS = Long.MAX_VALUE;

  private static final long DEFAULT_SEED = 20260101L;

  private final List<FaultRule> rules;
  private final FaultRule.Where where;
  private final long seed;

  private FaultPlan(List<FaultRule> rules, FaultRule.Where where, long seed) {
    this.rules = List.copyOf(rules);
    this.where = where;
    this.seed = seed;
  }

  /** A plan without faults: it only counts. */
  public static FaultPlan none() {
    return on("*");
  }

  /** Begins a plan with what happens in a method. */
  public static FaultPlan on(String operation) {
    return new FaultPlan(List.of(), new FaultRule.Where(operation, "", 0), DEFAULT_SEED);
  }

  /** Goes on with what happens in another method. */
  public FaultPlan and(String operation) {
    return new FaultPlan(rules, new FaultRule.Where(operation, "", 0), seed);
  }

  /** The faults that follow happen only in calls with an argument whose text contains this. */
  public FaultPlan matching(String text) {
    return new FaultPlan(rules, new FaultRule.Where(where.operation(), text, where.skip()), seed);
  }

  /** The faults that follow spare the first calls. */
  public FaultPlan after(int calls) {
    return new FaultPlan(rules, new FaultRule.Where(where.operation(), where.text(), calls), seed);
  }

  /** Another seed for what is random: the bits that flip. */
  public FaultPlan seed(long value) {
    return new FaultPlan(rules, where, value);
  }

  /** The next calls fail with a kind; they do nothing. */
  public FaultPlan fail(int times, ErrorKind kind) {
    return with(new FaultRule.Fail(where, times, kind, null, null));
  }

  /** All calls fail with a kind; they do nothing. */
  public FaultPlan failAlways(ErrorKind kind) {
    return with(new FaultRule.Fail(where, ALWAYS, kind, null, null));
  }

  /** The next calls fail with an errno; they do nothing. */
  public FaultPlan fail(int times, Errno errno) {
    return with(new FaultRule.Fail(where, times, errno.kind(), errno, null));
  }

  /** The next calls fail with a plain {@link java.io.IOException}, without a kind. */
  public FaultPlan failPlainly(int times) {
    return with(new FaultRule.FailPlainly(where, times));
  }

  /** Each call takes this much longer. */
  public FaultPlan delay(Duration duration) {
    return with(new FaultRule.Delay(where, ALWAYS, duration));
  }

  /** The next call takes this much longer. */
  public FaultPlan delayOnce(Duration duration) {
    return with(new FaultRule.Delay(where, 1, duration));
  }

  /** The next call happens, and its caller sees UNKNOWN_OUTCOME. */
  public FaultPlan loseReplyOnce() {
    return loseReply(1);
  }

  /** The next calls happen, and their callers see UNKNOWN_OUTCOME. */
  public FaultPlan loseReply(int times) {
    return with(new FaultRule.LoseReply(where, times));
  }

  /** The data of the next call, given or taken, ends after so many bytes, and nobody is told. */
  public FaultPlan truncate(int bytes) {
    return with(new FaultRule.Truncate(where, 1, bytes));
  }

  /** One bit of the data of the next call that has any, given or taken, is wrong. */
  public FaultPlan flipBitOnce() {
    return flipBits(1);
  }

  /** One bit of the data of each of the next calls that have any, given or taken, is wrong. */
  public FaultPlan flipBits(int times) {
    return with(new FaultRule.FlipBit(where, times));
  }

  /**
   * Each list gives what the same list gave the time before, the first one nothing: for methods
   * that return a list page or a list.
   */
  public FaultPlan staleList() {
    return with(new FaultRule.StaleList(where, ALWAYS));
  }

  /**
   * More calls than these in a window fail with THROTTLED and the time until the window ends.
   *
   * @param calls how many may pass in each window, 1 or more
   */
  public FaultPlan throttle(int calls, Duration window) {
    return with(new FaultRule.Throttle(where, calls, window));
  }

  /** The process ends before the call of this number, from 1. */
  public FaultPlan crashAt(int call) {
    return with(new FaultRule.Crash(where, call, CrashPoint.Side.BEFORE));
  }

  /** The process ends after the call of this number, from 1, has happened. */
  public FaultPlan crashAfter(int call) {
    return with(new FaultRule.Crash(where, call, CrashPoint.Side.AFTER));
  }

  private FaultPlan with(FaultRule rule) {
    List<FaultRule> more = new ArrayList<>(rules);
    more.add(rule);
    return new FaultPlan(more, where, seed);
  }

  List<FaultRule> rules() {
    return rules;
  }

  long seed() {
    return seed;
  }

  @Override
  public String toString() {
    return "FaultPlan(seed " + seed + ", " + rules + ")";
  }
}
