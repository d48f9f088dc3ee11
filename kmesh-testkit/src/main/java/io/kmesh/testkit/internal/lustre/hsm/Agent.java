// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.testkit.lustre.CopytoolAgent;
import java.util.HashSet;
import java.util.Set;

/** A copytool as one MDT knows it. Guarded by its {@link MdtCoordinator}. */
final class Agent {
  final AgentPort port;
  final Set<ArchiveId> archives;
  int current;
  int succeeded;
  int failed;

  Agent(AgentPort port, Set<ArchiveId> archives) {
    this.port = port;
    this.archives = Set.copyOf(new HashSet<>(archives));
  }

  boolean serves(int archiveId) {
    return archives.isEmpty() || archives.contains(ArchiveId.of(archiveId));
  }

  CopytoolAgent view() {
    return new CopytoolAgent(port.uuid(), archives, current, succeeded, failed);
  }
}
