// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

/**
 * What is known of a wrapping or a grant without opening it.
 *
 * @param id what names it: {@code G-W} of a wrapping, {@code D/W} of a grant
 * @param kind what it is sealed with
 * @param name for people; of an unreadable one the reason
 * @param generation of the repository key; 0 of a grant
 */
public record WrappingInfo(String id, Kind kind, String name, int generation) {
  /** What opens it. */
  public enum Kind {
    /** A passphrase. */
    PASSPHRASE,
    /** A key provider. */
    PROVIDER,
    /** Nothing known here: it is damaged or newer than this build. */
    UNREADABLE
  }
}
