// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.state;

import java.util.Arrays;
import java.util.Objects;

/**
 * A stored record.
 *
 * @param key its name
 * @param owner the tenant that it belongs to; {@code ""} for the only one
 * @param format the version of the payload's format
 * @param version 1 for a new record, one more with each replacement
 * @param payload the bytes
 */
public record StateRecord(RecordKey key, String owner, int format, long version, byte[] payload) {
  /** Copies the payload. */
  public StateRecord {
    payload = payload.clone();
  }

  /** A copy of the payload. */
  @Override
  public byte[] payload() {
    return payload.clone();
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof StateRecord r
        && r.key.equals(key)
        && r.owner.equals(owner)
        && r.format == format
        && r.version == version
        && Arrays.equals(r.payload, payload);
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, owner, format, version);
  }
}
