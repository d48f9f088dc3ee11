// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Keys;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;

/** The keys of the tables {@code W} and {@code I} of a base: docs/format/flow-base.md. */
final class PlaceKeys {
  private PlaceKeys() {}

  static byte[] of(byte letter, NodeId node) {
    return Keys.of(letter, node);
  }

  static byte[] of(byte letter, Link link) {
    return Keys.of(letter, link);
  }

  /** Reads the id that is all of a key behind its letter. */
  static NodeId node(ByteInput key) throws ProviderException {
    NodeId node = NodeId.read(key);
    key.end();
    return node;
  }

  /** Reads the name that is all of a key behind its letter. */
  static Link link(ByteInput key) throws ProviderException {
    NodeId parent = NodeId.read(key);
    byte[] name = key.raw(key.remaining());
    for (byte one : name) {
      if (one == 0) {
        throw key.damaged("a name has a NUL byte");
      }
    }
    PathBytes path = PathBytes.of(name);
    if (!path.isName()) {
      throw key.damaged("\"" + path + "\" is no name of an entry");
    }
    return new Link(parent, path);
  }
}
