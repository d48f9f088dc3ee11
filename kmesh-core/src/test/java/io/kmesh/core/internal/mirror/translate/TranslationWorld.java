// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.translate.Convention.Written;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTranslation;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** A store with prefixes to translate; parts are small. */
final class TranslationWorld {
  static final int PART = 64 << 10;
  static final RetryPolicy RETRY = new RetryPolicy(4, Duration.ofMillis(1), Duration.ofMillis(2));

  final MemoryStore store = MemoryStore.create();

  MirrorTranslation translate(String prefix) {
    return translate(store, prefix);
  }

  static MirrorTranslation translate(ObjectStore store, String prefix) {
    return translate(store, prefix, ManualTime.skipping());
  }

  static MirrorTranslation translate(ObjectStore store, String prefix, KmeshTime time) {
    return MirrorTranslation.of(store, prefix, time)
        .budget(ByteBudget.of(DataSize.ofMib(1)))
        .partSize(DataSize.ofBytes(PART))
        .retry(RETRY)
        .threads(3);
  }

  void put(String prefix, Written object) throws IOException {
    put(prefix + object.key(), object.body(), object.metadata());
  }

  ObjectInfo put(String key, String body, Map<String, String> metadata) throws IOException {
    return put(store, key, body.getBytes(StandardCharsets.UTF_8), metadata);
  }

  static ObjectInfo put(ObjectStore store, String key, byte[] body, Map<String, String> metadata)
      throws IOException {
    return store
        .blocking()
        .put(key, ByteBuffer.wrap(body), new PutOptions(Condition.none(), metadata, null));
  }

  /** All objects below a prefix, without what differs from attempt to attempt. */
  Map<String, Written> bare(String prefix) throws IOException {
    return bare(store, prefix);
  }

  static Map<String, Written> bare(ObjectStore store, String prefix) throws IOException {
    Map<String, Written> all = new TreeMap<>();
    ListRequest request = ListRequest.prefix(prefix);
    while (true) {
      ListPage page = store.blocking().list(request);
      for (ObjectInfo info : page.objects()) {
        Map<String, String> metadata = new TreeMap<>(info.metadata());
        metadata.remove("kmesh-translated");
        metadata.remove("kmesh-attempt");
        all.put(info.key(), new Written(info.key(), body(store, info), metadata));
      }
      if (page.nextAfter().isEmpty()) {
        return all;
      }
      request = request.following(page);
    }
  }

  private static String body(ObjectStore store, ObjectInfo info) throws IOException {
    ByteBuffer data =
        store
            .blocking()
            .read(info.key(), 0, Math.max(1, (int) info.size()), Condition.none())
            .data();
    return StandardCharsets.ISO_8859_1.decode(data).toString();
  }
}
