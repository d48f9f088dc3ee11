// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import io.kmesh.spi.posix.OpenFlag;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;

/**
 * What the options of an open ask.
 *
 * @param reads whether it may be read
 * @param writes whether it may be written
 * @param appends whether every write goes to the end
 * @param truncates whether it is cut to 0 when opened
 * @param creates whether it is made when missing
 * @param isNew whether it must be missing
 * @param syncs whether every write is made durable
 * @param deletes whether its name is removed at close
 * @param follows whether a link at the path's end is followed
 */
record ChannelMode(
    boolean reads,
    boolean writes,
    boolean appends,
    boolean truncates,
    boolean creates,
    boolean isNew,
    boolean syncs,
    boolean deletes,
    boolean follows) {
  private static final Set<OpenOption> KNOWN = Set.of(StandardOpenOption.values());

  /**
   * The mode of these options.
   *
   * @throws IllegalArgumentException when they contradict each other
   * @throws UnsupportedOperationException when one is not known
   */
  static ChannelMode of(Set<? extends OpenOption> options) {
    for (OpenOption option : options) {
      if (!KNOWN.contains(option) && option != LinkOption.NOFOLLOW_LINKS) {
        throw new UnsupportedOperationException("Cannot open with " + option + ".");
      }
    }
    boolean appends = options.contains(StandardOpenOption.APPEND);
    boolean writes = appends || options.contains(StandardOpenOption.WRITE);
    boolean reads = !writes || options.contains(StandardOpenOption.READ);
    boolean truncates = writes && options.contains(StandardOpenOption.TRUNCATE_EXISTING);
    if (appends && (truncates || options.contains(StandardOpenOption.READ))) {
      throw new IllegalArgumentException("APPEND goes with neither READ nor TRUNCATE_EXISTING.");
    }
    boolean isNew = writes && options.contains(StandardOpenOption.CREATE_NEW);
    return new ChannelMode(
        reads,
        writes,
        appends,
        truncates && !isNew,
        isNew || (writes && options.contains(StandardOpenOption.CREATE)),
        isNew,
        options.contains(StandardOpenOption.SYNC) || options.contains(StandardOpenOption.DSYNC),
        options.contains(StandardOpenOption.DELETE_ON_CLOSE),
        !options.contains(LinkOption.NOFOLLOW_LINKS) && !isNew);
  }

  /** The flags for an existing file. */
  Set<OpenFlag> existing() {
    Set<OpenFlag> flags = EnumSet.noneOf(OpenFlag.class);
    if (reads) {
      flags.add(OpenFlag.READ);
    }
    if (writes) {
      flags.add(OpenFlag.WRITE);
    }
    if (truncates) {
      flags.add(OpenFlag.TRUNCATE);
    }
    return flags;
  }

  /** The flags that make a new one. */
  Set<OpenFlag> making() {
    Set<OpenFlag> flags = existing();
    flags.remove(OpenFlag.TRUNCATE);
    flags.add(OpenFlag.CREATE);
    flags.add(OpenFlag.EXCLUSIVE);
    return flags;
  }
}
