// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.flows.base.BaseFiles;
import io.kmesh.core.internal.objecttree.ObjectTree;
import io.kmesh.core.internal.objecttree.ObjectTreeSettings;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** Opens prefixes of object stores as the trees of flows' ends. Thread-safe. */
public final class PrefixTrees {
  private final Function<String, Optional<ObjectStore>> stores;
  private final KmeshTime time;

  /** Opens prefixes of the stores that have a name. */
  public PrefixTrees(Function<String, Optional<ObjectStore>> stores, KmeshTime time) {
    this.stores = stores;
    this.time = time;
  }

  /** Whether this process can open a prefix: its store was named. */
  boolean isReachable(Endpoint.ObjectPrefix prefix) {
    return stores.apply(prefix.store()).isPresent();
  }

  /**
   * Opens a prefix.
   *
   * @param base the file of the end's base: what is known of the prefix is beside it
   * @throws ProviderException NOT_FOUND when there is no store of that name
   */
  OpenEndpoint open(Endpoint.ObjectPrefix prefix, Path base) throws IOException {
    ObjectStore store =
        stores
            .apply(prefix.store())
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.NOT_FOUND,
                        "Cannot open "
                            + prefix
                            + ": this process has no store \""
                            + prefix.store()
                            + "\". Name it by store(..) on the builder, or kmesh agent --store "
                            + prefix.store()
                            + "=URL."));
    Path index = base.resolveSibling(base.getFileName() + ".objects");
    ObjectTree tree =
        ObjectTree.open(
            BaseFiles.open(index, time), ObjectTreeSettings.of(store, prefix.prefix(), time));
    return new OpenEndpoint(prefix, tree, null);
  }
}
