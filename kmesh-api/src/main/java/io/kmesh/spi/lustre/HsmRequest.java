// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import java.util.List;

/**
 * A request to the coordinator for any number of files; the binding splits it at the kernel's
 * limits. That it was accepted proves nothing about its outcome.
 *
 * @param action what to do
 * @param archiveId the archive; {@link ArchiveId#ANY} for the file's own or the default
 * @param fids the files
 * @param payload opaque bytes that the copytool gets with each item; untrusted there
 */
public record HsmRequest(
    HsmActionKind action, ArchiveId archiveId, List<Fid> fids, byte[] payload) {
  /** Copies what is mutable. */
  public HsmRequest {
    fids = List.copyOf(fids);
    payload = payload.clone();
  }

  /** A request without payload. */
  public static HsmRequest of(HsmActionKind action, ArchiveId archiveId, List<Fid> fids) {
    return new HsmRequest(action, archiveId, fids, new byte[0]);
  }

  /** A copy of the payload. */
  @Override
  public byte[] payload() {
    return payload.clone();
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof HsmRequest r
        && r.action == action
        && r.archiveId.equals(archiveId)
        && r.fids.equals(fids)
        && java.util.Arrays.equals(r.payload, payload);
  }

  @Override
  public int hashCode() {
    return java.util.Objects.hash(action, archiveId, fids, java.util.Arrays.hashCode(payload));
  }
}
