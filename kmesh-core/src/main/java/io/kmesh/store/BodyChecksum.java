// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.Sha256;
import java.util.Optional;

/** What a trailer says of an object's bytes. Immutable. */
sealed interface BodyChecksum {
  /**
   * The usual one.
   *
   * @param value of the bytes
   */
  record OfSha256(Sha256 value) implements BodyChecksum {
    @Override
    public Optional<Sha256> sha256() {
      return Optional.of(value);
    }

    @Override
    public String etagDigits() {
      return value.toString().substring(0, 16);
    }

    @Override
    public String toString() {
      return "SHA-256 " + value;
    }
  }

  /**
   * That of bytes which somebody else authenticates.
   *
   * @param value of the bytes
   */
  record OfCrc32c(Crc32c value) implements BodyChecksum {
    @Override
    public Optional<Sha256> sha256() {
      return Optional.empty();
    }

    @Override
    public String etagDigits() {
      return value + "00000000";
    }

    @Override
    public String toString() {
      return "CRC-32C " + value;
    }
  }

  /** The SHA-256 where it is one. */
  Optional<Sha256> sha256();

  /** The 16 digits that it adds to an ETag. */
  String etagDigits();
}
