// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.unit.DataSize;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** A store that says that it copies little at once, so that small objects are copied by parts. */
final class SmallCopies extends ForwardingObjectStore {
  static final DataSize MOST = DataSize.ofMib(6);

  final AtomicInteger copied = new AtomicInteger();
  final AtomicInteger sent = new AtomicInteger();
  private final ObjectStore store;

  SmallCopies(ObjectStore store) {
    this.store = store;
  }

  @Override
  protected ObjectStore delegate() {
    return store;
  }

  @Override
  public StoreLimits limits() {
    StoreLimits all = store.limits();
    return new StoreLimits(
        all.maxPut(),
        all.minPart(),
        all.maxParts(),
        all.maxObject(),
        MOST,
        all.maxKeyBytes(),
        all.maxMetadata(),
        all.listPage(),
        all.deleteBatch());
  }

  @Override
  public CompletionStage<UploadPart> uploadPart(Upload upload, int number, ByteBuffer body) {
    sent.incrementAndGet();
    return store.uploadPart(upload, number, body);
  }

  @Override
  public CompletionStage<UploadPart> copyPart(
      Upload upload,
      int number,
      String source,
      Condition sourceCondition,
      long offset,
      long length) {
    copied.incrementAndGet();
    return store.copyPart(upload, number, source, sourceCondition, offset, length);
  }
}
