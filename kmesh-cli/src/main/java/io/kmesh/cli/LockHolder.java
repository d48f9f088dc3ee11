// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Who holds a lock of flock(2) on a file, by the kernel's list of locks: so that nobody who wants
 * it is disturbed by the question. Source: proc(5), /proc/locks.
 */
final class LockHolder {
  private LockHolder() {}

  /** The holder in words; empty when nobody holds it. */
  static Optional<String> of(Path root, Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Object inode = Files.getAttribute(file, "unix:ino");
    for (String line :
        Files.readAllLines(root.resolve("proc/locks"), StandardCharsets.ISO_8859_1)) {
      // 1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF; a device of the same inode is taken too.
      String[] fields = line.trim().split("\\s+", -1);
      if (fields.length > 5 && fields[1].equals("FLOCK") && fields[5].endsWith(":" + inode)) {
        return Optional.of(words(file, fields[4]));
      }
    }
    return Optional.empty();
  }

  private static String words(Path file, String process) {
    try {
      String said = Files.readString(file, StandardCharsets.UTF_8).strip();
      // The kernel knows who; a holder that has not written yet has another's words there.
      boolean isItsOwn = (said + " ").startsWith("process " + process + " ");
      boolean isOfAnotherContainer = !process.matches("[1-9]\\d*");
      return isItsOwn || (isOfAnotherContainer && !said.isEmpty()) ? said : "process " + process;
    } catch (IOException e) {
      return "process " + process; // root's file
    }
  }
}
