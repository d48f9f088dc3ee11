// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Google's own tools send and Kmesh does not. */
class FakeGcsTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private FakeGcs gcs;

  @BeforeEach
  void start() throws Exception {
    gcs = FakeGcs.start().bucket("bucket");
  }

  @AfterEach
  void stop() {
    gcs.close();
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(
        request.header("Authorization", "Bearer " + FakeGcs.TOKEN).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(gcs.endpoint() + path));
  }

  private HttpResponse<String> upload(String line, String body) throws Exception {
    String text =
        String.join(
            line,
            "--==x==",
            "Content-Type: application/json",
            "MIME-Version: 1.0",
            "",
            "{\"name\":\"a b\",\"metadata\":{\"k\":\"v\"}}",
            "--==x==",
            "Content-Type: text/plain",
            "",
            body,
            "--==x==--");
    return send(
        to("/upload/storage/v1/b/bucket/o?uploadType=multipart")
            .header("Content-Type", "multipart/related; boundary='==x=='")
            .POST(HttpRequest.BodyPublishers.ofString(text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n"})
  void multipartUpload_withEitherLineEnd_keepsTheBytes(String line) throws Exception {
    String body = "one\ntwo\r\nthree\n\n--==x=";
    HttpResponse<String> made = upload(line, body);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    assertThat(made.body()).contains("\"contentType\":\"text/plain\"", "\"k\":\"v\"");
    HttpResponse<String> read = send(to("/download/storage/v1/b/bucket/o/a%20b?alt=media").GET());
    assertThat(read.body()).isEqualTo(body);
  }

  @Test
  void mediaLink_leadsToTheBytes() throws Exception {
    String made = upload("\r\n", "body").body();
    int from = made.indexOf("\"mediaLink\":\"") + "\"mediaLink\":\"".length();
    String link = made.substring(from, made.indexOf('"', from));
    assertThat(link).startsWith(gcs.endpoint() + "/download/");
    assertThat(send(HttpRequest.newBuilder(URI.create(link)).GET()).body()).isEqualTo("body");
  }

  @Test
  void storageLayout_isOfAFlatBucket() throws Exception {
    assertThat(send(to("/storage/v1/b/bucket/storageLayout").GET()).body())
        .contains("\"hierarchicalNamespace\":{\"enabled\":false}");
    assertThat(send(to("/storage/v1/b/none/storageLayout").GET()).statusCode()).isEqualTo(404);
  }
}
