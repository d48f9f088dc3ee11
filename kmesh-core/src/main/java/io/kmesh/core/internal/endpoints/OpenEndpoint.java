// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import io.kmesh.Endpoint;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tree of an endpoint. Thread-safe.
 *
 * @param endpoint the endpoint
 * @param tree its root is the endpoint's directory
 * @param lustreOrNull the file system that it belongs to; null when it is no Lustre
 */
public record OpenEndpoint(Endpoint endpoint, PosixTree tree, @Nullable LustreBinding lustreOrNull)
    implements Closeable {
  /** The file system that it belongs to; empty when it is no Lustre. */
  public Optional<LustreBinding> lustre() {
    return Optional.ofNullable(lustreOrNull);
  }

  /** A directory below, in place of this. */
  OpenEndpoint below(PathBytes path) {
    return path.isEmpty()
        ? this
        : new OpenEndpoint(endpoint, new SubTree(tree, path, tree), lustreOrNull);
  }

  @Override
  public void close() throws IOException {
    tree.close();
  }
}
