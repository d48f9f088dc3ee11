// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.flows.base.BaseFiles;
import io.kmesh.core.internal.objecttree.ObjectTree;
import io.kmesh.core.internal.objecttree.ObjectTreeSettings;
import io.kmesh.core.internal.objecttree.PullReport;
import io.kmesh.core.internal.posix.SortSpace;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.PosixTrees;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.PosixDirectory;
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
   * Opens a prefix. One to which a flow places is listed first when nothing is known of it yet, so
   * that what is there already is not sent.
   *
   * @param plan of the end: what is known of the prefix is beside its base
   * @param check asked before each request that is made again
   * @throws ProviderException NOT_FOUND when there is no store of that name, UNSUPPORTED for one
   *     that lacks what is needed
   */
  public OpenEndpoint open(Endpoint.ObjectPrefix prefix, EndPlan plan, Retrier.Check check)
      throws IOException {
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
    boolean isTarget = plan.role() == EndPlan.Role.TARGET;
    Path spool = beside(plan.file(), ".spool");
    if (isTarget) {
      BaseFiles.make(spool);
    }
    ObjectTree tree =
        ObjectTree.open(
            BaseFiles.open(beside(plan.file(), ".objects"), time),
            isTarget ? PosixTrees.open(spool) : null,
            ObjectTreeSettings.of(store, prefix.prefix(), time)
                .sortingIn(SortSpace.in(beside(plan.file(), ".sort"))));
    try {
      if (isTarget && isEmpty(tree)) {
        PullReport unused = tree.pull(check);
      }
      return new OpenEndpoint(prefix, tree, null);
    } catch (IOException | RuntimeException e) {
      tree.close();
      throw e;
    }
  }

  private static Path beside(Path base, String end) {
    return base.resolveSibling(base.getFileName() + end);
  }

  private static boolean isEmpty(ObjectTree tree) throws IOException {
    try (PosixDirectory root = tree.openRoot();
        DirectoryCursor entries = root.entries()) {
      return entries.next().isEmpty();
    }
  }
}
