// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.sites.Export;
import io.kmesh.state.SqliteState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * The second site, a process of its own: {@code Burst WORK [TOKEN]}. It prints where it listens,
 * and runs until its standard input ends.
 */
public final class Burst {
  private Burst() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    Path work = Path.of(args[0]);
    Files.createDirectories(work.resolve("data"));
    try (SqliteState state = SqliteState.at(work.resolve("kmesh.db"));
        Kmesh kmesh =
            Kmesh.builder()
                .state(state)
                .flowFolder(work.resolve("flows"))
                .site(work.resolve("site"))
                .listen("127.0.0.1:0")
                .export(
                    new Export(
                        "data",
                        Endpoint.directory(work.resolve("data")),
                        Export.Access.READ_WRITE,
                        Set.of("lab")))
                .build()) {
      if (args.length > 1) {
        kmesh.sites().enrol(args[1]);
      }
      System.out.write(
          (kmesh.sites().listening().orElseThrow() + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
      while (System.in.read() >= 0) {
        // Until the first site is gone.
      }
    }
  }
}
