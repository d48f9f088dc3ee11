// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import io.kmesh.unit.DataSize;

/**
 * How a repository is made.
 *
 * @param holder the name of the credential that opens it first, for people: 1 to 64 characters
 * @param passphraseMemory what guessing a passphrase once costs in memory, 8 KiB or more
 * @param passphrasePasses and in passes over that memory, 1 or more
 */
public record InitOptions(String holder, DataSize passphraseMemory, int passphrasePasses) {
  /** Held by {@code first}; a guess of the passphrase costs 46 MiB and one pass. */
  public static final InitOptions DEFAULT = new InitOptions("first", DataSize.ofMib(46), 1);

  /** Checks the ranges. */
  public InitOptions {
    if (passphrasePasses < 1
        || passphraseMemory.bytes() < 8192
        || passphraseMemory.compareTo(DataSize.ofGib(4)) > 0) {
      throw new IllegalArgumentException(
          "Cannot let a passphrase cost "
              + passphraseMemory
              + " and "
              + passphrasePasses
              + " passes. Give 8 KiB to 4 GiB and at least one pass.");
    }
  }

  /** The same with another name of the first holder. */
  public InitOptions withHolder(String name) {
    return new InitOptions(name, passphraseMemory, passphrasePasses);
  }

  /** The same with another cost of a guess. */
  public InitOptions withPassphraseCost(DataSize memory, int passes) {
    return new InitOptions(holder, memory, passes);
  }
}
