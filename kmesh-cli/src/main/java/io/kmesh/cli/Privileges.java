// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process may do. Source: proc(5), /proc/[pid]/status; capabilities(7).
 *
 * @param user its effective user; -1 where the kernel does not tell
 * @param capabilities the bits of its effective capabilities
 */
record Privileges(long user, long capabilities) {
  private static final int DAC_READ_SEARCH = 2;
  private static final int SYS_ADMIN = 21;

  static Privileges read(Path root) {
    long user = -1;
    long capabilities = 0;
    try {
      for (String line :
          Files.readAllLines(root.resolve("proc/self/status"), StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split("\\s+", -1);
        if (fields[0].equals("Uid:") && fields.length > 2) {
          user = Long.parseLong(fields[2]);
        } else if (fields[0].equals("CapEff:") && fields.length > 1) {
          capabilities = Long.parseUnsignedLong(fields[1], 16);
        }
      }
    } catch (IOException | NumberFormatException e) {
      return new Privileges(-1, 0);
    }
    return new Privileges(user, capabilities);
  }

  /** Registers copytools, imports, sets most HSM flags, requests archives of any file. */
  boolean isAdministrator() {
    return (capabilities & 1L << SYS_ADMIN) != 0;
  }

  /** Finds files by their FID, whatever their folders allow. */
  boolean isSearcher() {
    return (capabilities & 1L << DAC_READ_SEARCH) != 0;
  }
}
