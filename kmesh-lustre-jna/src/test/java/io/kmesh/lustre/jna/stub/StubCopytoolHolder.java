// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import io.kmesh.spi.lustre.LustreBinding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/**
 * A process that is the copytool of the stub's client until it is killed; for {@link
 * StubCopytoolKillChecks}.
 */
final class StubCopytoolHolder {
  private StubCopytoolHolder() {}

  /**
   * Registers, starts a process of its own that outlives it, prints that one's id, and holds the
   * registration until its input ends.
   *
   * @param arguments the path of an empty directory
   */
  public static void main(String[] arguments) throws IOException {
    LustreBinding lustre = new StubMount().open(Path.of(arguments[0]));
    lustre.copytools().register(Set.of());
    Process child = new ProcessBuilder("sleep", "1000").start();
    System.out.println(child.pid());
    System.out.flush();
    while (System.in.read() >= 0) {
      continue; // nothing is said there
    }
  }
}
