// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an MDT tells of its HSM coordinator, on the server that runs it. What a release does not
 * have, or this process may not read, is empty. Immutable. Source: the parameters {@code
 * mdt.FSNAME-MDTnnnn.hsm_control} and {@code mdt.FSNAME-MDTnnnn.hsm.*}.
 *
 * @param mdt the MDT's name, such as {@code lustre-MDT0000}
 * @param parameters all one-line parameters by their name behind {@code hsm.}, and {@code
 *     hsm_control}, with what Lustre says
 * @param actionsOrNull its list of actions; null when it can't be read
 * @param agentsOrNull the registered copytools; null when they can't be read
 * @param unknown lines of both lists that are of no known form, as they are
 */
public record HsmCoordinator(
    String mdt,
    SortedMap<String, String> parameters,
    @Nullable List<CoordinatorAction> actionsOrNull,
    @Nullable List<CoordinatorAgent> agentsOrNull,
    List<String> unknown) {
  /** Copies what it is given. */
  public HsmCoordinator {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    actionsOrNull = actionsOrNull == null ? null : List.copyOf(actionsOrNull);
    agentsOrNull = agentsOrNull == null ? null : List.copyOf(agentsOrNull);
    unknown = List.copyOf(unknown);
  }

  /** Whether it runs, in Lustre's word: {@code enabled}, {@code disabled}, {@code stopped}, ... */
  public Optional<String> control() {
    return Optional.ofNullable(parameters.get("hsm_control"));
  }

  /** How many actions it has with agents at a time. */
  public OptionalLong maxRequests() {
    return number("max_requests");
  }

  /** How often it looks through its whole list. */
  public Optional<Duration> loopPeriod() {
    return seconds("loop_period");
  }

  /** How long an action may give no sign of life before it is given up. */
  public Optional<Duration> activeRequestTimeout() {
    return seconds("active_request_timeout");
  }

  /** How long actions that have ended stay in the list. */
  public Optional<Duration> graceDelay() {
    return seconds("grace_delay");
  }

  /** The archive of requests that name none, for files that have none. */
  public OptionalLong defaultArchive() {
    return number("default_archive_id");
  }

  /** The policies that are on, in Lustre's words, such as {@code NoRetryAction}. */
  public Optional<Set<String>> policies() {
    return Optional.ofNullable(parameters.get("policy")).map(HsmCoordinator::inBrackets);
  }

  /**
   * The actions that the owner of a file who is not root may ask for, in Lustre's words.
   *
   * @see #groupRequestMask
   * @see #otherRequestMask
   */
  public Optional<Set<String>> userRequestMask() {
    return words("user_request_mask");
  }

  /** The actions that members of a file's group may ask for, in Lustre's words. */
  public Optional<Set<String>> groupRequestMask() {
    return words("group_request_mask");
  }

  /** The actions that everybody may ask for, in Lustre's words. */
  public Optional<Set<String>> otherRequestMask() {
    return words("other_request_mask");
  }

  /** Its list of actions; empty when it can't be read. */
  public Optional<List<CoordinatorAction>> actions() {
    return Optional.ofNullable(actionsOrNull);
  }

  /** The registered copytools; empty when they can't be read. */
  public Optional<List<CoordinatorAgent>> agents() {
    return Optional.ofNullable(agentsOrNull);
  }

  /**
   * How many slots actions hold that no agent says to have. Inferred from both lists, which are not
   * read at the same moment: a copytool that ended without an answer leaves such, until {@link
   * #activeRequestTimeout}. Empty when one of the lists can't be read.
   */
  public OptionalLong inferredLostSlots() {
    if (actionsOrNull == null || agentsOrNull == null) {
      return OptionalLong.empty();
    }
    long started = actionsOrNull.stream().filter(CoordinatorAction::isStarted).count();
    long held = agentsOrNull.stream().mapToLong(CoordinatorAgent::current).sum();
    return OptionalLong.of(Math.max(0, started - held));
  }

  private OptionalLong number(String name) {
    String text = parameters.getOrDefault(name, "");
    return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }

  private Optional<Duration> seconds(String name) {
    OptionalLong number = number(name);
    return number.isEmpty()
        ? Optional.empty()
        : Optional.of(Duration.ofSeconds(number.getAsLong()));
  }

  private Optional<Set<String>> words(String name) {
    return Optional.ofNullable(parameters.get(name)).map(HsmCoordinator::split);
  }

  private static Set<String> split(String text) {
    Set<String> found = new LinkedHashSet<>(Arrays.asList(text.strip().split("\\s+")));
    found.remove("");
    return Collections.unmodifiableSet(found);
  }

  /** Lustre lists all policies and puts those that are on in brackets. */
  private static Set<String> inBrackets(String text) {
    Set<String> found = new LinkedHashSet<>();
    for (String word : split(text)) {
      if (word.startsWith("[") && word.endsWith("]")) {
        found.add(word.substring(1, word.length() - 1));
      }
    }
    return Collections.unmodifiableSet(found);
  }
}
