// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import java.util.List;

/**
 * What a pull did.
 *
 * @param listed the objects that were listed
 * @param asked the objects that were asked for, since they were new or changed
 * @param changed the entries that were made or changed
 * @param removed the names that were taken away
 * @param failed the number of objects that could not be used
 * @param problems the first of them, by key
 */
public record PullReport(
    long listed, long asked, long changed, long removed, long failed, List<Problem> problems) {
  /** Copies the list. */
  public PullReport {
    problems = List.copyOf(problems);
  }

  /**
   * An object that could not be used; nothing else was changed for it.
   *
   * @param key its key, with the prefix
   * @param message the reason, and what to do
   */
  public record Problem(String key, String message) {}
}
