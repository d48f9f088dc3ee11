// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a store says of an object.
 *
 * @param key its key
 * @param size its bytes
 * @param etag changes whenever the object is replaced; opaque
 * @param versionIdOrNull the version's id where the store keeps versions
 * @param lastModified when it was written, by the store's clock
 * @param metadata user metadata
 * @param sha256OrNull the SHA-256 that the store keeps, where it does
 * @param crc32cOrNull the CRC-32C of all its bytes that the store computed, where it does
 * @param storageOrNull how the store keeps it, where it says so
 */
public record ObjectInfo(
    String key,
    long size,
    String etag,
    @Nullable String versionIdOrNull,
    Instant lastModified,
    Map<String, String> metadata,
    @Nullable Sha256 sha256OrNull,
    @Nullable Crc32c crc32cOrNull,
    @Nullable ObjectStorage storageOrNull) {
  /** Copies and sorts the metadata. */
  public ObjectInfo {
    metadata = java.util.Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** Of a store that says neither a CRC-32C nor how it keeps the object. */
  public ObjectInfo(
      String key,
      long size,
      String etag,
      @Nullable String versionIdOrNull,
      Instant lastModified,
      Map<String, String> metadata,
      @Nullable Sha256 sha256OrNull) {
    this(key, size, etag, versionIdOrNull, lastModified, metadata, sha256OrNull, null, null);
  }

  /** The same under another key. */
  public ObjectInfo withKey(String other) {
    return new ObjectInfo(
        other,
        size,
        etag,
        versionIdOrNull,
        lastModified,
        metadata,
        sha256OrNull,
        crc32cOrNull,
        storageOrNull);
  }

  /** The CRC-32C of all its bytes that the store computed. */
  public Optional<Crc32c> crc32c() {
    return Optional.ofNullable(crc32cOrNull);
  }

  /** How the store keeps it. */
  public Optional<ObjectStorage> storage() {
    return Optional.ofNullable(storageOrNull);
  }

  /** The version's id where the store keeps versions. */
  public Optional<String> versionId() {
    return Optional.ofNullable(versionIdOrNull);
  }

  /** The SHA-256 that the store keeps. */
  public Optional<Sha256> sha256() {
    return Optional.ofNullable(sha256OrNull);
  }
}
