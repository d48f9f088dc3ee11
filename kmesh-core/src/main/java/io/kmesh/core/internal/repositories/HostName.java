// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repositories;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The name of this machine, without asking a name server. */
public final class HostName {
  private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

  private HostName() {}

  /** The name; {@code unknown} when the system does not tell it. */
  public static String find() {
    try {
      String name = Files.readString(KERNEL, StandardCharsets.UTF_8).strip();
      if (!name.isEmpty()) {
        return name;
      }
    } catch (IOException e) {
      // Another system.
    }
    String name = System.getenv("HOSTNAME");
    return name == null || name.isBlank() ? "unknown" : name;
  }
}
