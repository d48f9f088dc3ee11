// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.snapshots.Manifest;
import io.kmesh.path.PathBytes;
import java.nio.file.Path;
import java.util.Optional;

/** What a snapshot was taken of, as an endpoint. */
final class SnapshotSource {
  private SnapshotSource() {}

  /**
   * The endpoint.
   *
   * @param host this machine
   * @return empty for one of another machine, and where the print does not tell the bytes
   */
  static Optional<Endpoint> of(Manifest snapshot, String host) {
    String source = snapshot.source();
    if (source.startsWith("/")) {
      return snapshot.host().equals(host)
          ? Optional.of(Endpoint.directory(Path.of(source)))
          : Optional.empty();
    }
    String mount = snapshot.host() + ":/";
    if (!source.startsWith(mount) || source.indexOf('\\') >= 0) {
      return Optional.empty(); // what is escaped in print can't be told from what is not
    }
    return Optional.of(
        new Endpoint.LustrePath(snapshot.host(), PathBytes.of(source.substring(mount.length()))));
  }
}
