// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How an object is written. Immutable.
 *
 * @param condition what must hold of the stored object
 * @param metadata user metadata: names in lower-case ASCII, values printable ASCII
 * @param sha256OrNull the SHA-256 that the store compares with what it received
 * @param crc32cOrNull the CRC-32C that the store compares with what it received; see {@link
 *     #withCrc32c}
 * @param storageClassOrNull the class to keep it in; null for the store's default. A copy takes it,
 *     the completion of an upload does not: its start does
 */
public record PutOptions(
    Condition condition,
    Map<String, String> metadata,
    @Nullable Sha256 sha256OrNull,
    @Nullable Crc32c crc32cOrNull,
    @Nullable StorageClass storageClassOrNull) {
  /** No condition, no metadata, no checksum. */
  public static final PutOptions NONE = new PutOptions(Condition.none(), Map.of(), null);

  /** Copies and sorts the metadata. */
  public PutOptions {
    metadata = java.util.Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** Options without a storage class. */
  public PutOptions(
      Condition condition,
      Map<String, String> metadata,
      @Nullable Sha256 sha256OrNull,
      @Nullable Crc32c crc32cOrNull) {
    this(condition, metadata, sha256OrNull, crc32cOrNull, null);
  }

  /** Options without a CRC-32C. */
  public PutOptions(
      Condition condition, Map<String, String> metadata, @Nullable Sha256 sha256OrNull) {
    this(condition, metadata, sha256OrNull, null);
  }

  /** These options with another condition. */
  public PutOptions withCondition(Condition other) {
    return new PutOptions(other, metadata, sha256OrNull, crc32cOrNull, storageClassOrNull);
  }

  /** These options with other metadata. */
  public PutOptions withMetadata(Map<String, String> other) {
    return new PutOptions(condition, other, sha256OrNull, crc32cOrNull, storageClassOrNull);
  }

  /** These options with a checksum to compare. */
  public PutOptions withSha256(Sha256 sha256) {
    return new PutOptions(condition, metadata, sha256, crc32cOrNull, storageClassOrNull);
  }

  /** The SHA-256 that the store compares with what it received. */
  public Optional<Sha256> sha256() {
    return Optional.ofNullable(sha256OrNull);
  }

  /**
   * These options with a CRC-32C to compare, for bytes that are authenticated elsewhere: without a
   * SHA-256 beside it, the store need not make one and {@link ObjectInfo#sha256} may be empty. Only
   * a put takes it; a copy and the completion of an upload refuse it as INVALID.
   */
  public PutOptions withCrc32c(Crc32c crc32c) {
    return new PutOptions(condition, metadata, sha256OrNull, crc32c, storageClassOrNull);
  }

  /** These options with a class to keep the object in; needs STORAGE_CLASS. */
  public PutOptions withStorageClass(StorageClass storageClass) {
    return new PutOptions(condition, metadata, sha256OrNull, crc32cOrNull, storageClass);
  }

  /** The class to keep it in; empty for the store's default. */
  public Optional<StorageClass> storageClass() {
    return Optional.ofNullable(storageClassOrNull);
  }

  /** The CRC-32C that the store compares with what it received. */
  public Optional<Crc32c> crc32c() {
    return Optional.ofNullable(crc32cOrNull);
  }
}
