// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints and clears changelogs. */
@Command(
    name = "changelog",
    description = {
      "Prints the changelog of an MDT, as lfs changelog does; of all MDTs, each below its name, when none is named."
          + " With --user and --clear it clears instead.",
    },
    footer = {
      "",
      "Examples:",
      "  kmesh lustre changelog /mnt/lustre --mdt 0 --from 1200",
      "  kmesh lustre changelog /mnt/lustre --mdt 0 --user cl1 --clear 1499",
      "",
      "Users are registered on the MDS: lctl --device FSNAME-MDT0000 changelog_register",
    })
final class LustreChangelogCommand extends LustreLookCommand {
  private static final int AT_ONCE = 1000;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  @Parameters(index = "0", paramLabel = "MOUNT", description = LustreCommand.MOUNT)
  private String mount = "";

  @Option(names = "--mdt", paramLabel = "N", description = "The index of the MDT.")
  private @Nullable Integer mdt;

  @Option(
      names = "--from",
      paramLabel = "INDEX",
      description = "The first record to print (default: all there are).")
  private long from;

  @Option(names = "--to", paramLabel = "INDEX", description = "The last record to print.")
  private @Nullable Long to;

  @Option(
      names = {"-f", "--follow"},
      description = "Goes on with what is recorded later, until it is interrupted.")
  private boolean isFollowing;

  @Option(
      names = "--user",
      paramLabel = "USER",
      description = "The registered user that clears: cl1.")
  private @Nullable String user;

  @Option(
      names = "--clear",
      paramLabel = "INDEX",
      description = "Tells the MDT that the user needs no record up to this one; 0: all there are.")
  private @Nullable Long clear;

  @Override
  public Integer call() throws IOException, CommandFailure {
    if ((user == null) != (clear == null)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot clear a changelog: "
              + (user == null ? "no user" : "no index")
              + " is named. Give --user clN and --clear INDEX.");
    }
    if (clear != null && (from != 0 || to != null || isFollowing)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot clear and print in one: read first, and clear what was read with --user and"
              + " --clear alone.");
    }
    if (from < 0 || (to != null && to < 0) || (clear != null && clear < 0)) {
      throw new CommandFailure(
          ExitCode.USAGE, "Cannot use a negative index: records are counted from 1.");
    }
    return withMounts(
        mounts -> {
          LustreBinding binding = mounts.mount(mount).binding();
          List<Integer> mdts = binding.identity().mdts();
          if (mdt != null && !mdts.contains(mdt)) {
            throw new CommandFailure(
                ExitCode.NOT_FOUND,
                "Cannot read the changelog of MDT "
                    + mdt
                    + ": there is none. "
                    + binding.identity().fileSystemName()
                    + " has the MDTs "
                    + mdts
                    + ".");
          }
          return clear != null ? clear(binding, mdts) : print(binding, mdts);
        });
  }

  private int clear(LustreBinding binding, List<Integer> mdts) throws IOException, CommandFailure {
    if (mdt == null && mdts.size() > 1) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot clear a changelog: each MDT counts for itself, and none is named. Give --mdt.");
    }
    int at = mdt != null ? mdt : mdts.get(0);
    String who = java.util.Objects.requireNonNull(user);
    long upTo = java.util.Objects.requireNonNull(clear);
    binding.changelogs().clear(at, who, upTo);
    json(Output.object().put("mdt", at).put("user", who).put("cleared", upTo));
    say(
        "Cleared "
            + name(binding, at)
            + " for "
            + who
            + (upTo == 0 ? ", all there was." : " up to " + upTo + "."));
    return ExitCode.OK;
  }

  private static String name(LustreBinding binding, int mdt) throws IOException {
    return String.format(Locale.ROOT, "%s-MDT%04x", binding.identity().fileSystemName(), mdt);
  }

  private int print(LustreBinding binding, List<Integer> mdts) throws IOException, CommandFailure {
    List<Integer> all = mdt != null ? List.of(mdt) : mdts;
    Map<Integer, ChangelogCursor> cursors = new TreeMap<>();
    List<ChangelogCursor> opened = new ArrayList<>();
    Map<Integer, String> names = new TreeMap<>();
    try {
      for (int index : all) {
        ChangelogCursor cursor = binding.changelogs().open(index, from);
        opened.add(cursor);
        cursors.put(index, cursor);
        names.put(index, name(binding, index));
      }
      return print(cursors, names);
    } finally {
      for (ChangelogCursor cursor : opened) {
        cursor.close();
      }
    }
  }

  private int print(Map<Integer, ChangelogCursor> cursors, Map<Integer, String> names)
      throws IOException {
    boolean isNaming = cursors.size() > 1;
    int last = -1;
    while (true) {
      boolean isQuiet = true;
      for (int index : List.copyOf(cursors.keySet())) {
        ChangelogCursor cursor = java.util.Objects.requireNonNull(cursors.get(index));
        List<ChangelogRecord> records;
        while (!(records = cursor.next(AT_ONCE)).isEmpty()) {
          isQuiet = false;
          if (isNaming && last != index) {
            say(names.get(index) + ":");
            last = index;
          }
          if (isAllPrinted(records)) {
            cursors.remove(index);
            break;
          }
          if (surroundings().interruption().isRaised()) {
            return ExitCode.INTERRUPTED;
          }
        }
      }
      surroundings().out().flush();
      if (cursors.isEmpty() || (isQuiet && !isFollowing)) {
        return ExitCode.OK;
      }
      if (isQuiet && surroundings().interruption().await(surroundings().time(), PAUSE)) {
        return ExitCode.INTERRUPTED;
      }
    }
  }

  /** Prints records; whether the last one that is wanted is behind us. */
  private boolean isAllPrinted(List<ChangelogRecord> records) {
    for (ChangelogRecord record : records) {
      if (to != null && Long.compareUnsigned(record.index(), to) > 0) {
        return true;
      }
      if (isJson()) {
        ObjectNode json = ChangelogText.json(record);
        json(json);
      } else {
        say(ChangelogText.line(record));
      }
    }
    return to != null && records.get(records.size() - 1).index() == to;
  }
}
