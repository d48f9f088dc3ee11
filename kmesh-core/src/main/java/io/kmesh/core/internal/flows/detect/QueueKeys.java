// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import java.nio.ByteBuffer;

/** The keys of the table {@code Q} of a base: docs/format/flow-base.md. Stateless. */
final class QueueKeys {
  /** How far an MDT's changelog is in the base. */
  static final byte CHANGELOG = 'c';

  /** Directories that are to be looked at wholly. */
  static final byte DIRECTORY = 'd';

  /** Nodes that lost a name to another. */
  static final byte LOST = 'l';

  /** Names that are gone: by hints. */
  static final byte GONE = 'g';

  /** Names that a scan did not find. */
  static final byte MISSED = 'm';

  /** Names whose removal is held until somebody confirms it. */
  static final byte HELD = 'h';

  /** Names whose removal was confirmed. */
  static final byte CONFIRMED = 'k';

  /** That a scan is under way, or demanded. */
  static final byte SCAN = 's';

  /** Objects that are to be looked at again. */
  static final byte UNSETTLED = 'u';

  /** That all of a tree was looked at that never changes. */
  static final byte WALKED = 'w';

  private QueueKeys() {}

  static byte[] of(byte letter, NodeId node) {
    return ByteBuffer.allocate(1 + NodeId.LENGTH)
        .put(letter)
        .putLong(node.replica())
        .putLong(node.number())
        .array();
  }

  static byte[] of(byte letter, Link link) {
    byte[] name = link.name().toBytes();
    return ByteBuffer.allocate(1 + NodeId.LENGTH + name.length)
        .put(letter)
        .putLong(link.parent().replica())
        .putLong(link.parent().number())
        .put(name)
        .array();
  }

  static byte[] of(byte letter, int number) {
    return ByteBuffer.allocate(5).put(letter).putInt(number).array();
  }

  static NodeId node(byte[] key) {
    ByteBuffer bytes = ByteBuffer.wrap(key, 1, NodeId.LENGTH);
    return new NodeId(bytes.getLong(), bytes.getLong());
  }

  static Link link(byte[] key) {
    int at = 1 + NodeId.LENGTH;
    return new Link(node(key), PathBytes.of(key, at, key.length - at));
  }

  static byte[] valueOf(NodeId node) {
    return ByteBuffer.allocate(NodeId.LENGTH)
        .putLong(node.replica())
        .putLong(node.number())
        .array();
  }

  static NodeId nodeOf(byte[] value) {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    return new NodeId(bytes.getLong(), bytes.getLong());
  }
}
