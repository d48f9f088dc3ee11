// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorPlan;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;

/**
 * What an export or import would do: that itself, on a store that does nothing, without the bytes.
 */
public final class TreePlan {
  private final PlanStore store;
  private final MirrorSettings settings;
  private final TreeOptions options;

  /** A plan with the settings and options of the run. */
  public TreePlan(MirrorSettings settings, TreeOptions options) {
    this.store = new PlanStore(settings.store);
    this.settings = settings.over(store);
    this.options = options.plan();
  }

  /** Plans an import. */
  public MirrorPlan importTo(PosixTree tree, PathBytes path) throws IOException {
    return new MirrorPlan(new TreeImport(settings, options, tree, path).run(), store.requests());
  }

  /** Plans an export. */
  public MirrorPlan export(PosixTree tree, PathBytes path) throws IOException {
    return new MirrorPlan(new TreeExport(settings, options, tree, path).run(), store.requests());
  }
}
