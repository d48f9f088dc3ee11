// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.CoordinatorPolicy;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.LastUnlink;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.stream.Stream;

/** The tunables in the names and the text of {@code lctl set_param}. */
final class ParameterText {
  private ParameterText() {}

  static CoordinatorCommand command(String value) throws IOException {
    try {
      return CoordinatorCommand.valueOf(value.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw invalid("hsm_control", value, "it takes enabled, disabled, shutdown and purge");
    }
  }

  /** These settings with one set. */
  static CoordinatorSettings set(CoordinatorSettings now, String name, String value)
      throws IOException {
    try {
      return switch (name) {
        case "hsm.max_requests" -> now.withMaxRequests(Integer.parseInt(value));
        case "hsm.loop_period" -> now.withLoopPeriod(seconds(value));
        case "hsm.active_request_timeout" -> now.withActiveRequestTimeout(seconds(value));
        case "hsm.grace_delay" -> now.withGraceDelay(seconds(value));
        case "hsm.default_archive_id" ->
            now.withDefaultArchiveId(ArchiveId.of(Integer.parseInt(value)));
        case "hsm.policy" -> now.withPolicy(policy(now, value));
        case "hsm.remove_archive_on_last_unlink" ->
            now.withLastUnlink(
                Long.parseLong(value) == 0 ? LastUnlink.KEEP_ARCHIVE : LastUnlink.REMOVE_ARCHIVE);
        case "hsm.user_request_mask" -> now.withOwnerRequests(actions(value));
        case "hsm.other_request_mask" -> now.withOtherRequests(actions(value));
        default -> throw invalid(name, value, "there is no such parameter");
      };
    } catch (IllegalArgumentException e) {
      throw invalid(name, value, String.valueOf(e.getMessage()));
    }
  }

  private static Duration seconds(String value) {
    return Duration.ofSeconds(Long.parseLong(value));
  }

  private static Stream<String> words(String value) {
    return Arrays.stream(value.split("\\s+", -1)).filter(word -> !word.isEmpty());
  }

  private static HsmActionKind[] actions(String value) {
    return words(value)
        .map(name -> HsmActionKind.valueOf(name.toUpperCase(Locale.ROOT)))
        .toArray(HsmActionKind[]::new);
  }

  /** Without any sign the names are the new policy; else those without one are added. */
  private static CoordinatorPolicy[] policy(CoordinatorSettings now, String value) {
    EnumSet<CoordinatorPolicy> added = EnumSet.noneOf(CoordinatorPolicy.class);
    EnumSet<CoordinatorPolicy> removed = EnumSet.noneOf(CoordinatorPolicy.class);
    boolean signs = false;
    for (String token : words(value).toList()) {
      boolean sign = token.startsWith("+") || token.startsWith("-");
      signs |= sign;
      CoordinatorPolicy bit = bit(sign ? token.substring(1) : token);
      (token.startsWith("-") ? removed : added).add(bit);
    }
    EnumSet<CoordinatorPolicy> result = EnumSet.noneOf(CoordinatorPolicy.class);
    if (signs) {
      result.addAll(now.policy());
    }
    result.addAll(added);
    result.removeAll(removed);
    return result.toArray(CoordinatorPolicy[]::new);
  }

  private static CoordinatorPolicy bit(String name) {
    return switch (name) {
      case "NRA", "NoRetryAction" -> CoordinatorPolicy.NO_RETRY_ACTION;
      case "NBR", "NonBlockingRestore" -> CoordinatorPolicy.NON_BLOCKING_RESTORE;
      default -> throw new IllegalArgumentException(name + " is no policy; there are NRA and NBR");
    };
  }

  private static IOException invalid(String name, String value, String why) {
    return Refusals.of(
        Errno.EINVAL,
        "Cannot set " + name + " to \"" + value + "\": EINVAL, " + why + ". See Coordinator.");
  }
}
