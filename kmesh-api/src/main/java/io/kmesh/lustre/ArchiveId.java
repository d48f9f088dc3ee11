// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/**
 * The number of an archive of Lustre HSM. 0 means "the file's own, else the coordinator's default"
 * in a request and "any" in a registration.
 *
 * @param value 0 to 2,147,483,647
 */
public record ArchiveId(int value) implements Comparable<ArchiveId> {
  /** No particular archive. */
  public static final ArchiveId ANY = new ArchiveId(0);

  /** Checks the range. */
  public ArchiveId {
    if (value < 0) {
      throw new IllegalArgumentException("An archive id cannot be negative: " + value + ".");
    }
  }

  /** The archive of this number. */
  public static ArchiveId of(int value) {
    return new ArchiveId(value);
  }

  @Override
  public int compareTo(ArchiveId other) {
    return Integer.compare(value, other.value);
  }

  @Override
  public String toString() {
    return Integer.toString(value);
  }
}
