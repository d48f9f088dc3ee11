// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import static io.kmesh.cloud.azure.Stages.done;
import static io.kmesh.cloud.azure.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.sas.BlobContainerSasPermission;
import com.azure.storage.blob.sas.BlobServiceSasSignatureValues;
import com.azure.storage.common.StorageSharedKeyCredential;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Availability;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.RestoreRequest;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What only Azure has, and what a call costs, on Azurite. */
@Tag("servers")
class AzuriteTest {
  private Azurite azurite;
  private String container;

  @BeforeEach
  void create() {
    azurite = Azurite.running();
    container = azurite.createContainer();
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  @Test
  void metadata_isSeenByOthersUnderTheNamesOfTheirTools() throws IOException {
    Map<String, String> metadata =
        Map.of("owner", "1000", "hdi_isfolder", "true", "kmesh-attempt", "7", "empty", "");
    try (ObjectStore store = azurite.store(container)) {
      done(store.put("k", utf8("x"), PutOptions.NONE.withMetadata(metadata)));
      Upload upload = done(store.startUpload("u", metadata));
      UploadPart part = done(store.uploadPart(upload, 1, utf8("x")));
      done(store.complete(upload, List.of(part), PutOptions.NONE));
      done(store.copy("k", Condition.none(), "c", PutOptions.NONE.withMetadata(metadata)));
      for (String key : List.of("k", "u", "c")) {
        BlobProperties seen =
            azurite.client(container).getBlobAsyncClient(key).getProperties().block();
        Map<String, String> names = new TreeMap<>(seen.getMetadata());
        assertThat(names)
            .as(key)
            .isEqualTo(
                Map.of(
                    "owner",
                    "1000",
                    "hdi_isfolder",
                    "true",
                    "kmesh__2dattempt",
                    "7",
                    "empty",
                    "\"\""));
        assertThat(done(store.head(key)).metadata()).isEqualTo(metadata);
      }
      assertThat(done(store.list(ListRequest.prefix(""))).objects())
          .allMatch(o -> o.metadata().equals(metadata));
    }
  }

  @Test
  void tiers_areWrittenChangedAndRestored() throws IOException {
    StorageClass cool = new StorageClass("Cool");
    StorageClass archive = new StorageClass("Archive");
    try (ObjectStore store = azurite.store(container)) {
      done(store.put("k", utf8("cold bytes"), PutOptions.NONE.withStorageClass(cool)));
      ObjectInfo put = done(store.head("k"));
      assertThat(put.storage().orElseThrow().storageClass()).isEqualTo(cool);
      assertThat(failure(store.changeStorageClass("k", Condition.matches("0x0"), archive)).kind())
          .isEqualTo(ErrorKind.PRECONDITION);
      ObjectInfo moved =
          done(store.changeStorageClass("k", Condition.matches(put.etag()), archive));
      assertThat(moved.storage().orElseThrow().availability()).isEqualTo(Availability.ARCHIVED);
      assertThat(failure(store.read("k", 0, 4, Condition.none())).kind())
          .isEqualTo(ErrorKind.ARCHIVED);
      RestoreRequest request = new RestoreRequest(Duration.ofDays(1), RestoreRequest.Speed.FASTEST);
      done(store.restore("k", request));
      done(store.restore("k", request));
      assertThat(text(done(store.read("k", 0, 100, Condition.none())).data()))
          .isEqualTo("cold bytes");
      Upload upload = done(store.startUpload("u", Map.of("a", "b"), cool));
      UploadPart part = done(store.uploadPart(upload, 1, utf8("x")));
      done(store.complete(upload, List.of(part), PutOptions.NONE));
      assertThat(done(store.head("u")).storage().orElseThrow().storageClass()).isEqualTo(cool);
    }
  }

  @Test
  void signatureOfTheContainer_doesAllCalls() throws IOException {
    BlobContainerSasPermission all = BlobContainerSasPermission.parse("racwdl");
    String sas =
        azurite
            .client(container)
            .generateSas(
                new BlobServiceSasSignatureValues(
                    OffsetDateTime.now(ZoneOffset.UTC).plusHours(1), all));
    try (ObjectStore store =
        BlobStore.builder(container)
            .endpoint(azurite.endpoint())
            .credentials(BlobCredentials.sharedAccessSignature(sas))
            .build()) {
      done(store.put("a b", utf8("x"), PutOptions.NONE));
      done(store.copy("a b", Condition.none(), "c", PutOptions.NONE));
      Upload upload = done(store.startUpload("u", Map.of()));
      UploadPart part = done(store.uploadPart(upload, 1, utf8("x")));
      done(store.complete(upload, List.of(part), PutOptions.NONE));
      assertThat(done(store.list(ListRequest.prefix(""))).objects()).hasSize(3);
      assertThat(done(store.delete(List.of(DeleteTarget.of("c")))).get(0).error()).isEmpty();
    }
    String expired =
        azurite
            .client(container)
            .generateSas(
                new BlobServiceSasSignatureValues(
                    OffsetDateTime.now(ZoneOffset.UTC).minusHours(1), all));
    try (ObjectStore store =
        BlobStore.builder(container)
            .endpoint(azurite.endpoint())
            .credentials(BlobCredentials.sharedAccessSignature(expired))
            .build()) {
      assertThat(failure(store.put("k", utf8("x"), PutOptions.NONE)).kind())
          .isIn(ErrorKind.EXPIRED, ErrorKind.DENIED);
    }
  }

  @Test
  void wrongKey_andMissingContainer_areTold() throws IOException {
    try (ObjectStore store =
        BlobStore.builder(container)
            .endpoint(azurite.endpoint())
            .credentials(BlobCredentials.sharedKey(Azurite.ACCOUNT, "d3Jvbmc="))
            .build()) {
      assertThat(failure(store.put("k", utf8("x"), PutOptions.NONE)).kind())
          .isEqualTo(ErrorKind.DENIED);
    }
    try (ObjectStore store = azurite.store("kmesh-none")) {
      assertThat(failure(store.head("k")).kind()).isEqualTo(ErrorKind.INVALID);
      assertThat(failure(store.list(ListRequest.prefix(""))))
          .hasMessageContaining("ContainerNotFound");
    }
  }

  @Test
  void uploadsOfOneKey_thatAnotherEnds_areGone() throws IOException {
    try (ObjectStore store = azurite.store(container);
        ObjectStore other = azurite.store(container)) {
      done(store.put("k", utf8("old"), PutOptions.NONE));
      Map<String, String> large = new TreeMap<>();
      for (int i = 0; i < 40; i++) {
        large.put("kmesh-" + i, Integer.toHexString(i * 0x9e3779b9).repeat(3));
      }
      Upload one = done(store.startUpload("k", large));
      Upload two = done(store.startUpload("k", Map.of()));
      UploadPart partOfOne = done(store.uploadPart(one, 1, utf8("one")));
      UploadPart partOfTwo = done(store.uploadPart(two, 1, utf8("two")));
      assertThat(done(other.listUploads("k"))).containsExactlyInAnyOrder(one, two);
      assertThat(done(other.listParts(one))).containsExactly(partOfOne);
      done(other.complete(one, List.of(partOfOne), PutOptions.NONE));
      assertThat(done(store.head("k")).metadata()).isEqualTo(large);
      assertThat(failure(store.complete(two, List.of(partOfTwo), PutOptions.NONE)).kind())
          .isEqualTo(ErrorKind.NOT_FOUND);
      assertThat(done(store.listUploads("k"))).isEmpty();
    }
  }

  @Test
  void calls_costTheRequestsThatAreDescribed() throws IOException {
    List<String> requests = new CopyOnWriteArrayList<>();
    HttpPipelinePolicy counter =
        (call, next) -> {
          requests.add(call.getHttpRequest().getHttpMethod().toString());
          return next.process();
        };
    BlobContainerAsyncClient client =
        new BlobContainerClientBuilder()
            .endpoint(azurite.endpoint().toString())
            .credential(new StorageSharedKeyCredential(Azurite.ACCOUNT, Azurite.KEY))
            .containerName(container)
            .addPolicy(counter)
            .buildAsyncClient();
    try (ObjectStore store = BlobStore.of(client)) {
      for (int i = 0; i < 7; i++) {
        done(store.put("k" + i, utf8("x"), PutOptions.NONE));
      }
      assertThat(taken(requests)).isEqualTo(7);
      done(store.head("k1"));
      done(store.read("k1", 0, 100, Condition.none()));
      assertThat(taken(requests)).isEqualTo(2);
      ListPage page = done(store.list(new ListRequest("", null, 3)));
      assertThat(taken(requests)).isEqualTo(1);
      done(store.list(new ListRequest("", null, 3).following(page)));
      done(store.listLevel("", '/', 3, null));
      assertThat(taken(requests)).isEqualTo(2);
      Upload upload = done(store.startUpload("u", Map.of()));
      assertThat(taken(requests)).isEqualTo(1);
      List<UploadPart> parts = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        parts.add(done(store.uploadPart(upload, i, utf8("part"))));
      }
      assertThat(taken(requests)).isEqualTo(3);
      done(store.complete(upload, parts, PutOptions.NONE));
      assertThat(taken(requests)).isEqualTo(2);
      done(store.copy("u", Condition.none(), "c", PutOptions.NONE));
      assertThat(taken(requests)).isEqualTo(2);
      done(store.delete(List.of(DeleteTarget.of("u"), DeleteTarget.of("c"))));
      assertThat(taken(requests)).isEqualTo(2);
    }
  }

  private static int taken(List<String> requests) {
    int count = requests.size();
    requests.clear();
    return count;
  }
}
