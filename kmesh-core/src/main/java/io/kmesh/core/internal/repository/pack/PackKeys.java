// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.pack;

/** Gives the keys of packs. Thread-safe. */
@FunctionalInterface
public interface PackKeys {
  /** The key of a pack, 32 bytes, which the caller wipes. */
  byte[] of(byte[] packId);
}
