// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.List;

/**
 * What an export or import of a mirrored tree did. The list keeps the first 10,000 problems.
 *
 * @param files regular files that are there now, equal ones included
 * @param directories directories
 * @param symlinks symbolic links
 * @param specials FIFOs, sockets and devices
 * @param hardLinks further names of files
 * @param bytes bytes of content that were moved
 * @param equal entries that were there already and equal
 * @param removed objects of entries that were gone
 * @param failedCount entries that are not there
 * @param failed them, with the reason
 */
public record MirrorTreeReport(
    long files,
    long directories,
    long symlinks,
    long specials,
    long hardLinks,
    long bytes,
    long equal,
    long removed,
    long failedCount,
    List<Problem> failed) {
  /** Copies the list. */
  public MirrorTreeReport {
    failed = List.copyOf(failed);
  }

  /**
   * An entry that is not there.
   *
   * @param name its path, or the object's key where that says no path
   * @param message a sentence for people
   */
  public record Problem(String name, String message) {}
}
