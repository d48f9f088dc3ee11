// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.Sha256;
import java.time.Instant;
import java.util.Optional;

/** Proof that a file was durable at a data version. Immutable; {@link #stillHolds()} asks anew. */
public interface Receipt {
  /** The cluster's name. */
  String cluster();

  /** The path that was asked. */
  PathBytes path();

  /** The file. */
  Fid fid();

  /** The data version that is durable. */
  long dataVersion();

  /** The file's size in bytes at that version. */
  long size();

  /** The level that was reached. */
  Durability durability();

  /** The store's name; empty for {@link Durability#LOCAL}. */
  Optional<String> store();

  /** The object's key; known from {@link Durability#REMOTE} on. */
  Optional<String> key();

  /** The object's version or ETag; known from {@link Durability#REMOTE} on. */
  Optional<String> version();

  /** The SHA-256 of the content; known from {@link Durability#REMOTE} on. */
  Optional<Sha256> sha256();

  /** When it was issued. */
  Instant time();

  /**
   * Whether the same content is still durable at this level: the file has the same data version (or
   * is released with it in the archive), and for REMOTE the object still has its version and
   * checksum.
   *
   * @throws KmeshException when it can't be asked
   */
  boolean stillHolds();
}
