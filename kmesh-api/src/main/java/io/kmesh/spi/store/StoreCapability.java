// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/** What a store can do; a missing one is refused by name. */
public enum StoreCapability {
  /** Put, copy and complete only where the key does not exist. */
  CONDITIONAL_CREATE,
  /** Put, copy and complete only where the stored object has a given ETag. */
  CONDITIONAL_REPLACE,
  /** Delete only where the stored object has a given ETag. */
  CONDITIONAL_DELETE,
  /** Uploads in parts. */
  MULTIPART,
  /** Copies within the store without moving the bytes through the caller. */
  COPY,
  /** Takes a range of another object as a part of an upload, without moving its bytes. */
  PART_COPY,
  /** Lists in the order of the keys' UTF-8 bytes. */
  UTF8_KEY_ORDER,
  /** Keeps user metadata with each object. */
  USER_METADATA,
  /** Compares a given SHA-256 with what a put received, and gives it back with the object. */
  SHA256,
  /** Does the same with a completed upload, whose parts it received one by one. */
  UPLOAD_SHA256,
  /** Compares a given CRC-32C with what a put received. */
  CRC32C,
  /** A completed mutation is seen by every later read and list. */
  STRONG_CONSISTENCY,
  /** Writes an object in a storage class, and moves one to another. */
  STORAGE_CLASS,
  /** Keeps objects in archives, and restores them when it is asked. */
  ARCHIVE_RESTORE,
  /** Keeps what was replaced or deleted as versions, where it is told to. */
  VERSIONS
}
