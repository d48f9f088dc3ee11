// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fake against the rules of Google's documentation, by a plain HTTP client. */
class FakeGcsTest {
  private static final String O = "/storage/v1/b/bucket/o";
  private static final String UP = "/upload/storage/v1/b/bucket/o?uploadType=";
  private final HttpClient client = HttpClient.newHttpClient();
  private final ManualTime time = ManualTime.create();
  private FakeGcs gcs;

  @BeforeEach
  void start() throws IOException {
    gcs = FakeGcs.start().time(time).bucket("bucket").withoutAuthentication();
  }

  @AfterEach
  void stop() {
    gcs.close();
  }

  private HttpResponse<String> send(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    URI uri = path.startsWith("http") ? URI.create(path) : URI.create(gcs.endpoint() + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> json(String method, String path, String body)
      throws IOException, InterruptedException {
    return send(method, path, body, "Content-Type", "application/json");
  }

  private String put(String name, String text) throws IOException, InterruptedException {
    HttpResponse<String> answer = send("POST", UP + "media&name=" + name, text);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return String.valueOf(GcsJson.object(answer.body()).get("generation"));
  }

  private String get(String name) throws IOException, InterruptedException {
    return send("GET", O + "/" + name + "?alt=media", "").body();
  }

  private void assertError(HttpResponse<String> answer, int status, String reason) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    Map<?, ?> error = (Map<?, ?>) GcsJson.object(answer.body()).get("error");
    assertThat(error.get("code")).hasToString(Integer.toString(status));
    assertThat(error.get("errors").toString()).contains("reason=" + reason);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /storage/v1/b/bucket/o?nonsense=1, 400, invalidParameter",
    "GET, /storage/v1/b/bucket/o?maxResults=0, 400, invalidParameter",
    "GET, /storage/v1/b/bucket/o?pageToken=x, 400, invalidParameter",
    "GET, /storage/v1/b/bucket/o?versions=perhaps, 400, invalidParameter",
    "GET, /storage/v1/b/bucket/o?prefix=a&prefix=b, 400, invalidParameter",
    "GET, /storage/v1/b/none/o, 404, notFound",
    "GET, /storage/v1/b/bucket/o/none, 404, notFound",
    "PUT, /storage/v1/b/bucket/o/none, 405, httpMethodNotAllowed",
    "POST, /storage/v1/b/bucket/o, 405, httpMethodNotAllowed",
    "GET, /nowhere/at/all, 404, notFound",
    "POST, /upload/storage/v1/b/bucket/o?uploadType=other&name=a, 400, invalidParameter",
    "POST, /upload/storage/v1/b/bucket/o?uploadType=media, 400, required",
    "POST, /upload/storage/v1/b/bucket/o?uploadType=media&name=a%0Ab, 400, invalid",
    "POST, /upload/storage/v1/b/bucket/o?uploadType=media&name=.., 400, invalid",
    "POST, /upload/storage/v1/b/bucket/o?uploadType=media&name=%FF, 400, invalid",
    "PUT, /upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=x, 404, notFound",
  })
  void wrongRequests_areErrorsInGooglesForm(String method, String path, int status, String reason)
      throws Exception {
    assertError(send(method, path, ""), status, reason);
  }

  @Test
  void tokens_areAsked() throws Exception {
    try (FakeGcs strict = FakeGcs.start().bucket("bucket")) {
      String path = strict.endpoint() + O;
      assertError(send("GET", path, ""), 401, "required");
      assertError(send("GET", path, "", "Authorization", "Bearer x"), 401, "authError");
      String good = "Bearer " + FakeGcs.TOKEN;
      assertThat(send("GET", path, "", "Authorization", good).statusCode()).isEqualTo(200);
      strict.forbidAll();
      assertError(send("GET", path, "", "Authorization", good), 403, "forbidden");
    }
  }

  @Test
  void generations_areCompared() throws Exception {
    String first = put("a", "1");
    assertError(send("POST", UP + "media&name=a&ifGenerationMatch=0", "2"), 412, "conditionNotMet");
    String same = UP + "media&name=a&ifGenerationMatch=" + first;
    assertThat(send("POST", same, "2").statusCode()).isEqualTo(200);
    assertError(send("POST", same, "3"), 412, "conditionNotMet");
    assertThat(get("a")).isEqualTo("2");
    assertThat(send("GET", O + "/a?ifMetagenerationNotMatch=1", "").statusCode()).isEqualTo(304);
    assertError(send("DELETE", O + "/a?ifGenerationMatch=" + first, ""), 412, "conditionNotMet");
    assertThat(send("DELETE", O + "/a", "").statusCode()).isEqualTo(204);
    assertError(send("DELETE", O + "/a", ""), 404, "notFound");
  }

  @Test
  void ranges_areCut_orRefused() throws Exception {
    put("a", "0123456789");
    String path = O + "/a?alt=media";
    HttpResponse<String> part = send("GET", path, "", "Range", "bytes=2-4");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo("234");
    assertThat(part.headers().firstValue("Content-Range")).contains("bytes 2-4/10");
    assertThat(send("GET", path, "", "Range", "bytes=-3").body()).isEqualTo("789");
    assertThat(send("GET", path, "", "Range", "bytes=8-").body()).isEqualTo("89");
    assertThat(send("GET", path, "", "Range", "bytes=10-").statusCode()).isEqualTo(416);
    assertThat(part.headers().firstValue("x-goog-hash").orElse("")).contains("crc32c=", "md5=");
    put("empty", "");
    assertThat(send("GET", O + "/empty?alt=media", "", "Range", "bytes=0-").statusCode())
        .isEqualTo(416);
  }

  @Test
  void checksums_areCompared() throws Exception {
    HttpResponse<String> answer =
        send("POST", UP + "media&name=a", "text", "x-goog-hash", "crc32c=AAAAAA==");
    assertError(answer, 400, "invalid");
    assertThat(answer.body()).contains("doesn't match calculated CRC32C");
    assertThat(gcs.names("bucket")).isEmpty();
  }

  @Test
  void resumable_takesMultiplesOf256KiB_andTellsWhatItHolds() throws Exception {
    String start = UP + "resumable&name=a";
    String session = json("POST", start, "{}").headers().firstValue("Location").orElseThrow();
    String chunk = "x".repeat(256 << 10);
    assertError(send("PUT", session, "short", "Content-Range", "bytes 0-4/*"), 400, "invalid");
    assertThat(send("PUT", session, "", "Content-Range", "bytes */*").headers().firstValue("Range"))
        .isEmpty();
    HttpResponse<String> more = send("PUT", session, chunk, "Content-Range", "bytes 0-262143/*");
    assertThat(more.statusCode()).isEqualTo(308);
    assertThat(more.headers().firstValue("Range")).contains("bytes=0-262143");
    HttpResponse<String> asked = send("PUT", session, "", "Content-Range", "bytes */*");
    assertThat(asked.statusCode()).isEqualTo(308);
    assertThat(asked.headers().firstValue("Range")).contains("bytes=0-262143");
    assertError(
        send("PUT", session, "end", "Content-Range", "bytes 300000-300002/300003"), 400, "invalid");
    HttpResponse<String> last =
        send("PUT", session, "end", "Content-Range", "bytes 262144-262146/262147");
    assertThat(last.statusCode()).isEqualTo(200);
    assertThat(get("a")).isEqualTo(chunk + "end");
    assertThat(send("PUT", session, "", "Content-Range", "bytes */262147").statusCode())
        .isEqualTo(200);
    String old = json("POST", start, "{}").headers().firstValue("Location").orElseThrow();
    time.advance(Duration.ofDays(8));
    assertError(send("PUT", old, "", "Content-Range", "bytes */*"), 410, "gone");
    String dropped = json("POST", start, "{}").headers().firstValue("Location").orElseThrow();
    assertThat(send("DELETE", dropped, "").statusCode()).isEqualTo(499);
    assertError(send("PUT", dropped, "", "Content-Range", "bytes */*"), 404, "notFound");
  }

  @Test
  void compose_joinsUpTo32OfOneClass() throws Exception {
    put("a", "1");
    put("b", "2");
    String one = "{\"name\":\"a\"}";
    HttpResponse<String> made =
        json("POST", O + "/c/compose", "{\"sourceObjects\":[" + one + ",{\"name\":\"b\"}]}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    assertThat(GcsJson.object(made.body()))
        .containsKey("componentCount")
        .doesNotContainKey("md5Hash");
    assertThat(get("c")).isEqualTo("12");
    String many = one + ("," + one).repeat(32);
    assertError(
        json("POST", O + "/d/compose", "{\"sourceObjects\":[" + many + "]}"), 400, "invalid");
    assertError(json("POST", O + "/d/compose", "{\"sourceObjects\":[]}"), 400, "required");
    json("POST", O + "/a/rewriteTo/b/bucket/o/cold", "{\"storageClass\":\"COLDLINE\"}");
    String mixed = "{\"sourceObjects\":[" + one + ",{\"name\":\"cold\"}]}";
    assertError(json("POST", O + "/d/compose", mixed), 400, "invalid");
    assertError(
        json("POST", O + "/a/rewriteTo/b/bucket/o/e", "{\"storageClass\":\"X\"}"), 400, "invalid");
  }

  @Test
  void metadata_has8KiB_andNoControlCharacters() throws Exception {
    put("a", "1");
    String most = "x".repeat(8191);
    assertThat(json("PATCH", O + "/a", "{\"metadata\":{\"n\":\"" + most + "\"}}").statusCode())
        .isEqualTo(200);
    assertError(
        json("PATCH", O + "/a", "{\"metadata\":{\"n\":\"" + most + "x\"}}"), 400, "invalid");
    assertError(json("PATCH", O + "/a", "{\"metadata\":{\"n\":\"a\\nb\"}}"), 400, "invalid");
    assertError(json("PATCH", O + "/a", "{\"size\":\"1\"}"), 400, "invalid");
  }

  @Test
  void lists_areOfUtf8Order_andSplitAtTheDelimiter() throws Exception {
    for (String name : new String[] {"a%2F1", "a%2F2", "b", "%EF%BF%AE", "%F0%9F%98%80"}) {
      put(name, "x");
    }
    assertThat(gcs.names("bucket")).containsExactly("a/1", "a/2", "b", "\uffee", "\ud83d\ude00");
    String page =
        send("GET", O + "?delimiter=%2F&maxResults=1&fields=prefixes,items(name)", "").body();
    assertThat(GcsJson.object(page)).isEqualTo(Map.of("prefixes", java.util.List.of("a/")));
    page =
        send("GET", O + "?startOffset=b&maxResults=1&fields=items/name,nextPageToken", "").body();
    assertThat(page).contains("{\"name\":\"b\"}", "nextPageToken");
  }
}
