// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.core.internal.repositories.NamedRepositories;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.snapshots.Caller;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What snapshots are made of.
 *
 * @param state where plans and policies are kept
 * @param repositories the repositories
 * @param endpoints opens trees
 * @param time the clock
 * @param host where this runs
 * @param quiesceHooks what brings writers to rest
 * @param starter starts operations
 */
public record SnapshotParts(
    StateStore state,
    NamedRepositories repositories,
    Endpoints endpoints,
    KmeshTime time,
    String host,
    List<QuiesceHook> quiesceHooks,
    TaskStarter starter) {
  private static final int WORKERS = 2;

  /** The snapshots of a repository. */
  SnapshotStore store(String repository) throws IOException {
    return store(repository, host);
  }

  /** The snapshots of a repository that someone may see; null for all of them. */
  SnapshotStore store(String repository, @Nullable Caller caller) throws IOException {
    SnapshotStore all = store(repository);
    return caller == null ? all : all.as(caller);
  }

  /** The snapshots of a repository, for who takes one of a host. */
  SnapshotStore store(String repository, String of) throws IOException {
    return new SnapshotStore(repositories.open(repository).domain(), time, of, WORKERS);
  }

  /** Where an endpoint is: a cluster is the same from every machine. */
  String host(Endpoint endpoint) {
    return Endpoints.cluster(endpoint).orElse(host);
  }

  /** The repository that is meant when none is named: the only one. */
  String only() {
    if (repositories.names().size() == 1) {
      return repositories.names().get(0);
    }
    throw new KmeshException(
        repositories.names().isEmpty() ? ErrorKind.NOT_FOUND : ErrorKind.INVALID,
        repositories.names().isEmpty()
            ? "Cannot use snapshots: this Kmesh knows no repository. Name one on the builder with"
                + " repository(..)."
            : "Cannot tell which repository is meant: this Kmesh knows "
                + repositories.names()
                + ". Name one.");
  }
}
