// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repositories;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;

/**
 * A repository that is open. Thread-safe.
 *
 * @param name as the user calls it
 * @param keys of the repository
 * @param domainKeys of its domain
 * @param domain where its snapshots are
 */
public record OpenedRepository(
    String name, RepositoryKeys keys, DomainKeys domainKeys, Domain domain)
    implements AutoCloseable {
  /** The repository's id. */
  public String id() {
    return keys.repository();
  }

  /** Wipes the keys; the store stays open. */
  @Override
  public void close() {
    domainKeys.close();
    keys.close();
  }

  @Override
  public String toString() {
    return "repository " + name + " (" + id() + ")";
  }
}
