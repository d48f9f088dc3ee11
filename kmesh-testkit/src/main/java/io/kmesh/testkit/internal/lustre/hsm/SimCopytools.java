// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.LustreCopytools;
import java.io.IOException;
import java.util.Set;

/** Registering as a copytool on one client node. Thread-safe. */
final class SimCopytools implements LustreCopytools {
  private final HsmSide side;
  private final String uuid;

  SimCopytools(HsmSide side, String uuid) {
    this.side = side;
    this.uuid = uuid;
  }

  @Override
  public CopytoolSession register(Set<ArchiveId> archives) throws IOException {
    if (archives.contains(ArchiveId.ANY)) {
      throw Refusals.of(
          Errno.EINVAL,
          "Cannot register a copytool for archive 0: EINVAL, 0 names none. Register for no archive"
              + " at all to serve every one.");
    }
    long uid = side.inodes().callerUid();
    if (uid != 0) {
      throw Refusals.of(
          Errno.EPERM,
          "Cannot register a copytool: EPERM, only root may, and this is user "
              + uid
              + ". Run the copytool as root.");
    }
    for (MdtCoordinator mdt : side.all()) {
      mdt.control.requireRunning();
    }
    AgentPort port = side.newPort(uuid);
    SimSession session = new SimSession(side, port);
    SimSession holder = side.claim(session);
    if (holder != null) {
      throw Refusals.of(
          Errno.EEXIST,
          "Cannot register a copytool: EEXIST, the client "
              + holder.uuid()
              + " has one in this process already. Close that one first, or use another mount.");
    }
    for (MdtCoordinator mdt : side.all()) {
      mdt.control.register(port, archives);
    }
    return session;
  }
}
