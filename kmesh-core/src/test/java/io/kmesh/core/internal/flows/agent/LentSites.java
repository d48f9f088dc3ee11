// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.flows.DataFlow;
import io.kmesh.sites.Export;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Two sites, of which burst holds the caches of flows that lab makes. */
final class LentSites {
  private LentSites() {}

  /**
   * Opens them.
   *
   * @param lenders the sites whose caches burst holds
   * @param isExported whether it does, asked at each opening
   */
  static TwoSites open(Path dir, Set<String> lenders, BooleanSupplier isExported)
      throws IOException {
    Path caches = Files.createDirectories(dir.resolve("caches"));
    return new TwoSites(
        dir,
        builder -> {},
        builder -> {
          if (isExported.getAsBoolean()) {
            builder.export(
                new Export("caches", Endpoint.directory(caches), Export.Access.CACHE, lenders));
          }
        });
  }

  /** The flow of lab whose cache burst holds; made when there is none. */
  static DataFlow flow(TwoSites sites, Duration scanPause) {
    return sites
        .lab
        .dataFlows()
        .ensure(
            "job42",
            f ->
                f.from(Endpoint.directory(sites.here))
                    .to(Endpoint.at("burst", "caches/job42"))
                    .access()
                    .scanPause(scanPause));
  }

  /** The same flow at burst. */
  static DataFlow held(Kmesh burst) {
    return burst.dataFlows().find("job42@lab").orElseThrow();
  }

  /** The tree that burst shows. */
  static Path top(TwoSites sites) {
    return held(sites.burst).fileSystem().getPath("/");
  }

  /** Burst ends, and the next process listens where it did. */
  static void reopenBurst(TwoSites sites) {
    String address = sites.burst.sites().listening().orElseThrow();
    sites.burst.close();
    sites.burst = sites.openBurst(address);
  }

  /** Lab ends, and the next process goes on. */
  static void reopenLab(TwoSites sites) {
    sites.lab.close();
    sites.lab = sites.openLab();
  }
}
