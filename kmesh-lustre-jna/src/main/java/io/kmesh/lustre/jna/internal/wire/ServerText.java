// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogUser;
import io.kmesh.lustre.ChangelogUsers;
import io.kmesh.lustre.CoordinatorAction;
import io.kmesh.lustre.CoordinatorAgent;
import io.kmesh.lustre.Fid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lists that an MDT tells in its parameters. Never fails: a line of no known form is kept
 * as unknown. Stateless. Source: what a running 2.17 printed; see the vectors {@code
 * hsm/params.*.txt}.
 */
public final class ServerText {
  private static final Pattern USER =
      Pattern.compile("(cl\\d{1,18}(?:-\\S+)?)\\s+(\\d{1,18})(?:\\s+\\((\\d{1,18})\\))?(?:\\s.*)?");
  private static final Pattern LAST = Pattern.compile("current[_ ]index:\\s*(\\d{1,18})\\s*");
  private static final Pattern HEAD = Pattern.compile("ID\\s+index\\b.*");

  private ServerText() {}

  /**
   * A list as it was read.
   *
   * @param entries the lines that are understood
   * @param unknown the others
   */
  public record Lines<T>(List<T> entries, List<String> unknown) {}

  /** The parameter {@code hsm.actions}. */
  public static Lines<CoordinatorAction> actions(List<String> lines) {
    return read(lines, ServerText::action);
  }

  /** The parameter {@code hsm.agents}. */
  public static Lines<CoordinatorAgent> agents(List<String> lines) {
    return read(lines, ServerText::agent);
  }

  /** The parameter {@code changelog_users}. */
  public static ChangelogUsers users(List<String> lines) {
    Long last = null;
    List<String> others = new ArrayList<>();
    for (String line : lines) {
      Matcher m = LAST.matcher(line);
      if (m.matches()) {
        last = Long.valueOf(m.group(1));
      } else if (!HEAD.matcher(line).matches()) {
        others.add(line);
      }
    }
    Lines<ChangelogUser> users = read(others, ServerText::user);
    return new ChangelogUsers(last, users.entries(), users.unknown());
  }

  private static <T> Lines<T> read(List<String> lines, Function<String, Optional<T>> form) {
    List<T> entries = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (String line : lines) {
      if (line.isBlank()) {
        continue;
      }
      Optional<T> entry;
      try {
        entry = form.apply(line);
      } catch (IllegalArgumentException e) {
        entry = Optional.empty(); // a number out of its range, no FID
      }
      entry.ifPresentOrElse(entries::add, () -> unknown.add(line));
    }
    return new Lines<>(entries, unknown);
  }

  private static Optional<CoordinatorAction> action(String line) {
    Map<String, String> fields = fields(line);
    String fid = fields.get("fid");
    String dataFid = fields.get("dfid");
    String cookie = fields.get("compound/cookie");
    String action = fields.get("action");
    String archive = fields.get("archive#");
    String status = fields.get("status");
    int slash = cookie == null ? -1 : cookie.indexOf('/');
    if (fid == null
        || dataFid == null
        || cookie == null
        || action == null
        || archive == null
        || status == null
        || !cookie.startsWith("0x", slash + 1)) {
      return Optional.empty();
    }
    return Optional.of(
        new CoordinatorAction(
            Fid.parse(fid),
            Fid.parse(dataFid),
            Long.parseUnsignedLong(cookie.substring(slash + 3), 16),
            action,
            ArchiveId.of(Integer.parseInt(archive)),
            status));
  }

  private static Optional<CoordinatorAgent> agent(String line) {
    Map<String, String> fields = fields(line);
    String uuid = fields.get("uuid");
    String archives = fields.get("archive_id");
    Long current = count(line, "[current:");
    Long succeeded = count(line, " ok:");
    Long failed = count(line, " errors:");
    return uuid == null
            || archives == null
            || current == null
            || succeeded == null
            || failed == null
        ? Optional.empty()
        : Optional.of(new CoordinatorAgent(uuid, archives, current, succeeded, failed));
  }

  private static Optional<ChangelogUser> user(String line) {
    Matcher m = USER.matcher(line);
    return m.matches()
        ? Optional.of(
            new ChangelogUser(
                m.group(1),
                Long.parseLong(m.group(2)),
                m.group(3) == null ? null : Duration.ofSeconds(Long.parseLong(m.group(3)))))
        : Optional.empty();
  }

  /** The words of a line that are NAME=VALUE; the first of a name counts. */
  private static Map<String, String> fields(String line) {
    Map<String, String> found = new HashMap<>();
    for (String word : line.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        found.putIfAbsent(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return found;
  }

  private static @Nullable Long count(String line, String name) {
    int at = line.indexOf(name);
    if (at < 0) {
      return null;
    }
    int from = at + name.length();
    int to = from;
    while (to < line.length() && to - from < 19 && Character.digit(line.charAt(to), 10) >= 0) {
      to++;
    }
    return Long.valueOf(line.substring(from, to));
  }
}
