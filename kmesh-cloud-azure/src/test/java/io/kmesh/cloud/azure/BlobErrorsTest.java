// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import static io.kmesh.cloud.azure.Stages.done;
import static io.kmesh.cloud.azure.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Azure's answers mean, each with the store, the key and the request's id. */
class BlobErrorsTest {
  private static final String KEY = "dir/the key";

  private static ByteBuffer body() {
    return ByteBuffer.wrap("body".getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "400, InvalidMetadata, INVALID, INVALID",
    "400, Md5Mismatch, CORRUPT, CORRUPT",
    "401, InvalidAuthenticationInfo, DENIED, DENIED",
    "403, AuthenticationFailed, DENIED, DENIED",
    "403, AuthorizationPermissionMismatch, DENIED, DENIED",
    "404, BlobNotFound, NOT_FOUND, NOT_FOUND",
    "404, ContainerNotFound, INVALID, INVALID",
    "409, BlobAlreadyExists, PRECONDITION, PRECONDITION",
    "409, BlobArchived, ARCHIVED, ARCHIVED",
    "409, BlobBeingRehydrated, ARCHIVED, ARCHIVED",
    "409, ContainerBeingDeleted, TRANSIENT, TRANSIENT",
    "409, SnapshotsPresent, INVALID, INVALID",
    "412, ConditionNotMet, PRECONDITION, PRECONDITION",
    "412, LeaseIdMissing, DENIED, DENIED",
    "413, RequestBodyTooLarge, INVALID, INVALID",
    "429, TooManyRequests, THROTTLED, THROTTLED",
    "500, InternalError, UNKNOWN_OUTCOME, TRANSIENT",
    "500, OperationTimedOut, UNKNOWN_OUTCOME, TRANSIENT",
    "502, BadGateway, UNKNOWN_OUTCOME, TRANSIENT",
    "503, ServerBusy, THROTTLED, THROTTLED",
    "507, InsufficientStorage, NO_SPACE, NO_SPACE"
  })
  void answers_areErrorsOfTheirKind_afterOneRequest(
      int status, String code, ErrorKind ofPut, ErrorKind ofRead) throws IOException {
    try (ScriptedAzure azure = ScriptedAzure.failing(status, code, "The words of Azure.");
        ObjectStore store = azure.store()) {
      ProviderException put = failure(store.put(KEY, body(), PutOptions.NONE));
      assertThat(put.kind()).isEqualTo(ofPut);
      assertThat(put)
          .hasMessageStartingWith("Cannot put dir/the key in az://box@acct: The words of Azure. (")
          .hasMessageContaining(code)
          .hasMessageContaining(ScriptedAzure.REQUEST_ID);
      assertThat(put.requestId()).contains(ScriptedAzure.REQUEST_ID);
      assertThat(azure.asked()).hasSize(1);
      ProviderException read = failure(store.read(KEY, 0, 10, Condition.none()));
      assertThat(read.kind()).isEqualTo(ofRead);
      assertThat(read).hasMessageContaining("read dir/the key in az://box@acct");
      assertThat(azure.asked()).hasSize(2);
      ProviderException head = failure(store.head(KEY));
      assertThat(head.kind()).isEqualTo(ofRead);
      assertThat(head.requestId()).contains(ScriptedAzure.REQUEST_ID);
      assertThat(azure.asked()).hasSize(3);
      assertThat(failure(store.list(ListRequest.prefix("dir/"))).kind()).isEqualTo(ofRead);
      assertThat(azure.asked()).hasSize(4);
    }
  }

  @Test
  void delete_whenTheContainerIsMissing_isNoSuccess() throws IOException {
    try (ScriptedAzure azure = ScriptedAzure.failing(404, "ContainerNotFound", "No container.");
        ObjectStore store = azure.store()) {
      assertThat(done(store.delete(List.of(DeleteTarget.of(KEY)))).get(0).error())
          .contains(ErrorKind.INVALID);
    }
    try (ScriptedAzure azure = ScriptedAzure.failing(404, "BlobNotFound", "No blob.");
        ObjectStore store = azure.store()) {
      assertThat(done(store.delete(List.of(DeleteTarget.of(KEY)))).get(0).error()).isEmpty();
    }
  }

  @Test
  void signatureAndToken_thatExpired_areExpired() throws IOException {
    try (ScriptedAzure azure =
            ScriptedAzure.failing(
                403,
                "AuthenticationFailed",
                "Signature not valid in the specified time frame: Start [x] - Expiry [y]");
        ObjectStore store = azure.store()) {
      assertThat(failure(store.put(KEY, body(), PutOptions.NONE)).kind())
          .isEqualTo(ErrorKind.EXPIRED);
    }
    try (ScriptedAzure azure =
            ScriptedAzure.failing(
                401,
                "InvalidAuthenticationInfo",
                "Lifetime validation failed. The token is expired.");
        ObjectStore store = azure.store(BlobCredentials.token("old"))) {
      assertThat(failure(store.put(KEY, body(), PutOptions.NONE)).kind())
          .isEqualTo(ErrorKind.EXPIRED);
      assertThat(azure.asked().get(0).headers().get("Authorization")).containsExactly("Bearer old");
    }
  }

  @Test
  void clockThatIsWrong_isSaidWithTheDrift() throws IOException {
    try (ScriptedAzure azure =
            ScriptedAzure.failing(403, "AuthenticationFailed", "The Date is wrong.");
        ObjectStore store =
            BlobStore.builder("box")
                .endpoint(URI.create(azure.uri() + "/acct"))
                .credentials(BlobCredentials.sharedKey("acct", "c2VjcmV0LWtleQ=="))
                .time(ManualTime.startingAt(Instant.parse("2006-01-03T04:05:06Z")))
                .build()) {
      ProviderException failure = failure(store.put(KEY, body(), PutOptions.NONE));
      assertThat(failure.kind()).isEqualTo(ErrorKind.DENIED);
      assertThat(failure).hasMessageContaining("clock differs from the service's by PT");
    }
  }

  @Test
  void retryAfter_isHandedOn() throws IOException {
    try (ScriptedAzure azure =
            new ScriptedAzure(
                exchange -> {
                  exchange.getResponseHeaders().set("Retry-After", "7");
                  ScriptedAzure.error(exchange, 503, "ServerBusy", "Busy.");
                });
        ObjectStore store = azure.store()) {
      assertThat(failure(store.put(KEY, body(), PutOptions.NONE)).retryAfter())
          .contains(Duration.ofSeconds(7));
      assertThat(azure.asked()).hasSize(1);
    }
  }

  @Test
  void replyThatIsLost_leavesTheOutcomeUnknown_andIsNotSentAgain() throws IOException {
    try (ScriptedAzure azure = new ScriptedAzure(exchange -> exchange.close());
        ObjectStore store = azure.store()) {
      ProviderException failure = failure(store.put(KEY, body(), PutOptions.NONE));
      assertThat(failure.kind()).isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
      assertThat(failure).hasMessageContaining("look before you try again");
      assertThat(azure.asked()).hasSize(1);
      assertThat(failure(store.copy(KEY, Condition.none(), "b", PutOptions.NONE)).kind())
          .isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
      assertThat(done(store.delete(List.of(DeleteTarget.of(KEY)))).get(0).error())
          .contains(ErrorKind.UNKNOWN_OUTCOME);
      assertThat(failure(store.startUpload(KEY, Map.of())).kind())
          .isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
      assertThat(failure(store.head(KEY)).kind()).isEqualTo(ErrorKind.TRANSIENT);
    }
  }

  @Test
  void serverThatIsNotThere_changedNothing() throws IOException {
    ScriptedAzure azure = new ScriptedAzure(exchange -> exchange.close());
    azure.close();
    try (ObjectStore store = azure.store()) {
      assertThat(failure(store.put(KEY, body(), PutOptions.NONE)).kind())
          .isEqualTo(ErrorKind.TRANSIENT);
      assertThat(failure(store.head(KEY)).kind()).isEqualTo(ErrorKind.TRANSIENT);
    }
  }

  private static ScriptedAzure answering(byte[] sent, int promised, String md5) {
    return new ScriptedAzure(
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"0x1\"");
          exchange.getResponseHeaders().set("Last-Modified", "Tue, 03 Jan 2006 04:05:06 GMT");
          exchange
              .getResponseHeaders()
              .set("Content-Range", "bytes 0-" + (promised - 1) + "/" + promised);
          exchange.getResponseHeaders().set("Content-MD5", md5);
          exchange.sendResponseHeaders(206, promised);
          exchange.getResponseBody().write(sent);
          exchange.getResponseBody().flush();
        });
  }

  @Test
  void bodyThatIsCut_isTransient() throws IOException {
    try (ScriptedAzure azure = answering(new byte[50], 100, "AAAAAAAAAAAAAAAAAAAAAA==");
        ObjectStore store = azure.store()) {
      ProviderException failure = failure(store.read(KEY, 0, 100, Condition.none()));
      assertThat(failure.kind()).isEqualTo(ErrorKind.TRANSIENT);
      assertThat(failure).hasMessageContaining("read dir/the key in az://box@acct");
      assertThat(azure.asked()).hasSize(1);
    }
  }

  @Test
  void bytesThatAreNotWhatTheServiceComputed_areCorrupt() throws IOException {
    try (ScriptedAzure azure = answering(new byte[100], 100, "AAAAAAAAAAAAAAAAAAAAAA==");
        ObjectStore store = azure.store()) {
      ProviderException failure = failure(store.read(KEY, 0, 100, Condition.none()));
      assertThat(failure.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(failure.requestId()).contains(ScriptedAzure.REQUEST_ID);
      assertThat(azure.asked().get(0).headers().get("X-ms-range-get-content-md5"))
          .containsExactly("true");
    }
    try (ScriptedAzure azure = answering(new byte[100], 100, "bQk5z+fDvt6OgIt5iuVIBg==");
        ObjectStore store = azure.store()) {
      failure(store.read(KEY, 0, 100, Condition.none()));
    }
  }

  @Test
  void put_sendsTheMd5_andComparesWhatWasStored() throws IOException {
    try (ScriptedAzure azure =
            new ScriptedAzure(
                exchange -> {
                  exchange.getResponseHeaders().set("ETag", "\"0x1\"");
                  exchange
                      .getResponseHeaders()
                      .set("Last-Modified", "Tue, 03 Jan 2006 04:05:06 GMT");
                  exchange.getResponseHeaders().set("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==");
                  exchange.sendResponseHeaders(201, -1);
                });
        ObjectStore store = azure.store()) {
      ProviderException failure = failure(store.put(KEY, body(), PutOptions.NONE));
      assertThat(failure.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(azure.asked().get(0).headers().get("Content-md5"))
          .containsExactly(
              Base64.getEncoder()
                  .encodeToString(
                      java.util.HexFormat.of().parseHex("841a2d689ad86bd1611447453c22c6fc")));
      PutOptions wrong = PutOptions.NONE.withCrc32c(new Crc32c(1));
      assertThat(failure(store.put(KEY, body(), wrong)).kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(azure.asked()).hasSize(1);
    }
  }

  @Test
  void whatIsRefused_isNeverSent() throws IOException {
    try (ScriptedAzure azure = ScriptedAzure.failing(500, "InternalError", "Never asked.");
        ObjectStore store = azure.store()) {
      for (String key :
          List.of("a/../b", "..", "x.", "a\\b", "new\nline", "nul\0", "k".repeat(1025), "")) {
        ProviderException failure = failure(store.put(key, body(), PutOptions.NONE));
        assertThat(failure.kind()).as(key).isEqualTo(ErrorKind.INVALID);
        assertThat(failure).hasMessageContaining("put " + key + " in az://box@acct");
        assertThat(failure(store.head(key)).kind()).isEqualTo(ErrorKind.INVALID);
      }
      PutOptions control = PutOptions.NONE.withMetadata(Map.of("m", "a\u0001b"));
      assertThat(failure(store.put(KEY, body(), control)).kind()).isEqualTo(ErrorKind.INVALID);
      assertThat(azure.asked()).isEmpty();
    }
  }

  @Test
  void storeThatIsClosed_refuses() throws IOException {
    try (ScriptedAzure azure = ScriptedAzure.failing(500, "InternalError", "Never asked.")) {
      ObjectStore store = azure.store();
      store.close();
      assertThat(failure(store.head(KEY)))
          .hasMessageContaining("the store is closed")
          .extracting(ProviderException::kind)
          .isEqualTo(ErrorKind.INVALID);
      assertThat(azure.asked()).isEmpty();
    }
  }

  @Test
  void secrets_areInNoErrorAndNoText() throws IOException {
    String signature = "c2VjcmV0LXNpZ25hdHVyZQ%3D%3D";
    BlobCredentials sas = BlobCredentials.sharedAccessSignature("?sv=2024-01-01&sig=" + signature);
    try (ScriptedAzure azure =
            ScriptedAzure.failing(403, "AuthenticationFailed", "No: sig=" + signature + " ended.");
        ObjectStore store = azure.store(sas)) {
      StringWriter text = new StringWriter();
      failure(store.put(KEY, body(), PutOptions.NONE)).printStackTrace(new PrintWriter(text));
      failure(store.copy(KEY, Condition.none(), "b", PutOptions.NONE))
          .printStackTrace(new PrintWriter(text));
      assertThat(azure.asked().get(0).query()).contains(signature);
      text.append(sas.toString()).append(store.toString()).append(store.uri().toString());
      text.append(BlobCredentials.sharedKey("acct", "c2VjcmV0LWtleQ==").toString());
      text.append(BlobCredentials.token("secret-token").toString());
      text.append(BlobCredentials.clientSecret("t", "c", "secret-client").toString());
      assertThat(text.toString())
          .contains("sig=***")
          .doesNotContain(
              signature,
              "c2VjcmV0LXNpZ25hdHVyZQ",
              "c2VjcmV0LWtleQ",
              "secret-token",
              "secret-client");
    }
  }

  @Test
  void token_doesNotGoOverHttpToOthers() throws IOException {
    try (ObjectStore store =
        BlobStore.builder("box")
            .endpoint(URI.create("http://acct.blob.example.invalid"))
            .credentials(BlobCredentials.token("secret"))
            .build()) {
      ProviderException failure = failure(store.head(KEY));
      assertThat(failure.kind()).isEqualTo(ErrorKind.INVALID);
      assertThat(failure).hasMessageContaining("https").hasMessageNotContaining("secret");
    }
  }
}
