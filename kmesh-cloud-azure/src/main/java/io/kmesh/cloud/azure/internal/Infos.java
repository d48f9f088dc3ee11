// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.models.ArchiveStatus;
import com.azure.storage.blob.models.BlobDownloadHeaders;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobItemProperties;
import com.azure.storage.blob.models.BlobProperties;
import io.kmesh.spi.store.Availability;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStorage;
import io.kmesh.spi.store.StorageClass;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** What Azure says of blobs, as {@link ObjectInfo}. */
final class Infos {
  private Infos() {}

  static ObjectInfo of(String key, BlobProperties blob) {
    AccessTier tier = blob.getAccessTier();
    return new ObjectInfo(
        key,
        blob.getBlobSize(),
        Etags.unquoted(blob.getETag()),
        blob.getVersionId(),
        blob.getLastModified().toInstant(),
        BlobMetadata.decode(blob.getMetadata()),
        null,
        null,
        tier == null ? null : storage(tier.toString(), blob.getArchiveStatus()));
  }

  static ObjectInfo of(String key, long size, BlobDownloadHeaders blob) {
    return new ObjectInfo(
        key,
        size,
        Etags.unquoted(blob.getETag()),
        blob.getVersionId(),
        blob.getLastModified().toInstant(),
        BlobMetadata.decode(blob.getMetadata()),
        null);
  }

  static ObjectInfo of(BlobItem item) {
    BlobItemProperties blob = item.getProperties();
    AccessTier tier = blob.getAccessTier();
    Long size = blob.getContentLength();
    OffsetDateTime modified = blob.getLastModified();
    String etag = blob.getETag();
    return new ObjectInfo(
        item.getName(),
        size == null ? 0 : size,
        etag == null ? "" : Etags.unquoted(etag),
        item.getVersionId(),
        modified == null ? Instant.EPOCH : modified.toInstant(),
        BlobMetadata.decode(item.getMetadata()),
        null,
        null,
        tier == null ? null : storage(tier.toString(), blob.getArchiveStatus()));
  }

  static ObjectStorage storage(String tier, @Nullable ArchiveStatus status) {
    Availability availability =
        status != null
            ? Availability.RESTORING
            : tier.equals(AccessTier.ARCHIVE.toString())
                ? Availability.ARCHIVED
                : Availability.READABLE;
    return new ObjectStorage(new StorageClass(tier), availability, null);
  }
}
