// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * What the options of an open ask.
 *
 * @param reads whether it is read
 * @param writes whether it is written
 * @param appends whether each write goes to the end
 * @param truncates whether it is emptied
 * @param creates whether it is made when it is not there
 * @param isNew whether it must not be there
 * @param syncs whether each write is durable
 * @param deletes whether its name goes when it is closed
 * @param follows whether a link at the end of the path is followed
 */
public record OpenMode(
    boolean reads,
    boolean writes,
    boolean appends,
    boolean truncates,
    boolean creates,
    boolean isNew,
    boolean syncs,
    boolean deletes,
    boolean follows) {
  /**
   * What options ask.
   *
   * @throws IllegalArgumentException when they contradict each other
   * @throws UnsupportedOperationException when one is not known
   */
  public static OpenMode of(Set<? extends OpenOption> options) {
    for (OpenOption option : options) {
      if (!(option instanceof StandardOpenOption) && option != LinkOption.NOFOLLOW_LINKS) {
        throw new UnsupportedOperationException("Cannot open a file with " + option + ".");
      }
    }
    boolean appends = options.contains(StandardOpenOption.APPEND);
    boolean writes = appends || options.contains(StandardOpenOption.WRITE);
    boolean reads = options.contains(StandardOpenOption.READ);
    boolean truncates = writes && options.contains(StandardOpenOption.TRUNCATE_EXISTING);
    if (appends && (reads || truncates)) {
      throw new IllegalArgumentException(
          "Cannot open a file to append and to " + (reads ? "read." : "truncate."));
    }
    boolean isNew = writes && options.contains(StandardOpenOption.CREATE_NEW);
    return new OpenMode(
        reads || !writes,
        writes,
        appends,
        truncates,
        isNew || (writes && options.contains(StandardOpenOption.CREATE)),
        isNew,
        options.contains(StandardOpenOption.SYNC) || options.contains(StandardOpenOption.DSYNC),
        options.contains(StandardOpenOption.DELETE_ON_CLOSE),
        !isNew && !options.contains(LinkOption.NOFOLLOW_LINKS));
  }
}
