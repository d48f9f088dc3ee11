// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.gcs.FakeGcs;
import io.kmesh.testkit.gcs.GcsFault;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong, each with its kind, the store, the key and the request; each sent once. */
class GcsStoreFailuresTest {
  private FakeGcs gcs;
  private ObjectStore store;
  private BlockingObjectStore calls;

  private interface Call {
    void run() throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    gcs = FakeGcs.start().bucket("bucket");
    store = store("bucket", FakeGcs.TOKEN);
    calls = store.blocking();
  }

  @AfterEach
  void stop() throws IOException {
    store.close();
    gcs.close();
  }

  private ObjectStore store(String bucket, String token) {
    return GcsStore.builder(bucket)
        .endpoint(gcs.endpoint())
        .credentials(GcsCredentials.token(token))
        .build();
  }

  private ProviderException fails(ErrorKind kind, String key, Call call) {
    ProviderException e = catchThrowableOfType(ProviderException.class, call::run);
    assertThat(e).as("a failure").isNotNull();
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
    assertThat(e).hasMessageStartingWith("Cannot ").hasMessageContaining(key);
    assertThat(e).hasMessageContaining("gs://");
    return e;
  }

  private void put(String key) throws IOException {
    calls.put(key, ByteBuffer.wrap(new byte[1000]), PutOptions.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "500, UNKNOWN_OUTCOME, TRANSIENT",
    "502, UNKNOWN_OUTCOME, TRANSIENT",
    "503, UNKNOWN_OUTCOME, TRANSIENT",
    "504, UNKNOWN_OUTCOME, TRANSIENT",
    "408, UNKNOWN_OUTCOME, TRANSIENT",
    "429, THROTTLED, THROTTLED",
    "403, DENIED, DENIED",
    "401, EXPIRED, EXPIRED",
  })
  void status_isAKind_andNothingIsSentTwice(int status, ErrorKind mutation, ErrorKind read)
      throws IOException {
    put("key");
    gcs.fail(GcsFault.status("objects.insert", status));
    gcs.fail(GcsFault.status("xml.get", status));
    gcs.fail(GcsFault.status("objects.get", status));
    gcs.fail(GcsFault.status("objects.list", status));
    gcs.fail(GcsFault.status("objects.rewrite", status));
    assertThat(fails(mutation, "other", () -> put("other")).requestId()).isPresent();
    fails(read, "key", () -> calls.read("key", 0, 10, Condition.none()));
    fails(read, "key", () -> calls.head("key"));
    fails(read, "gs://bucket", () -> calls.list(io.kmesh.spi.store.ListRequest.prefix("")));
    fails(mutation, "key", () -> calls.copy("key", Condition.none(), "other", PutOptions.NONE));
    assertThat(gcs.requests())
        .isEqualTo(
            Map.of(
                "objects.insert",
                2L,
                "xml.get",
                1L,
                "objects.get",
                1L,
                "objects.list",
                1L,
                "objects.rewrite",
                1L));
    assertThat(gcs.names("bucket")).containsExactly("key");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 7})
  void retryAfter_isTold_andNotFollowed(long seconds) throws IOException {
    put("key");
    Duration wait = Duration.ofSeconds(seconds);
    gcs.fail(GcsFault.status("xml.get", 503, wait));
    ProviderException e =
        fails(ErrorKind.THROTTLED, "key", () -> calls.read("key", 0, 1, Condition.none()));
    assertThat(e.retryAfter()).contains(wait);
    assertThat(gcs.requests("xml.get")).isEqualTo(1);
    gcs.fail(GcsFault.status("objects.insert", 503, wait));
    fails(ErrorKind.THROTTLED, "other", () -> put("other"));
    assertThat(gcs.requests("objects.insert")).isEqualTo(2);
  }

  @Test
  void lostReply_ofAMutation_isUnknownAndMayHaveHappened() throws IOException {
    put("key");
    gcs.fail(GcsFault.of("objects.insert", GcsFault.Kind.LOSE_REPLY));
    fails(ErrorKind.UNKNOWN_OUTCOME, "lost", () -> put("lost"));
    assertThat(gcs.names("bucket")).containsExactly("key", "lost");
    assertThat(gcs.requests("objects.insert")).isEqualTo(2);
    gcs.fail(GcsFault.of("objects.delete", GcsFault.Kind.LOSE_REPLY));
    DeleteOutcome outcome = calls.delete(List.of(DeleteTarget.of("key"))).get(0);
    assertThat(outcome.error()).contains(ErrorKind.UNKNOWN_OUTCOME);
    assertThat(gcs.requests("objects.delete")).isEqualTo(1);
    gcs.fail(GcsFault.of("xml.get", GcsFault.Kind.LOSE_REPLY));
    fails(ErrorKind.TRANSIENT, "lost", () -> calls.read("lost", 0, 1, Condition.none()));
    assertThat(gcs.requests("xml.get")).isEqualTo(1);
  }

  @Test
  void truncatedBody_isNoShortRead() throws IOException {
    put("key");
    gcs.fail(GcsFault.of("xml.get", GcsFault.Kind.TRUNCATE));
    fails(ErrorKind.TRANSIENT, "key", () -> calls.read("key", 0, 1000, Condition.none()));
    gcs.fail(GcsFault.of("objects.insert", GcsFault.Kind.TRUNCATE));
    fails(ErrorKind.UNKNOWN_OUTCOME, "other", () -> put("other"));
  }

  @Test
  void damageOnTheWay_isFound() throws IOException {
    put("key");
    gcs.fail(GcsFault.of("objects.insert", GcsFault.Kind.CORRUPT_REQUEST));
    ProviderException e = fails(ErrorKind.CORRUPT, "bad", () -> put("bad"));
    assertThat(e.requestId()).isPresent();
    gcs.fail(GcsFault.of("xml.get", GcsFault.Kind.CORRUPT_REPLY));
    e = fails(ErrorKind.CORRUPT, "key", () -> calls.read("key", 0, 1000, Condition.none()));
    assertThat(e.requestId()).isPresent();
    assertThat(gcs.names("bucket")).containsExactly("key");
  }

  @Test
  void missingBucket_isInvalid_andNoSuccessfulDelete() throws IOException {
    try (ObjectStore other = store("nowhere", FakeGcs.TOKEN)) {
      BlockingObjectStore none = other.blocking();
      fails(ErrorKind.INVALID, "bucket does not exist", () -> none.head("key"));
      fails(
          ErrorKind.INVALID,
          "gs://nowhere",
          () -> none.put("key", ByteBuffer.allocate(1), PutOptions.NONE));
      DeleteOutcome outcome = none.delete(List.of(DeleteTarget.of("key"))).get(0);
      assertThat(outcome.error()).contains(ErrorKind.INVALID);
      assertThat(outcome.message()).contains("key", "gs://nowhere");
    }
  }

  @Test
  void wrongToken_isExpired_forbidden_isDenied() throws IOException {
    try (ObjectStore other = store("bucket", "ya29.secret-and-wrong")) {
      ProviderException e = fails(ErrorKind.EXPIRED, "key", () -> other.blocking().head("key"));
      assertThat(e).hasMessageNotContaining("ya29");
    }
    gcs.forbidAll();
    fails(ErrorKind.DENIED, "key", () -> calls.head("key"));
  }

  @Test
  void nobodyListens_nothingWasSent() throws IOException {
    try (ObjectStore other =
        GcsStore.builder("bucket")
            .endpoint(URI.create("http://127.0.0.1:1"))
            .credentials(GcsCredentials.none())
            .build()) {
      fails(
          ErrorKind.TRANSIENT,
          "key",
          () -> other.blocking().put("key", ByteBuffer.allocate(1), PutOptions.NONE));
    }
  }

  @Test
  void keysAndMetadataThatTheServiceRefuses_areRefusedHere() {
    for (String key :
        List.of(
            ".",
            "..",
            "a\nb",
            "a\rb",
            ".well-known/acme-challenge/x",
            ".kmesh-uploads/open/x",
            "k".repeat(1025))) {
      fails(ErrorKind.INVALID, key, () -> put(key));
      fails(ErrorKind.INVALID, key, () -> calls.head(key));
    }
    for (String value : List.of("a\u0001b", "a\nb", "a\u0000b", " a", "a ")) {
      PutOptions options = PutOptions.NONE.withMetadata(Map.of("name", value));
      fails(ErrorKind.INVALID, "key", () -> calls.put("key", ByteBuffer.allocate(1), options));
    }
    assertThat(gcs.requests()).isEmpty();
  }

  @Test
  void etagThatIsNoGeneration_isAPrecondition_notAnAbsentObject() {
    for (String etag : List.of("0", "-1", "abc", "")) {
      PutOptions options = PutOptions.NONE.withCondition(Condition.matches(etag));
      fails(ErrorKind.PRECONDITION, "key", () -> calls.put("key", ByteBuffer.allocate(1), options));
    }
    assertThat(gcs.names("bucket")).isEmpty();
  }

  @Test
  void closed_refuses() throws IOException {
    store.close();
    fails(ErrorKind.INVALID, "key", () -> calls.head("key"));
  }
}
