// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectVersion;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreUrl;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.store.VersionPage;
import io.kmesh.testkit.gcs.FakeGcs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What only Cloud Storage has, and how many requests calls take. */
class GcsStoreTest {
  private static final StorageClass NEARLINE = new StorageClass("NEARLINE");
  private FakeGcs gcs;
  private ObjectStore store;
  private BlockingObjectStore calls;

  @BeforeEach
  void start() throws IOException {
    gcs = FakeGcs.start().versionedBucket("bucket");
    store =
        GcsStore.builder("bucket")
            .endpoint(gcs.endpoint())
            .credentials(GcsCredentials.token(FakeGcs.TOKEN))
            .build();
    calls = store.blocking();
  }

  @AfterEach
  void stop() throws IOException {
    store.close();
    gcs.close();
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private ObjectInfo put(String key, String text) throws IOException {
    return calls.put(key, utf8(text), PutOptions.NONE);
  }

  private static String text(ByteBuffer data) {
    return StandardCharsets.UTF_8.decode(data).toString();
  }

  @Test
  void calls_takeTheRequestsThatTheirDesignSays() throws IOException {
    put("key", "text");
    calls.head("key");
    calls.read("key", 1, 2, Condition.none());
    calls.list(ListRequest.prefix(""));
    calls.copy("key", Condition.none(), "copy", PutOptions.NONE);
    calls.delete(List.of(DeleteTarget.of("key"), DeleteTarget.of("copy")));
    assertThat(gcs.requests())
        .isEqualTo(
            Map.of(
                "objects.insert",
                1L,
                "objects.get",
                1L,
                "xml.get",
                1L,
                "objects.list",
                1L,
                "objects.rewrite",
                1L,
                "objects.delete",
                2L));
  }

  @Test
  void copy_whenTheServiceTakesSeveralSteps_goesToItsEnd() throws IOException {
    gcs.bytesPerRewrite(1000);
    byte[] bytes = new byte[3500];
    calls.put("key", ByteBuffer.wrap(bytes), PutOptions.NONE);
    ObjectInfo copy = calls.copy("key", Condition.none(), "copy", PutOptions.NONE);
    assertThat(copy.size()).isEqualTo(3500);
    assertThat(gcs.requests("objects.rewrite")).isEqualTo(4);
  }

  @Test
  void storageClass_isKept_changed_andCopied_withMetadata() throws IOException {
    PutOptions options =
        PutOptions.NONE.withStorageClass(NEARLINE).withMetadata(Map.of("name", "value"));
    ObjectInfo put = calls.put("key", utf8("text"), options);
    assertThat(put.storage().orElseThrow().storageClass()).isEqualTo(NEARLINE);
    StorageClass cold = new StorageClass("COLDLINE");
    ObjectInfo moved =
        store
            .changeStorageClass("key", Condition.matches(put.etag()), cold)
            .toCompletableFuture()
            .join();
    assertThat(moved.storage().orElseThrow().storageClass()).isEqualTo(cold);
    assertThat(moved.metadata()).isEqualTo(put.metadata());
    assertThat(text(calls.read("key", 0, 9, Condition.none()).data())).isEqualTo("text");
    ObjectInfo copy =
        calls.copy("key", Condition.none(), "copy", PutOptions.NONE.withStorageClass(NEARLINE));
    assertThat(copy.storage().orElseThrow().storageClass()).isEqualTo(NEARLINE);
    assertThat(copy.metadata()).isEqualTo(put.metadata());
  }

  @Test
  void upload_ofAStorageClass_andOfManyParts_isWholeAndLeavesNothing() throws IOException {
    Upload upload =
        store.startUpload("key", Map.of("name", "value"), NEARLINE).toCompletableFuture().join();
    List<UploadPart> parts = new ArrayList<>();
    StringBuilder all = new StringBuilder();
    for (int i = 1; i <= 70; i++) {
      parts.add(calls.uploadPart(upload, i, utf8("part " + i + ".")));
      all.append("part ").append(i).append('.');
    }
    ObjectInfo info = calls.complete(upload, parts, PutOptions.NONE);
    assertThat(info.storage().orElseThrow().storageClass()).isEqualTo(NEARLINE);
    assertThat(info.metadata()).isEqualTo(Map.of("name", "value"));
    assertThat(text(calls.read("key", 0, 10_000, Condition.none()).data()))
        .isEqualTo(all.toString());
    assertThat(gcs.requests("objects.compose")).as("3 of 32, then one of 3").isEqualTo(4);
    assertThat(gcs.names("bucket")).containsExactly("key");
    assertThat(calls.listUploads("")).isEmpty();
  }

  @Test
  void partsOfOpenUploads_areHidden_onPagesOfAnySize() throws IOException {
    put("!first", "1");
    Upload upload = calls.startUpload("key", Map.of());
    for (int i = 1; i <= 9; i++) {
      calls.uploadPart(upload, i, utf8("part"));
    }
    put("last", "2");
    for (int limit : new int[] {1, 2, 3, 1000}) {
      List<String> keys = new ArrayList<>();
      ListRequest request = new ListRequest("", null, limit);
      while (true) {
        var page = calls.list(request);
        page.objects().forEach(o -> keys.add(o.key()));
        if (page.nextAfter().isEmpty()) {
          break;
        }
        assertThat(page.objects()).isNotEmpty();
        request = request.following(page);
      }
      assertThat(keys).as("pages of %d", limit).containsExactly("!first", "last");
    }
    var level = store.listLevel("", '/', 100, null).toCompletableFuture().join();
    assertThat(level.prefixes()).isEmpty();
    assertThat(level.objects()).hasSize(2);
  }

  @Test
  void versions_areListedNewestFirst_onPagesOfAnySize_andRead() throws IOException {
    List<String> expected = new ArrayList<>();
    for (String key : List.of("a", "b", "c")) {
      for (int i = 3; i >= 1; i--) {
        expected.add(key + i);
      }
      for (int i = 1; i <= 3; i++) {
        put(key, key + i);
      }
    }
    calls.delete(List.of(DeleteTarget.of("b")));
    for (int limit : new int[] {1, 2, 4, 9, 1000}) {
      List<ObjectVersion> all = new ArrayList<>();
      String next = null;
      do {
        VersionPage page = store.listVersions("", limit, next).toCompletableFuture().join();
        assertThat(page.versions().size()).isLessThanOrEqualTo(limit);
        all.addAll(page.versions());
        next = page.nextOrNull();
      } while (next != null);
      List<String> texts = new ArrayList<>();
      for (ObjectVersion version : all) {
        ObjectInfo info = version.info();
        texts.add(
            text(
                store
                    .readVersion(info.key(), info.versionIdOrNull(), 0, 10)
                    .toCompletableFuture()
                    .join()
                    .data()));
      }
      assertThat(texts).as("pages of %d", limit).isEqualTo(expected);
      assertThat(all.stream().filter(ObjectVersion::isLatest).map(v -> v.info().key()))
          .containsExactly("a", "c");
    }
  }

  @Test
  void provider_opensUrls_andRefusesWhatItDoesNotKnow() throws IOException {
    gcs.withoutAuthentication().requesterPaysBucket("payers");
    GcsStores stores = new GcsStores();
    String options =
        "?credentials=none&project=p&storage-class=NEARLINE&endpoint=" + gcs.endpoint();
    try (ObjectStore opened = stores.open(StoreUrl.parse("gs://payers/some/where" + options))) {
      ObjectInfo put = opened.blocking().put("key", utf8("x"), PutOptions.NONE);
      assertThat(put.key()).isEqualTo("key");
      assertThat(put.storage().orElseThrow().storageClass()).isEqualTo(NEARLINE);
      opened.blocking().startUpload("u", Map.of());
      assertThat(gcs.names("payers")).contains("some/where/key");
      assertThat(gcs.names("payers").get(0)).startsWith("some/where/.kmesh-uploads/open/");
    }
    for (String bad :
        List.of(
            "gs://bucket?nonsense=1",
            "gs://bucket?credentials=secret-word",
            "gs://bucket?endpoint=ftp://x",
            "gs://Bad!")) {
      assertThatThrownBy(() -> stores.open(StoreUrl.parse(bad)))
          .isInstanceOf(io.kmesh.spi.ProviderException.class)
          .hasMessageStartingWith("Cannot open gs://")
          .hasMessageNotContaining("secret-word");
    }
  }
}
