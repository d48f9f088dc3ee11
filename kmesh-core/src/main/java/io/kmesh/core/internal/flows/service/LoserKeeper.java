// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.merge.ConflictTable;
import io.kmesh.core.internal.flows.place.Keeper;
import io.kmesh.path.PathBytes;
import java.io.IOException;

/** Keeps the files that lost against others until somebody resolves that. */
record LoserKeeper(ConflictTable conflicts) implements Keeper {
  @Override
  public boolean isKept(NodeId node, Dot content) {
    return conflicts.isDropped(node, content);
  }

  @Override
  public void kept(NodeId node, Dot content, PathBytes where) throws IOException {
    conflicts.keptAside(node, content, where);
  }
}
