// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.observe;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * Something that happened.
 *
 * @param sequence increasing per process
 * @param time when
 * @param severity how much it matters
 * @param type a stable name in dots, such as {@code copytool.action.failed}
 * @param subject what it is about: an operation's id, a path
 * @param message one sentence for people
 * @param fields facts by name, never secrets
 */
public record KmeshEvent(
    long sequence,
    Instant time,
    Severity severity,
    String type,
    String subject,
    String message,
    Map<String, String> fields) {
  /** How much an event matters. */
  public enum Severity {
    /** Detail for those who look for a fault. */
    DEBUG,
    /** The normal course. */
    INFO,
    /** Something was refused, retried or left out. */
    WARNING,
    /** Something failed. */
    ERROR
  }

  /** Copies and sorts the fields. */
  public KmeshEvent {
    fields = java.util.Collections.unmodifiableMap(new TreeMap<>(fields));
  }
}
