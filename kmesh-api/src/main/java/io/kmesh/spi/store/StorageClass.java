// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/**
 * A class of storage by the store's own name: S3's {@code STANDARD_IA} or {@code GLACIER}, Azure's
 * {@code Cool} or {@code Archive}, Google's {@code NEARLINE}.
 *
 * @param name the name as the store writes it, not empty
 */
public record StorageClass(String name) {
  /** Refuses an empty name. */
  public StorageClass {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("Cannot name a storage class: the name is empty.");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
