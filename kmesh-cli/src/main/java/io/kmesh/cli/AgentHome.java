// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.Kmesh;
import io.kmesh.spi.state.StateStore;
import io.kmesh.state.SqliteState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a site: its state, its identity, and what its flows know. One process at a time has
 * it open.
 */
final class AgentHome {
  private final Path folder;

  private AgentHome(Path folder) {
    this.folder = folder;
  }

  /** The one that was given, else KMESH_HOME, else {@code ~/.kmesh}. */
  static AgentHome find(@Nullable Path given, Surroundings surroundings) {
    if (given != null) {
      return new AgentHome(given.toAbsolutePath());
    }
    return new AgentHome(
        surroundings
            .variable("KMESH_HOME")
            .map(Path::of)
            .orElseGet(() -> Path.of(surroundings.variable("HOME").orElse("."), ".kmesh"))
            .toAbsolutePath());
  }

  Path folder() {
    return folder;
  }

  /** Where a running agent is asked. */
  Path socket() {
    return folder.resolve("agent.sock");
  }

  /** Whether a site was ever made here. */
  boolean isThere() {
    return Files.isDirectory(folder);
  }

  private void make() throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** A Kmesh of this home, and its state, which is closed behind it. */
  record Opened(Kmesh kmesh, StateStore state) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try {
        kmesh.close();
      } finally {
        state.close();
      }
    }
  }

  /** What is set before a Kmesh is opened. */
  @FunctionalInterface
  interface Settings {
    /** Sets it. */
    void set(Kmesh.Builder builder);
  }

  Opened open(Settings settings) throws IOException {
    make();
    StateStore state = SqliteState.at(folder.resolve("state.db"));
    try {
      Kmesh.Builder builder =
          Kmesh.builder()
              .state(state)
              .flowFolder(folder.resolve("flows"))
              .site(folder.resolve("site"));
      settings.set(builder);
      return new Opened(builder.build(), state);
    } catch (RuntimeException e) {
      state.close();
      throw e;
    }
  }
}
