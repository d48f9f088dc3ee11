// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds copies whose file is gone and asks the coordinators to remove them, so that removing has
 * one path: journalled, and one at a time for a file. Thread-safe.
 */
final class Orphans {
  private static final int PAGE = 1000;

  private final LustreBinding lustre;
  private final Backends backends;

  Orphans(LustreBinding lustre, Backends backends) {
    this.lustre = lustre;
    this.backends = backends;
  }

  /** Returns how many removals were asked for. */
  long remove() throws IOException {
    long asked = 0;
    for (Map.Entry<ArchiveId, Backends.Named> entry : backends.all().entrySet()) {
      if (entry.getValue().backend() instanceof Remover remover) {
        asked += remove(entry.getKey(), remover);
      }
    }
    return asked;
  }

  private long remove(ArchiveId archive, Remover remover) throws IOException {
    long asked = 0;
    List<Fid> page = remover.archived(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      List<Fid> gone = new ArrayList<>();
      for (Fid fid : page) {
        if (isGone(fid)) {
          gone.add(fid);
        }
      }
      if (!gone.isEmpty()) {
        lustre.hsm().request(HsmRequest.of(HsmActionKind.REMOVE, archive, gone));
        asked += gone.size();
      }
      page = remover.archived(Optional.of(page.get(page.size() - 1)), PAGE);
    }
    return asked;
  }

  private boolean isGone(Fid fid) throws IOException {
    try {
      lustre.identity().stat(fid);
      return false;
    } catch (ProviderException e) {
      if (e.errno().equals(Optional.of(Errno.ENOENT))) {
        return true;
      }
      throw e;
    }
  }
}
