// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.path.PathBytes;
import java.util.List;

/**
 * What a tree copy did. The lists keep the first 10,000 entries; the counts are complete.
 *
 * @param files regular files that are there now, existing equal ones included
 * @param directories directories, the root included
 * @param symlinks symbolic links
 * @param specials FIFOs, sockets and devices
 * @param hardLinks further names of files counted before
 * @param bytes bytes of content that were copied
 * @param equal entries that were there already and equal
 * @param skippedCount entries left out on purpose
 * @param failedCount entries that could not be copied
 * @param skipped entries left out on purpose, with the reason
 * @param failed entries that could not be copied, with the reason
 */
public record TreeCopyReport(
    long files,
    long directories,
    long symlinks,
    long specials,
    long hardLinks,
    long bytes,
    long equal,
    long skippedCount,
    long failedCount,
    List<Problem> skipped,
    List<Problem> failed) {
  /** Copies the lists. */
  public TreeCopyReport {
    skipped = List.copyOf(skipped);
    failed = List.copyOf(failed);
  }

  /** Why an entry is not there. */
  public enum Reason {
    /** It could not be opened, listed or read. */
    UNREADABLE,
    /** It changed each time it was read. */
    CHANGED,
    /** The target cannot carry it. */
    UNSUPPORTED,
    /** Its data are in the archive only, and reading would restore it. */
    RELEASED,
    /** The target could not be written. */
    UNWRITABLE,
    /** It was removed while the copy ran. */
    VANISHED
  }

  /**
   * An entry and what happened to it.
   *
   * @param path its path below the copied directory
   * @param reason the kind
   * @param message a sentence for people
   */
  public record Problem(PathBytes path, Reason reason, String message) {}
}
