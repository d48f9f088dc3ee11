// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.archive.Restorer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The contract on the simplest back end that keeps it. */
class ArchiveBackendContractTest
    extends ArchiveBackendContract<ArchiveBackendContractTest.MapArchive> {
  private final Map<Fid, byte[]> kept = new ConcurrentHashMap<>();

  @Override
  protected MapArchive open() {
    return new MapArchive(kept);
  }

  /** An archive in a map. */
  record MapArchive(Map<Fid, byte[]> kept) implements Archiver, Restorer, Remover {
    @Override
    public PendingArchive archive(ArchiveAction action) throws IOException {
      ByteArrayOutputStream draft = new ByteArrayOutputStream();
      ContentDigest digest = action.transferTo(draft);
      Fid fid = action.fid();
      return new PendingArchive() {
        @Override
        public ArchivedObject commit() {
          kept.put(fid, draft.toByteArray());
          return new ArchivedObject(fid.toString(), "", digest.size(), digest.sha256());
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public void restore(RestoreAction action) throws IOException {
      byte[] bytes = kept.get(action.fid());
      if (bytes == null) {
        throw missing("restore", action.fid());
      }
      action.transferFrom(new ByteArrayInputStream(bytes));
    }

    @Override
    public void remove(RemoveAction action) throws IOException {
      if (kept.remove(action.fid()) == null) {
        throw missing("remove", action.fid());
      }
    }

    private static ProviderException missing(String verb, Fid fid) {
      return new ProviderException(
          ErrorKind.NOT_FOUND, "Cannot " + verb + " " + fid + ": there is no copy. Archive it.");
    }
  }
}
