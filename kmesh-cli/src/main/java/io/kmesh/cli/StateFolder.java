// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.nio.file.Path;
import java.util.Optional;

/** Where commands remember what outlives them. */
final class StateFolder {
  private StateFolder() {}

  /** A folder below KMESH_STATE, XDG_STATE_HOME or HOME; empty where none of these is set. */
  static Optional<Path> find(Surroundings around, String name) {
    return around
        .variable("KMESH_STATE")
        .map(Path::of)
        .or(() -> around.variable("XDG_STATE_HOME").map(d -> Path.of(d, "kmesh")))
        .or(() -> around.variable("HOME").map(d -> Path.of(d, ".local", "state", "kmesh")))
        .map(state -> state.resolve(name));
  }
}
