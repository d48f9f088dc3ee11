// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * What happened, as the audit log has it: docs/format/flow-audit.md.
 *
 * @param at in milliseconds since the epoch
 * @param action what happened
 * @param who the subject
 * @param path below the flow's top
 * @param grant its id; empty for none
 * @param from the first byte of what was read
 * @param to behind the last one
 * @param bytes how many were handed out
 * @param reason for people
 */
record AuditRecord(
    long at,
    Action action,
    String who,
    PathBytes path,
    String grant,
    long from,
    long to,
    long bytes,
    String reason) {
  /** The most bytes of one. */
  static final int MOST = 16 << 10;

  private static final int MOST_PATH = 8 << 10;
  private static final int MOST_TEXT = 1 << 10;

  /** Cuts what is too long to be kept. */
  AuditRecord {
    if (path.length() > MOST_PATH) {
      path = PathBytes.of(Arrays.copyOf(path.toBytes(), MOST_PATH));
    }
    who = cut(who);
    reason = cut(reason);
  }

  private static String cut(String text) {
    return text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) : text;
  }

  /** Something that has to do with no range. */
  static AuditRecord of(
      long at, Action action, String who, PathBytes path, String grant, String reason) {
    return new AuditRecord(at, action, who, path, grant, 0, 0, 0, reason);
  }

  /** The number of an action in the log; these never change. */
  private static int number(Action action) {
    return switch (action) {
      case GRANTED -> 1;
      case REVOKED -> 2;
      case EXPIRED -> 3;
      case OPENED -> 4;
      case READ -> 5;
      case REFUSED -> 6;
      case SENT -> 7;
      case DAMAGED -> 8;
    };
  }

  private static Action action(ByteInput in) throws ProviderException {
    int number = in.u8();
    for (Action action : Action.values()) {
      if (number(action) == number) {
        return action;
      }
    }
    throw in.damaged("action " + number + " is not known");
  }

  void write(ByteOutput out) {
    out.u8(number(action));
    out.varint(at);
    text(who, out);
    out.block(path.toBytes());
    text(grant, out);
    out.varint(from);
    out.varint(to);
    out.varint(bytes);
    text(reason, out);
  }

  private static void text(String text, ByteOutput out) {
    out.block(text.getBytes(StandardCharsets.UTF_8));
  }

  static AuditRecord read(ByteInput in) throws ProviderException {
    Action action = action(in);
    return new AuditRecord(
        in.varint(),
        action,
        string(in),
        path(in),
        string(in),
        in.varint(),
        in.varint(),
        in.varint(),
        string(in));
  }

  private static PathBytes path(ByteInput in) throws ProviderException {
    try {
      return PathBytes.of(in.block());
    } catch (IllegalArgumentException e) {
      throw in.damaged("its path has a zero byte");
    }
  }

  private static String string(ByteInput in) throws ProviderException {
    return new String(in.block(), StandardCharsets.UTF_8);
  }

  AuditEntry entry(long number) {
    return new AuditEntry(
        number,
        Instant.ofEpochMilli(at),
        action,
        who,
        path.toString(),
        grant,
        from,
        to,
        bytes,
        reason);
  }
}
