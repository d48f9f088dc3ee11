// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Shows a store whose lists have no metadata, as those of S3. */
final class BareLists extends ForwardingObjectStore {
  private final ObjectStore store;

  BareLists(ObjectStore store) {
    this.store = store;
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  @Override
  public CompletionStage<ListPage> list(ListRequest request) {
    return store.list(request).thenApply(BareLists::bare);
  }

  private static ListPage bare(ListPage page) {
    return new ListPage(
        page.objects().stream().map(BareLists::bare).toList(),
        page.nextAfterOrNull(),
        page.tokenOrNull());
  }

  private static ObjectInfo bare(ObjectInfo info) {
    return new ObjectInfo(
        info.key(), info.size(), info.etag(), null, info.lastModified(), Map.of(), null);
  }
}
