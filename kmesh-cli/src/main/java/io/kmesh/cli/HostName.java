// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of this machine, without asking a name server. */
final class HostName {
  private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

  private HostName() {}

  static String find(Surroundings surroundings) {
    try {
      String name = Files.readString(KERNEL, StandardCharsets.UTF_8).strip();
      if (!name.isEmpty()) {
        return name;
      }
    } catch (IOException e) {
      // Another system.
    }
    return surroundings.variable("HOSTNAME").orElse("unknown");
  }
}
