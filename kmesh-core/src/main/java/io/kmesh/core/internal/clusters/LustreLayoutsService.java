// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters;

import io.kmesh.engine.FileReceipts;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.Layouts;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LayoutSwap;
import io.kmesh.spi.lustre.LustreBinding;
import java.util.Optional;

/** Layouts over a binding. Thread-safe. */
final class LustreLayoutsService implements Layouts {
  private final LustreBinding lustre;
  private final FileReceipts receipts;

  LustreLayoutsService(LustreBinding lustre, FileReceipts receipts) {
    this.lustre = lustre;
    this.receipts = receipts;
  }

  @Override
  public Layout of(PathBytes path) {
    return ClusterPaths.read(() -> lustre.layouts().layout(fid(path)));
  }

  @Override
  public Fid create(PathBytes path, Layout layout) {
    return ClusterPaths.mutate(
        () -> lustre.layouts().createFile(ClusterPaths.normal(path), 0644, layout));
  }

  @Override
  public Optional<Layout> directoryDefault(PathBytes directory) {
    return ClusterPaths.read(() -> lustre.layouts().directoryDefault(fid(directory)));
  }

  @Override
  public void changeDirectoryDefault(PathBytes directory, Layout layout) {
    ClusterPaths.mutate(
        () -> {
          lustre.layouts().changeDirectoryDefault(fid(directory), layout);
          return layout;
        });
  }

  @Override
  public void migrate(PathBytes path, Layout layout) {
    ClusterPaths.mutate(
        () -> {
          Fid fid = fid(path);
          lustre.layouts().migrate(fid, layout);
          receipts.dataMoved(fid);
          return layout;
        });
  }

  @Override
  public void swap(PathBytes first, PathBytes second) {
    ClusterPaths.mutate(
        () -> {
          LayoutSwap swap = LayoutSwap.of(fid(first), fid(second)).underLease();
          lustre.layouts().swap(swap);
          return swap;
        });
  }

  private Fid fid(PathBytes path) {
    return ClusterPaths.read(() -> lustre.identity().fid(ClusterPaths.normal(path)));
  }
}
