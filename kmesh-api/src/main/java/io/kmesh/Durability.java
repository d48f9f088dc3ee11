// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

/** What a durable file survives; each level includes the ones before it. */
public enum Durability {
  /**
   * The data are on the file system's disks (fsync): they survive a crash of clients and servers.
   */
  LOCAL,
  /**
   * The coordinator says archived and not dirty, in the asked archive, at the data version taken
   * when the call was made: a copy exists, as far as the copytool said.
   */
  ARCHIVED,
  /**
   * A Kmesh copytool wrote a receipt, and the store's checksum of the object equals it: the data
   * survive the loss of the file system. With a foreign copytool this is refused.
   */
  REMOTE
}
