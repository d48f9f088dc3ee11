// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cloud.aws.ScriptedS3.Answer;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StreamedReads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each of S3's failures means, one request each. */
class S3ErrorsTest extends ScriptedStoreTest {
  @ParameterizedTest
  @CsvSource({
    "403, AccessDenied, DENIED, DENIED",
    "403, InvalidAccessKeyId, DENIED, DENIED",
    "403, SignatureDoesNotMatch, DENIED, DENIED",
    "400, ExpiredToken, EXPIRED, EXPIRED",
    "403, RequestTimeTooSkewed, DENIED, DENIED",
    "404, NoSuchBucket, INVALID, INVALID",
    "404, NoSuchKey, NOT_FOUND, NOT_FOUND",
    "412, PreconditionFailed, PRECONDITION, PRECONDITION",
    "409, ConditionalRequestConflict, TRANSIENT, TRANSIENT",
    "403, InvalidObjectState, ARCHIVED, ARCHIVED",
    "400, BadDigest, CORRUPT, CORRUPT",
    "400, InvalidArgument, INVALID, INVALID",
    "400, EntityTooLarge, INVALID, INVALID",
    "400, RequestTimeout, TRANSIENT, TRANSIENT",
    "503, SlowDown, THROTTLED, THROTTLED",
    "503, ServiceUnavailable, THROTTLED, THROTTLED",
    "429, TooManyRequests, THROTTLED, THROTTLED",
    "507, Any, NO_SPACE, NO_SPACE",
    "403, QuotaExceeded, NO_SPACE, NO_SPACE",
    "501, NotImplemented, UNSUPPORTED, UNSUPPORTED",
    "500, InternalError, UNKNOWN_OUTCOME, TRANSIENT",
    "502, Any, UNKNOWN_OUTCOME, TRANSIENT",
  })
  void anyCall_whenServerRefuses_hasTheKindAndNamesStoreKeyAndRequest(
      int status, String code, ErrorKind ofPut, ErrorKind ofRead) throws IOException {
    server.answers(Answer.error(status, code));
    ObjectStore store = store();
    assertTold(failure(store.put("dir/key", utf8("x"), PutOptions.NONE)), ofPut);
    assertTold(failure(store.read("dir/key", 0, 10, Condition.none())), ofRead);
    assertThat(server.requests()).as("no retries below us").hasSize(2);
  }

  private static void assertTold(ProviderException e, ErrorKind kind) {
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
    assertThat(e.requestId()).contains(ScriptedS3.REQUEST_ID);
    assertThat(e).hasMessageContainingAll("Cannot", "dir/key", "s3://bucket", "REQ-42");
    assertThat(e.toString() + e.getCause()).doesNotContain(SECRET);
  }

  @Test
  void put_whenThrottled_tellsHowLongToWait() throws IOException {
    server.answers(Answer.error(503, "SlowDown", "Retry-After", "7"));
    assertThat(failure(store().put("k", utf8("x"), PutOptions.NONE)).retryAfter())
        .contains(Duration.ofSeconds(7));
  }

  @Test
  void put_whenClockIsWrong_namesTheDrift() throws IOException {
    server.answers(Answer.error(403, "RequestTimeTooSkewed"));
    // The server of the JDK always tells the true time, so that the drift is about none.
    assertThat(failure(store().put("k", utf8("x"), PutOptions.NONE)))
        .hasMessageMatching(
            ".*this machine's clock is \\d+ s (ahead of|behind) the server's\\. Set it right.*");
  }

  @Test
  void put_whenBucketIsMissing_namesIt() throws IOException {
    server.answers(Answer.error(404, "NoSuchBucket"));
    assertThat(failure(store().put("k", utf8("x"), PutOptions.NONE)))
        .hasMessageContaining("there is no bucket bucket");
  }

  @Test
  void anyCall_whenRegionIsWrong_namesTheRightOne() throws IOException {
    ObjectStore store = store();
    for (Answer answer :
        List.of(
            Answer.error(301, "PermanentRedirect", "x-amz-bucket-region", "eu-west-1"),
            Answer.of(301, "", "x-amz-bucket-region", "eu-west-1"),
            Answer.of(
                400,
                "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header"
                    + " is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'"
                    + "</Message><Region>eu-west-1</Region></Error>"))) {
      server.answers(answer);
      ProviderException put = failure(store.put("k", utf8("x"), PutOptions.NONE));
      assertThat(put.kind()).isEqualTo(ErrorKind.INVALID);
      assertThat(put).hasMessageContaining("region=eu-west-1");
    }
    server.answers(Answer.of(400, "", "x-amz-bucket-region", "eu-west-1"));
    assertThat(failure(store.head("k"))).hasMessageContaining("region=eu-west-1");
  }

  @Test
  void replyIsLost_ofAWriteIsUnknownOfAReadIsTransient() throws IOException {
    server.answers(Answer.lost());
    ObjectStore store = store();
    assertThat(failure(store.put("k", utf8("x"), PutOptions.NONE)).kind())
        .isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
    assertThat(failure(store.startUpload("k", Map.of())).kind())
        .isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
    assertThat(failure(store.head("k")).kind()).isEqualTo(ErrorKind.TRANSIENT);
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void put_whenNobodyListens_wasNeverSent() throws IOException {
    ObjectStore store = store();
    server.close();
    assertThat(failure(store.put("k", utf8("x"), PutOptions.NONE)).kind())
        .isEqualTo(ErrorKind.TRANSIENT);
  }

  @Test
  void read_whenBodyIsCutOff_isTransient() throws IOException {
    server.answers(
        Answer.of(206, "0123456789", "Content-Range", "bytes 0-9/100", "ETag", "\"e\"").cut(4));
    ProviderException e = failure(store().read("k", 0, 10, Condition.none()));
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.TRANSIENT);
  }

  @Test
  void streamedRead_whenBodyIsCutOffOrOfAnotherRange_fails_andHandsOnWhatCameOfTheRange()
      throws IOException {
    StreamedReads reads = store().streamedReads().orElseThrow();
    ByteArrayOutputStream came = new ByteArrayOutputStream();
    StreamedReads.Sink sink =
        piece -> {
          byte[] copy = new byte[piece.remaining()];
          piece.get(copy);
          came.write(copy);
        };
    String body = "0123456789".repeat(20_000);
    server.answers(
        Answer.of(206, body, "Content-Range", "bytes 0-199999/200000", "ETag", "\"e\"")
            .cut(150_000));
    ProviderException cut = failure(reads.read("k", 0, 200_000, Condition.none(), sink));
    assertThat(cut.kind()).isEqualTo(ErrorKind.TRANSIENT);
    assertThat(body).startsWith(came.toString(StandardCharsets.UTF_8));
    came.reset();
    server.answers(Answer.of(206, "0123456789", "Content-Range", "bytes 5-14/100"));
    ProviderException other = failure(reads.read("k", 0, 10, Condition.none(), sink));
    assertThat(other.kind()).isEqualTo(ErrorKind.CORRUPT);
    server.answers(Answer.of(200, "0123456789"));
    ProviderException whole = failure(reads.read("k", 0, 5, Condition.none(), sink));
    assertThat(whole).hasMessageContaining("the server knows no ranges");
    assertThat(came.size()).isZero();
  }

  @Test
  void read_whenServerGivesAnotherRange_isRefused() throws IOException {
    ObjectStore store = store();
    server.answers(Answer.of(200, "0123456789", "ETag", "\"e\""));
    assertThat(failure(store.read("k", 5, 10, Condition.none())).kind())
        .isEqualTo(ErrorKind.CORRUPT);
    assertThat(failure(store.read("k", 0, 5, Condition.none())).kind())
        .isEqualTo(ErrorKind.CORRUPT);
    server.answers(Answer.of(206, "01234", "Content-Range", "bytes 1-5/10", "ETag", "\"e\""));
    assertThat(failure(store.read("k", 0, 5, Condition.none())).kind())
        .isEqualTo(ErrorKind.CORRUPT);
  }

  @Test
  void put_whenServerKeptAnotherChecksum_isCorrupt() throws IOException {
    server.answers(Answer.of(200, "", "ETag", "\"e\"", "x-amz-checksum-crc32c", "AAAAAA=="));
    assertThat(
            failure(store("checksums", "when-supported").put("k", utf8("x"), PutOptions.NONE))
                .kind())
        .isEqualTo(ErrorKind.CORRUPT);
  }

  @Test
  void put_whenReplacedObjectIsGone_isAPrecondition() throws IOException {
    server.answers(Answer.error(404, "NoSuchKey"));
    PutOptions replace = PutOptions.NONE.withCondition(Condition.matches("e"));
    assertThat(failure(store().put("k", utf8("x"), replace)).kind())
        .isEqualTo(ErrorKind.PRECONDITION);
  }

  @Test
  void put_whenMetadataHasControlCharacters_sendsNothing() throws IOException {
    ObjectStore store = store();
    for (String value : List.of("a\nb", "a\u0000b", "a\u007fb", "\u00e4")) {
      PutOptions options = PutOptions.NONE.withMetadata(Map.of("name", value));
      ProviderException e = failure(store.put("dir/key", utf8("x"), options));
      assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
      assertThat(e).hasMessageContainingAll("dir/key", "s3://bucket", "name");
    }
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void put_whenKeyIsOdd_sendsItAsItIsAndNamesItWhenRefused() throws IOException {
    server.answers(Answer.error(400, "InvalidArgument"));
    ObjectStore store = store();
    Map<String, String> paths =
        Map.of(
            "..",
            "/bucket/..",
            "a/../b",
            "/bucket/a/../b",
            "a//b",
            "/bucket/a//b",
            "/a",
            "/bucket//a",
            "nul\u0000x",
            "/bucket/nul%00x",
            "new\nline",
            "/bucket/new%0Aline",
            "a%2Fb+c d",
            "/bucket/a%252Fb%2Bc%20d",
            "n".repeat(1024),
            "/bucket/" + "n".repeat(1024));
    for (Map.Entry<String, String> odd : paths.entrySet()) {
      ProviderException e = failure(store.put(odd.getKey(), utf8("x"), PutOptions.NONE));
      assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
      assertThat(e).hasMessageContainingAll(odd.getKey(), "s3://bucket", "REQ-42");
      List<ScriptedS3.Request> all = server.requests();
      assertThat(all.get(all.size() - 1).target()).isEqualTo(odd.getValue());
    }
    int before = server.requests().size();
    assertThat(failure(store.put("n".repeat(1025), utf8("x"), PutOptions.NONE)).kind())
        .isEqualTo(ErrorKind.INVALID);
    assertThat(server.requests()).hasSize(before);
  }

  @Test
  void anyCall_whenClosed_isRefused() throws IOException {
    ObjectStore store = store();
    store.close();
    assertThat(failure(store.head("k")))
        .hasMessageContaining("the store is closed")
        .extracting(ProviderException::kind)
        .isEqualTo(ErrorKind.INVALID);
  }
}
