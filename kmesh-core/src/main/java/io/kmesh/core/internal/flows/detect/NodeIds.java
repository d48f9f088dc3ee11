// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.NodeId;
import java.util.Arrays;

/** Ids of nodes, 16 bytes each. Not thread-safe. */
final class NodeIds {
  private static final int FIRST = 64;

  private long[] words = new long[FIRST];
  private int size;

  void push(NodeId id) {
    if (size * 2 == words.length) {
      words = Arrays.copyOf(words, words.length * 2);
    }
    words[size * 2] = id.replica();
    words[size * 2 + 1] = id.number();
    size++;
  }

  NodeId pop() {
    size--;
    return at(size);
  }

  NodeId at(int index) {
    return new NodeId(words[index * 2], words[index * 2 + 1]);
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  void clear() {
    words = new long[FIRST];
    size = 0;
  }
}
