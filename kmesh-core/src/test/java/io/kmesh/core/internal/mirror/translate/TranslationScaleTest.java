// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A prefix of many objects, which are nowhere, so that all memory is that of the translation: a
 * million passes in a heap of 40 MiB.
 */
@Tag("scale")
class TranslationScaleTest {
  private static final int OBJECTS = Integer.getInteger("kmesh.scale.objects", 200_000);

  /** Objects that are made when they are asked for. */
  private static final class Endless extends ForwardingObjectStore {
    private final ObjectStore store = MemoryStore.create();
    private final LongAdder copies = new LongAdder();

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    private static ObjectInfo info(String key, Map<String, String> metadata) {
      return new ObjectInfo(key, 10, "e", null, Instant.EPOCH, metadata, null);
    }

    @Override
    public CompletionStage<ListPage> list(ListRequest request) {
      String after = request.afterOrNull();
      int first = after == null ? 0 : Integer.parseInt(after.substring(2)) + 1;
      List<ObjectInfo> page = new ArrayList<>();
      for (int i = first; i < Math.min(OBJECTS, first + 1000); i++) {
        page.add(info(String.format(Locale.ROOT, "a/%08d", i), Map.of()));
      }
      boolean isLast = first + 1000 >= OBJECTS;
      return CompletableFuture.completedFuture(
          new ListPage(page, isLast ? null : page.get(page.size() - 1).key()));
    }

    @Override
    public CompletionStage<ObjectInfo> head(String key) {
      return key.startsWith("a/")
          ? CompletableFuture.completedFuture(
              info(key, Map.of("mode", "33188", "uid", "5", "mtime", "1700000000.5")))
          : CompletableFuture.failedFuture(
              new ProviderException(ErrorKind.NOT_FOUND, "Cannot head " + key + ": gone."));
    }

    @Override
    public CompletionStage<ObjectInfo> copy(
        String source, Condition sourceCondition, String target, PutOptions options) {
      copies.increment();
      return CompletableFuture.completedFuture(info(target, options.metadata()));
    }
  }

  @Test
  void manyObjects_areTranslated_withThreeRequestsEach() throws IOException {
    Endless store = new Endless();
    MirrorTranslationReport report =
        TranslationWorld.translate(store, "a/").to(store, "b/").run(MirrorDialect.GOOGLE);
    assertThat(report.failed()).isEmpty();
    assertThat(report.copied()).isEqualTo(OBJECTS);
    assertThat(store.copies.sum()).isEqualTo(OBJECTS);
    assertThat(report.losses()).isEqualTo(Map.of("mtime-fraction", (long) OBJECTS));
    assertThat(report.requests()).isEqualTo(3L * OBJECTS + (OBJECTS + 999) / 1000);
  }
}
