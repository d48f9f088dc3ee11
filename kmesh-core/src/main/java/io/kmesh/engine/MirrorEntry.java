// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.store.Sha256;

/**
 * What the mirror's index records of a file.
 *
 * @param fid the file
 * @param archiveId the archive that was asked
 * @param dataVersion the data version of the content
 * @param key the object's whole key
 * @param version the object's version or ETag
 * @param size the file's bytes
 * @param sha256 the SHA-256 of the file's content
 */
public record MirrorEntry(
    Fid fid,
    ArchiveId archiveId,
    long dataVersion,
    String key,
    String version,
    long size,
    Sha256 sha256) {
  /** This entry as a receipt of a store. */
  public ArchiveReceipt receipt(String store) {
    return new ArchiveReceipt(fid, dataVersion, store, key, version, size, sha256);
  }
}
