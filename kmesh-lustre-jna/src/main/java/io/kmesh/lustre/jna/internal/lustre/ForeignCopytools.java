// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.jna.internal.host.HostFiles;
import io.kmesh.spi.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds copytools of others on a mount of this node. Lustre takes a second one on one mount and
 * sends every action to both; each of them would do it. A copytool holds the mount's {@code
 * .lustre/fid} open; a process that has JNA's library is one of Kmesh, which the lock keeps out.
 */
final class ForeignCopytools {
  private ForeignCopytools() {}

  /**
   * Refuses when there is one.
   *
   * @throws io.kmesh.spi.ProviderException EEXIST, naming the processes
   */
  static void refuse(LustreMount mount) throws IOException {
    List<String> found = find(mount);
    if (!found.isEmpty()) {
      throw LustreFailures.of(
          "register a copytool on",
          mount,
          Errno.EEXIST.code(),
          "a copytool that is not Kmesh's runs on this mount, and both would receive every"
              + " action: "
              + String.join(", ", found),
          "End it first.");
    }
  }

  static List<String> find(LustreMount mount) {
    String byFid = mount.directory().resolve(".lustre").resolve("fid").utf8().orElse("");
    String self = Long.toString(ProcessHandle.current().pid());
    List<String> found = new ArrayList<>();
    for (String process : HostFiles.names("/proc")) {
      boolean isProcess = process.chars().allMatch(c -> c >= '0' && c <= '9');
      if (isProcess && !process.equals(self) && holds(process, byFid) && !hasJna(process)) {
        found.add("process " + process + " (" + name(process) + ")");
      }
    }
    return found;
  }

  private static boolean holds(String process, String file) {
    String folder = "/proc/" + process + "/fd";
    return HostFiles.names(folder).stream()
        .anyMatch(fd -> HostFiles.link(folder + "/" + fd).filter(file::equals).isPresent());
  }

  private static boolean hasJna(String process) {
    return HostFiles.lines("/proc/" + process + "/maps").stream()
        .anyMatch(line -> line.contains("jna"));
  }

  private static String name(String process) {
    return HostFiles.lines("/proc/" + process + "/comm").stream().findFirst().orElse("?");
  }
}
