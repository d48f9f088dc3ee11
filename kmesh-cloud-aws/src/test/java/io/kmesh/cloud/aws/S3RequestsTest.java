// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cloud.aws.ScriptedS3.Answer;
import io.kmesh.cloud.aws.ScriptedS3.Request;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Availability;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStorage;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectVersion;
import io.kmesh.spi.store.PrefixedObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.RestoreRequest;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.store.VersionPage;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What goes over the wire, and how often. */
class S3RequestsTest extends ScriptedStoreTest {
  private static final Sha256 SHA = new Sha256(new byte[32]);

  @Test
  void put_isOneRequestWithoutTrailersChunksOrExpectation() throws IOException {
    server.answers(Answer.of(200, "", "ETag", "\"e1\""));
    PutOptions options =
        new PutOptions(Condition.absent(), Map.of("mode", "0644"), SHA)
            .withStorageClass(new StorageClass("STANDARD_IA"));
    ObjectInfo info = done(store("requester-pays", "on").put("k", utf8("body"), options));
    assertThat(info.etag()).isEqualTo("e1");
    Request put = server.only();
    assertThat(put.method()).isEqualTo("PUT");
    assertThat(put.text()).isEqualTo("body");
    assertThat(put.header("If-None-Match")).isEqualTo("*");
    assertThat(put.header("x-amz-meta-mode")).isEqualTo("0644");
    assertThat(put.header("x-amz-storage-class")).isEqualTo("STANDARD_IA");
    assertThat(put.header("x-amz-request-payer")).isEqualTo("requester");
    assertThat(put.header("x-amz-checksum-sha256")).startsWith("AAAA");
    assertThat(put.headers())
        .doesNotContainKeys("x-amz-trailer", "content-encoding", "expect", "x-amz-checksum-crc32");
  }

  @Test
  void put_sendsTheChecksumsOfItsMode() throws IOException {
    server.answers(Answer.of(200, "", "ETag", "\"e1\""));
    Map.of("when-supported", true, "when-required", false, "none", false)
        .forEach(
            (mode, has) -> {
              int before = server.requests().size();
              try {
                done(store("checksums", mode).put("k", utf8("body"), PutOptions.NONE));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
              Request put = server.requests().get(before);
              assertThat(put.headers().containsKey("x-amz-checksum-crc32c"))
                  .as(mode)
                  .isEqualTo(has);
              assertThat(put.headers()).doesNotContainKeys("x-amz-trailer", "content-encoding");
            });
  }

  @Test
  void put_whenBothChecksumsAreGiven_comparesOneHereAndSendsTheOther() throws IOException {
    ObjectStore store = store();
    PutOptions both = PutOptions.NONE.withSha256(SHA).withCrc32c(Crc32c.of(utf8("other")));
    assertThat(failure(store.put("k", utf8("body"), both)).kind()).isEqualTo(ErrorKind.CORRUPT);
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void conditions_whenTheServerIgnoresThem_areRefused() throws IOException {
    ObjectStore store = store("conditional-writes", "off", "without", "versions");
    PutOptions create = PutOptions.NONE.withCondition(Condition.absent());
    assertThat(failure(store.put("k", utf8("x"), create)).kind()).isEqualTo(ErrorKind.UNSUPPORTED);
    assertThat(failure(store.listVersions("k", 10, null)).kind()).isEqualTo(ErrorKind.UNSUPPORTED);
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void read_isOneRequest_behindTheEndTwo() throws IOException {
    server.answers(
        Answer.of(
            206, "345", "Content-Range", "bytes 3-5/10", "ETag", "\"e\"", "x-amz-meta-A", "1"));
    ObjectStore store = store();
    var range = done(store.read("k", 3, 3, Condition.matches("e")));
    assertThat(range.info().size()).isEqualTo(10);
    assertThat(range.info().metadata()).isEqualTo(Map.of("a", "1"));
    assertThat(range.data()).isEqualTo(utf8("345"));
    assertThat(server.only().header("Range")).isEqualTo("bytes=3-5");
    assertThat(server.only().header("If-Match")).isEqualTo("\"e\"");
    server.answers(r -> r.method().equals("HEAD") ? head() : Answer.error(416, "InvalidRange"));
    assertThat(done(store.read("k", 10, 3, Condition.none())).info().size()).isEqualTo(10);
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void head_tellsClassesArchivesAndChecksums() throws IOException {
    ObjectStore store = store();
    server.answers(head());
    assertThat(storage(store)).isEqualTo(ObjectStorage.readable(new StorageClass("STANDARD")));
    server.answers(head("x-amz-storage-class", "GLACIER"));
    assertThat(storage(store).availability()).isEqualTo(Availability.ARCHIVED);
    server.answers(
        head("x-amz-storage-class", "GLACIER", "x-amz-restore", "ongoing-request=\"true\""));
    assertThat(storage(store).availability()).isEqualTo(Availability.RESTORING);
    server.answers(
        head(
            "x-amz-storage-class",
            "GLACIER",
            "x-amz-restore",
            "ongoing-request=\"false\", expiry-date=\"Fri, 13 Nov 2026 00:00:00 GMT\""));
    assertThat(storage(store).availability()).isEqualTo(Availability.READABLE);
    assertThat(storage(store).readableUntil()).contains(Instant.parse("2026-11-13T00:00:00Z"));
    server.answers(
        head(
            "x-amz-storage-class",
            "INTELLIGENT_TIERING",
            "x-amz-archive-status",
            "DEEP_ARCHIVE_ACCESS"));
    assertThat(storage(store).availability()).isEqualTo(Availability.ARCHIVED);
    String sha = "A".repeat(43) + "=";
    server.answers(head("x-amz-checksum-sha256", sha, "x-amz-checksum-type", "FULL_OBJECT"));
    assertThat(done(store.head("k")).sha256()).contains(SHA);
    server.answers(head("x-amz-checksum-sha256", sha + "-2", "x-amz-checksum-type", "COMPOSITE"));
    assertThat(done(store.head("k")).sha256()).isEmpty();
  }

  private static ObjectStorage storage(ObjectStore store) {
    return done(store.head("k")).storage().orElseThrow();
  }

  @Test
  void restore_asksOnlyForWhatIsArchived() throws IOException {
    ObjectStore store = store();
    RestoreRequest week = new RestoreRequest(Duration.ofDays(7), RestoreRequest.Speed.CHEAPEST);
    server.answers(head());
    done(store.restore("k", week));
    assertThat(server.only().method()).isEqualTo("HEAD");
    server.answers(
        r ->
            r.method().equals("HEAD")
                ? head("x-amz-storage-class", "DEEP_ARCHIVE")
                : Answer.error(409, "RestoreAlreadyInProgress"));
    done(store.restore("k", week));
    Request asked = server.requests().get(2);
    assertThat(asked.target()).contains("?restore");
    assertThat(asked.text()).contains("<Days>7</Days>", "<Tier>Bulk</Tier>");
  }

  @Test
  void list_goesOnByTheTokenAndDecodesKeys() throws IOException {
    server.answers(
        Answer.of(
            200,
            "<ListBucketResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
                + "<NextContinuationToken>T1</NextContinuationToken>"
                + "<Contents><Key>a%0Ab+c</Key><Size>3</Size><ETag>\"e\"</ETag>"
                + "<LastModified>2026-11-02T10:00:00.000Z</LastModified></Contents>"
                + "</ListBucketResult>"));
    ObjectStore store = store();
    ListRequest first = new ListRequest("a", "a0", 5);
    ListPage page = done(store.list(first));
    assertThat(page.nextAfter()).contains("a\nb c");
    assertThat(page.objects().get(0).etag()).isEqualTo("e");
    done(store.list(first.following(page)));
    assertThat(server.requests().get(0).target())
        .contains("start-after=a0", "encoding-type=url", "max-keys=5");
    assertThat(server.requests().get(1).target())
        .contains("continuation-token=T1")
        .doesNotContain("start-after");
  }

  @Test
  void listVersions_putsMarksAmongThem() throws IOException {
    server.answers(
        Answer.of(
            200,
            "<ListVersionsResult><IsTruncated>true</IsTruncated>"
                + "<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>"
                + version("v1", "2026-11-01", "e1")
                + version("v3", "2026-11-03", "e3")
                + "<DeleteMarker><Key>k</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest>"
                + "<LastModified>2026-11-02T00:00:00.000Z</LastModified></DeleteMarker>"
                + "</ListVersionsResult>"));
    ObjectStore store = store();
    VersionPage page = done(store.listVersions("k", 10, null));
    assertThat(page.versions().stream().map(v -> v.info().versionIdOrNull()))
        .containsExactly("v3", "v2", "v1");
    assertThat(page.versions().stream().map(ObjectVersion::isDeleteMark))
        .containsExactly(false, true, false);
    done(store.listVersions("k", 10, page.nextOrNull()));
    assertThat(server.requests().get(1).target()).contains("key-marker=k", "version-id-marker=v1");
  }

  private static String version(String id, String day, String etag) {
    return "<Version><Key>k</Key><VersionId>"
        + id
        + "</VersionId><IsLatest>"
        + id.equals("v3")
        + "</IsLatest><LastModified>"
        + day
        + "T00:00:00.000Z</LastModified><ETag>\""
        + etag
        + "\"</ETag><Size>1</Size></Version>";
  }

  @Test
  void delete_isOneRequestForPlainKeys_andOneForEachOther() throws IOException {
    server.answers(
        r ->
            r.method().equals("POST")
                ? Answer.of(
                    200,
                    "<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code>"
                        + "<Message>no</Message></Error></DeleteResult>")
                : Answer.of(204, ""));
    List<DeleteOutcome> outcomes =
        done(
            store()
                .delete(
                    List.of(
                        DeleteTarget.of("a"),
                        DeleteTarget.of("b"),
                        DeleteTarget.of("c\u0001"),
                        new DeleteTarget("d", Condition.matches("e")),
                        DeleteTarget.of("n".repeat(1025)))));
    assertThat(outcomes.stream().map(o -> String.valueOf(o.errorOrNull())))
        .containsExactly("null", "DENIED", "null", "null", "INVALID");
    assertThat(outcomes.get(1).message()).contains("delete b in s3://bucket", "REQ-42");
    assertThat(server.requests()).hasSize(3);
    assertThat(server.requests().stream().filter(r -> r.method().equals("DELETE")))
        .anyMatch(r -> r.header("If-Match").equals("\"e\""));
  }

  @Test
  void delete_whenTheReplyToABatchIsLost_isUnknown() throws IOException {
    server.answers(Answer.lost());
    assertThat(failure(store().delete(List.of(DeleteTarget.of("a"), DeleteTarget.of("b")))).kind())
        .isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
    List<DeleteOutcome> one = done(store().delete(List.of(DeleteTarget.of("a"))));
    assertThat(one.get(0).error()).contains(ErrorKind.UNKNOWN_OUTCOME);
  }

  @Test
  void copy_whenOver5GiB_isRefusedBeforeItIsAsked() throws IOException {
    server.answers(
        r -> {
          Answer large = head();
          large.headers().put("Content-Length", Long.toString((5L << 30) + 1));
          return large;
        });
    var e = failure(store().copy("k", Condition.none(), "t", PutOptions.NONE));
    assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(e)
        .hasMessageContaining("it has 5368709121 bytes, and the store copies at most 5368709120")
        .hasMessageContaining("in parts");
    assertThat(server.requests()).hasSize(1);
    assertThat(store().limits().maxCopy()).isEqualTo(DataSize.ofGib(5));
  }

  @Test
  void copy_of5GiB_isOneRequest() throws IOException {
    server.answers(
        r -> {
          if (r.method().equals("HEAD")) {
            Answer large = head();
            large.headers().put("Content-Length", Long.toString(5L << 30));
            return large;
          }
          return Answer.of(
              200,
              "<CopyObjectResult><ETag>\"e2\"</ETag>"
                  + "<LastModified>2026-11-02T10:00:00.000Z</LastModified></CopyObjectResult>");
        });
    assertThat(done(store().copy("k", Condition.none(), "t", PutOptions.NONE)).size())
        .isEqualTo(5L << 30);
    assertThat(server.requests()).extracting(Request::method).containsExactly("HEAD", "PUT");
  }

  /** Two servers may have buckets of one name. */
  @Test
  void endpoint_isTheServers() throws IOException {
    assertThat(store().endpoint()).contains(java.net.URI.create(server.url()));
    assertThat(PrefixedObjectStore.of(store(), "p/").endpoint()).isEqualTo(store().endpoint());
  }

  private static final String COPIED =
      "<CopyPartResult><ETag>\"p2\"</ETag>"
          + "<LastModified>2026-11-02T10:00:00.000Z</LastModified></CopyPartResult>";

  @Test
  void copyPart_isOneRequest_withRangeAndEtag() throws IOException {
    server.answers(r -> Answer.of(200, COPIED));
    Upload upload = new Upload("a/t", "u1");
    UploadPart part =
        done(
            store()
                .copyPart(
                    upload, 7, "k \u00e9", Condition.matches("e1"), (5L << 30) + 3, 5L << 30));
    assertThat(part).isEqualTo(new UploadPart(7, "p2", 5L << 30));
    Request copy = server.requests().get(0);
    assertThat(server.requests()).hasSize(1);
    assertThat(copy.method()).isEqualTo("PUT");
    assertThat(copy.target()).contains("/bucket/a/t?").contains("partNumber=7", "uploadId=u1");
    assertThat(copy.header("x-amz-copy-source")).isEqualTo("bucket/k%20%C3%A9");
    assertThat(copy.header("x-amz-copy-source-if-match")).isEqualTo("\"e1\"");
    assertThat(copy.header("x-amz-copy-source-range")).isEqualTo("bytes=5368709123-10737418242");
  }

  /** S3 answers 200 before it copies, and may say then that it could not. */
  @Test
  void copyPart_whenTheAnswerIsAnErrorAfterAll_fails() throws IOException {
    server.answers(
        r -> Answer.of(200, "<Error><Code>InternalError</Code><Message>no</Message></Error>"));
    Upload upload = new Upload("t", "u1");
    var e = failure(store().copyPart(upload, 1, "k", Condition.none(), 0, 10));
    assertThat(e.kind()).isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
    server.answers(r -> Answer.of(200, "<CopyPartResult></CopyPartResult>"));
    e = failure(store().copyPart(upload, 1, "k", Condition.none(), 0, 10));
    assertThat(e.kind()).isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
    assertThat(e).hasMessageContaining("k to t");
  }

  @Test
  void copy_isBoundToWhatWasSeen() throws IOException {
    server.answers(
        r ->
            r.method().equals("HEAD")
                ? head("x-amz-meta-a", "1")
                : Answer.of(
                    200,
                    "<CopyObjectResult><ETag>\"e2\"</ETag>"
                        + "<LastModified>2026-11-02T10:00:00.000Z</LastModified></CopyObjectResult>"));
    ObjectInfo copied =
        done(store().changeStorageClass("k", Condition.matches("e1"), new StorageClass("GLACIER")));
    assertThat(copied.etag()).isEqualTo("e2");
    assertThat(copied.metadata()).isEqualTo(Map.of("a", "1"));
    Request copy = server.requests().get(1);
    assertThat(copy.header("x-amz-copy-source")).isEqualTo("bucket/k");
    assertThat(copy.header("x-amz-copy-source-if-match")).isEqualTo("\"e1\"");
    assertThat(copy.header("x-amz-storage-class")).isEqualTo("GLACIER");
    assertThat(copy.header("x-amz-metadata-directive")).isEqualTo("COPY");
  }

  @Test
  void complete_whenHeadFails_succeedsAllTheSame() throws IOException {
    server.answers(
        r ->
            r.method().equals("HEAD")
                ? Answer.of(500, "")
                : Answer.of(
                    200,
                    "<CompleteMultipartUploadResult><ETag>\"e-1\"</ETag>"
                        + "</CompleteMultipartUploadResult>"));
    ObjectStore store = store();
    Upload upload = new Upload("k", "u1");
    List<UploadPart> parts = List.of(new UploadPart(1, "p1", 7));
    PutOptions create = PutOptions.NONE.withCondition(Condition.absent());
    ObjectInfo info = done(store.complete(upload, parts, create));
    assertThat(info.size()).isEqualTo(7);
    assertThat(info.etag()).isEqualTo("e-1");
    assertThat(server.requests().get(0).header("If-None-Match")).isEqualTo("*");
    assertThat(failure(store.complete(upload, parts, PutOptions.NONE.withSha256(SHA))).kind())
        .isEqualTo(ErrorKind.UNSUPPORTED);
  }

  @Test
  void complete_whenA200CarriesAnError_isUnknown() throws IOException {
    server.answers(Answer.error(200, "InternalError"));
    var e =
        failure(
            store()
                .complete(
                    new Upload("k", "u1"), List.of(new UploadPart(1, "p1", 7)), PutOptions.NONE));
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.UNKNOWN_OUTCOME);
  }
}
