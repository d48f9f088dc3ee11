// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;

/**
 * The names that a flow uses in its tree besides those of its registers. All are short, whatever
 * the names of the files are. Immutable.
 */
final class FlowNames {
  /** The pseudo-node of a flow's hidden directory: no replica is 0, and the root has number 0. */
  static final NodeId HIDDEN = new NodeId(0, 1);

  /** The pseudo-node of the directory for what was displaced. */
  static final NodeId DISPLACED = new NodeId(0, 2);

  /** Where displaced entries are, below the hidden directory. */
  static final PathBytes DISPLACED_NAME = PathBytes.of("displaced");

  private static final int MOST_FLOW = 128;
  private static final int MOST_KEPT = 180;
  private static final byte[] HELD = "held~".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] SEED = "seed~".getBytes(StandardCharsets.US_ASCII);

  private final PathBytes hidden;
  private final byte[] temporary;

  /**
   * The names of a flow.
   *
   * @param flow its name: 1 to 128 bytes, no slash
   */
  FlowNames(String flow) {
    this.hidden = PathBytes.of(".kmesh-flow-" + flow);
    this.temporary = PathBytes.of(".kmesh~" + flow + "~").toBytes();
    if (flow.isEmpty() || PathBytes.of(flow).length() > MOST_FLOW || !hidden.isName()) {
      throw new IllegalArgumentException(
          "Cannot place the flow \"" + flow + "\": its name is no file name of 1 to 128 bytes.");
    }
  }

  /** The hidden directory at the top of the tree. */
  PathBytes hidden() {
    return hidden;
  }

  /** What is being made for a node, beside its place. */
  PathBytes temporary(NodeId node) {
    return with(temporary, node, "");
  }

  /** A further name of a node, on its way to replace another entry. */
  PathBytes second(NodeId node) {
    return with(temporary, node, "~2");
  }

  /** What was at a node's name until it is known that it may go. */
  PathBytes aside(NodeId node) {
    return with(temporary, node, "~a");
  }

  /** Whether {@link #aside} gave a name. */
  boolean isAside(PathBytes name) {
    int length = name.length();
    return isTemporary(name) && name.at(length - 1) == 'a' && name.at(length - 2) == '~';
  }

  /** Whether a name is one of those three. */
  boolean isTemporary(PathBytes name) {
    return startsWith(name, temporary);
  }

  /** The node of a name that {@link #temporary} gave. */
  Optional<NodeId> temporaryNode(PathBytes name) {
    return startsWith(name, temporary) ? node(name, temporary, this::temporary) : Optional.empty();
  }

  /** A node without a name, in the hidden directory. */
  PathBytes held(NodeId node) {
    return with(HELD, node, "");
  }

  /** The node of a name that {@link #held} gave. */
  Optional<NodeId> heldNode(PathBytes name) {
    return startsWith(name, HELD) ? node(name, HELD, this::held) : Optional.empty();
  }

  /** A tree that is being made, in the hidden directory. */
  static PathBytes seed(long number) {
    return PathBytes.of("seed~" + number);
  }

  /** Whether {@link #seed} gave a name. */
  static boolean isSeed(PathBytes name) {
    return startsWith(name, SEED);
  }

  private static Optional<NodeId> node(
      PathBytes name, byte[] prefix, Function<NodeId, PathBytes> namer) {
    String[] parts =
        new String(name.toBytes(), StandardCharsets.ISO_8859_1)
            .substring(prefix.length)
            .split("-", -1);
    try {
      NodeId node =
          new NodeId(Long.parseUnsignedLong(parts[0], 16), Long.parseUnsignedLong(parts[1], 16));
      return namer.apply(node).equals(name) ? Optional.of(node) : Optional.empty();
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /** A name for something displaced: its own, cut to fit, and a number. */
  static PathBytes displaced(PathBytes name, long inode, int number) {
    int length = Math.min(name.length(), MOST_KEPT);
    byte[] end =
        ("~" + Long.toHexString(inode) + (number == 0 ? "" : "~" + number))
            .getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = java.util.Arrays.copyOf(name.toBytes(), length + end.length);
    System.arraycopy(end, 0, bytes, length, end.length);
    return PathBytes.of(bytes);
  }

  private static PathBytes with(byte[] prefix, NodeId node, String suffix) {
    byte[] end = (node + suffix).getBytes(StandardCharsets.US_ASCII);
    byte[] bytes = java.util.Arrays.copyOf(prefix, prefix.length + end.length);
    System.arraycopy(end, 0, bytes, prefix.length, end.length);
    return PathBytes.of(bytes);
  }

  private static boolean startsWith(PathBytes name, byte[] prefix) {
    if (name.length() < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (name.at(i) != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
