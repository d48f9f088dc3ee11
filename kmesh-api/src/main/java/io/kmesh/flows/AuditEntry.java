// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

import java.time.Instant;

/**
 * What happened to a flow's sensitive paths, as its audit log has it. Immutable.
 *
 * @param number counts the log's entries from 1
 * @param at when, by the clock that grants are measured by
 * @param action what happened
 * @param who the subject; the site that was told or asked where no subject is known; empty for the
 *     flow itself
 * @param path below the flow's top, printable; empty where none is meant
 * @param grant under which grant; empty where there was none
 * @param from the first byte of what was read
 * @param to behind the last byte of what was read
 * @param bytes how many were handed out, some perhaps twice
 * @param reason for people, where something was refused or is wrong; else empty
 */
public record AuditEntry(
    long number,
    Instant at,
    Action action,
    String who,
    String path,
    String grant,
    long from,
    long to,
    long bytes,
    String reason) {
  /** What happened. */
  public enum Action {
    /** A grant was given, or became known at the source's site. */
    GRANTED,
    /** A grant was taken back. */
    REVOKED,
    /** A grant's time was over: its key and what was cached under it are gone. */
    EXPIRED,
    /** A file was opened under a grant. */
    OPENED,
    /** What was read of an open file, written when it is closed or the grant ends. */
    READ,
    /** A file was not opened, or not read on, for lack of a grant. */
    REFUSED,
    /** The source, at another site, sends bytes of a file: it was asked while a grant counts. */
    SENT,
    /** The log before this entry was changed or lost; what was left of it is kept beside. */
    DAMAGED
  }
}
