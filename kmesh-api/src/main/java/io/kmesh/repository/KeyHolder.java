// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

/**
 * Someone who may open a repository.
 *
 * @param id what names the access
 * @param kind what opens it
 * @param name for people; of an unreadable one the reason
 * @param generation of the repository's key: 1 at first, one more with each rotation
 */
public record KeyHolder(String id, Kind kind, String name, int generation) {
  /** What opens it. */
  public enum Kind {
    /** A passphrase. */
    PASSPHRASE,
    /** A key of a keeper. */
    KEY,
    /** It is damaged, or newer than this build. */
    UNREADABLE
  }
}
