// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.replica.Joining;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.Set;

/** A tree that users change and changes of others are brought to. For the engine's thread. */
final class SharedTree implements Joining.Tree {
  private final Inspector inspector;
  private final TreeTarget target;

  SharedTree(Inspector inspector, TreeTarget target) {
    this.inspector = inspector;
    this.target = target;
  }

  @Override
  public boolean isWhole() throws IOException {
    return inspector.isWhole();
  }

  @Override
  public void lookedAt() throws IOException {
    target.lookedAt();
  }

  @Override
  public Set<PathBytes> takeDoubts() {
    return target.takeDoubts();
  }

  @Override
  public void lookAt(Set<PathBytes> paths) throws IOException {
    inspector.lookAtPresent(paths);
  }

  @Override
  public void keepRemoved(boolean isKept) {
    target.keepRemoved(isKept);
  }
}
