// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import java.util.List;

/**
 * What an export or import of a mirrored tree did. Each list keeps the first 10,000.
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
 * @param notes what is worth knowing of entries that are there, such as a value of another tool's
 *     that could not be read
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
    List<Problem> failed,
    List<Problem> notes) {
  /** Copies the lists. */
  public MirrorTreeReport {
    failed = List.copyOf(failed);
    notes = List.copyOf(notes);
  }

  /**
   * An entry, and what is to be said of it.
   *
   * @param name its path, or the object's key where that says no path
   * @param message a sentence for people
   */
  public record Problem(String name, String message) {}
}
