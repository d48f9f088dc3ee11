// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.spi.store.ObjectStore;
import java.util.List;
import java.util.Optional;

/** The object stores of a Kmesh by name. Thread-safe. */
public interface Stores {
  /** The names. */
  List<String> names();

  /** The store of a name. */
  Optional<ObjectStore> find(String name);

  /** The HSM archive id under which a copytool serves the store; empty for an unknown name. */
  Optional<ArchiveId> archiveId(String name);
}
