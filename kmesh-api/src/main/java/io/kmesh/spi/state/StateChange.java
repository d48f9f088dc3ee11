// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.state;

/** One change of a batch. */
public sealed interface StateChange {
  /** The expected version of a record that must not exist. */
  long ABSENT = 0;

  /** Says that any version, or none, may be there. */
  long ANY = -1;

  /** The record that it changes. */
  RecordKey key();

  /**
   * Writes a record.
   *
   * @param key its name
   * @param owner the tenant
   * @param format the version of the payload's format
   * @param payload the bytes; not copied: do not change them afterwards
   * @param expectedVersion the version that must be there, {@link #ABSENT} or {@link #ANY}
   */
  record Put(RecordKey key, String owner, int format, byte[] payload, long expectedVersion)
      implements StateChange {
    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object o) {
      return o instanceof Put p
          && p.key.equals(key)
          && p.owner.equals(owner)
          && p.format == format
          && p.expectedVersion == expectedVersion
          && java.util.Arrays.equals(p.payload, payload);
    }

    @Override
    public int hashCode() {
      return java.util.Objects.hash(key, owner, format, expectedVersion);
    }
  }

  /**
   * Deletes a record; one that is not there is no error unless a version was expected.
   *
   * @param key its name
   * @param expectedVersion the version that must be there, or {@link #ANY}
   */
  record Delete(RecordKey key, long expectedVersion) implements StateChange {}
}
