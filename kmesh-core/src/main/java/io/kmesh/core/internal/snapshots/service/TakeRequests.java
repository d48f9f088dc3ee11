// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.snapshots.ChangelogSource;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.snapshots.LustreGate;
import io.kmesh.core.internal.snapshots.PathGlob;
import io.kmesh.core.internal.snapshots.PosixGate;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.path.PathBytes;
import io.kmesh.snapshots.SnapshotSpec;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.PosixTree;
import java.util.Optional;

/** What a specification asks the engine to take. */
final class TakeRequests {
  private TakeRequests() {}

  static SnapshotStore.Request of(String name, SnapshotSpec spec, OpenEndpoint source) {
    PosixTree tree = source.tree();
    PathBytes path = PathBytes.EMPTY;
    Optional<ChangelogSource> changelog = Optional.empty();
    if (!spec.changelogUsers().isEmpty()) {
      // Records speak of paths of the whole file system.
      LustreBinding lustre = source.lustre().orElseThrow();
      requireChangelogs(spec.source(), lustre);
      tree = lustre.tree();
      path = ((Endpoint.LustrePath) spec.source()).path();
      changelog = Optional.of(new ChangelogSource(lustre, spec.changelogUsers()));
    }
    ContentGate gate = source.lustre().<ContentGate>map(LustreGate::new).orElseGet(PosixGate::new);
    return new SnapshotStore.Request(
        tree,
        path,
        name,
        spec.source().toString(),
        spec.tags(),
        gate,
        spec.reading() == SnapshotSpec.Reading.EVERYTHING,
        spec.excludes().stream().map(PathGlob::of).toList(),
        spec.access(),
        changelog);
  }

  private static void requireChangelogs(Endpoint source, LustreBinding lustre) {
    if (!lustre.capabilities().contains(LustreCapability.CHANGELOGS)) {
      throw new UnsupportedCapabilityException(
          LustreCapability.CHANGELOGS.name(),
          "Cannot take a snapshot of "
              + source
              + " by changelog: "
              + lustre.description()
              + " can't read changelogs. Run it with the privilege for that, or name no changelog"
              + " user.");
    }
  }
}
