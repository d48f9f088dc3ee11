// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A conflict as a base keeps it: table {@code X} of docs/format/flow-base.md. Immutable.
 *
 * @param kind what was changed twice
 * @param winner the node that stands, or whose change stands
 * @param winnerDot the change that stands
 * @param loser the node of the other change
 * @param loserDot the other change; names its bytes
 * @param action what was done
 * @param link the name that it is about; null when there is none
 * @param kept the node that has the loser's bytes; null when none has
 * @param found when it was found, in whole milliseconds
 * @param aside where this site's tree keeps the loser's bytes out of the flow; empty when it does
 *     not
 */
public record KeptConflict(
    Conflict.Kind kind,
    NodeId winner,
    Dot winnerDot,
    NodeId loser,
    Dot loserDot,
    Conflict.Action action,
    @Nullable Link link,
    @Nullable NodeId kept,
    Instant found,
    PathBytes aside) {
  private static final int FORMAT = 0;
  private static final int HAS_LINK = 1;
  private static final int HAS_KEPT = 2;
  private static final int KNOWN_FLAGS = 3;
  private static final int ID_BYTES = 8;

  static KeptConflict of(Conflict conflict, Instant found) {
    return new KeptConflict(
        conflict.kind(),
        conflict.winner(),
        conflict.winnerVersion().origin(),
        conflict.loser(),
        conflict.loserVersion().origin(),
        conflict.action(),
        conflict.link(),
        conflict.kept(),
        found,
        PathBytes.EMPTY);
  }

  /** The same name at all sites: 16 hexadecimal digits. */
  public String id() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(key());
      return HexFormat.of().formatHex(Arrays.copyOf(digest, ID_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is missing", e);
    }
  }

  KeptConflict withAside(PathBytes path) {
    return new KeptConflict(
        kind, winner, winnerDot, loser, loserDot, action, link, kept, found, path);
  }

  /** Its place among all of a base. */
  public byte[] key() {
    ByteOutput out = new ByteOutput(48);
    out.u8(codeOf(Conflict.Kind.values(), kind));
    winner.write(out);
    loserDot.write(out);
    return out.toBytes();
  }

  byte[] toBytes() {
    ByteOutput out = new ByteOutput(128);
    out.u8(FORMAT);
    out.u8((link == null ? 0 : HAS_LINK) | (kept == null ? 0 : HAS_KEPT));
    out.u8(codeOf(action.getDeclaringClass().getEnumConstants(), action));
    winnerDot.write(out);
    loser.write(out);
    if (link != null) {
      link.parent().write(out);
      out.block(link.name().toBytes());
    }
    if (kept != null) {
      kept.write(out);
    }
    out.zigzag(found.toEpochMilli());
    out.block(aside.toBytes());
    return out.toBytes();
  }

  /** The order of the constants is the format's; golden vectors hold it. */
  private static <T> int codeOf(T[] constants, T one) {
    return Arrays.asList(constants).indexOf(one);
  }

  static KeptConflict read(byte[] key, byte[] value) throws ProviderException {
    ByteInput head = new ByteInput(key, "the key of a conflict of a flow");
    Conflict.Kind kind = at(Conflict.Kind.values(), head);
    NodeId winner = NodeId.read(head);
    Dot loserDot = Dot.read(head);
    head.end();
    ByteInput in = new ByteInput(value, "a conflict of a flow");
    int format = in.u8();
    int flags = in.u8();
    if (format != FORMAT || (flags & ~KNOWN_FLAGS) != 0) {
      throw in.damaged("format " + format + " or flags " + flags + " are not known");
    }
    Conflict.Action action = at(Conflict.Action.values(), in);
    Dot winnerDot = Dot.read(in);
    NodeId loser = NodeId.read(in);
    Link link = (flags & HAS_LINK) != 0 ? new Link(NodeId.read(in), name(in)) : null;
    NodeId kept = (flags & HAS_KEPT) != 0 ? NodeId.read(in) : null;
    Instant found = Instant.ofEpochMilli(in.zigzag());
    PathBytes aside = path(in);
    in.end();
    return new KeptConflict(
        kind, winner, winnerDot, loser, loserDot, action, link, kept, found, aside);
  }

  private static <T> T at(T[] values, ByteInput in) throws ProviderException {
    int index = in.u8();
    if (index >= values.length) {
      throw in.damaged("the number " + index + " stands for nothing");
    }
    return values[index];
  }

  private static PathBytes name(ByteInput in) throws ProviderException {
    PathBytes name = path(in);
    if (!name.isName()) {
      throw in.damaged("a name is none");
    }
    return name;
  }

  private static PathBytes path(ByteInput in) throws ProviderException {
    byte[] bytes = in.block();
    try {
      return PathBytes.of(bytes);
    } catch (IllegalArgumentException e) {
      throw in.damaged("a path is none: " + new String(bytes, StandardCharsets.ISO_8859_1));
    }
  }
}
