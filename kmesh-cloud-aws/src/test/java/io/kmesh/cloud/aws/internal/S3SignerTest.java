// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cloud.aws.internal.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of "Signature Calculations for the Authorization Header" of the S3 API. */
class S3SignerTest {
  private static final Instant TIME = Instant.parse("2013-05-24T00:00:00Z");
  private static final S3Signer.Keys KEYS =
      new S3Signer.Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", null);

  private static final String EMPTY = S3Signer.sha256(ByteBuffer.allocate(0));

  private static HttpRequest request(String method, String target) {
    return new HttpRequest(method, target, null).header("Host", "examplebucket.s3.amazonaws.com");
  }

  private static String header(HttpRequest request, String name) {
    return request.headers().stream()
        .filter(h -> h.name().equalsIgnoreCase(name))
        .map(HttpRequest.Header::value)
        .reduce((a, b) -> a + "," + b)
        .orElse("");
  }

  private static String signature(HttpRequest request, String content) {
    assertThat(new S3Signer("s3", "us-east-1").sign(request, KEYS, content, TIME))
        .isEqualTo("20130524T000000Z");
    String authorization = header(request, "Authorization");
    return authorization.substring(authorization.indexOf("Signature=") + "Signature=".length());
  }

  @Test
  void sign_ofAGetWithARange_isAmazonsExample() {
    HttpRequest request = request("GET", "/test.txt").header("Range", "bytes=0-9");
    assertThat(signature(request, EMPTY))
        .isEqualTo("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    assertThat(header(request, "Authorization"))
        .startsWith(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + " SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=");
  }

  @Test
  void sign_ofAPut_isAmazonsExample() {
    HttpRequest request =
        request("PUT", "/test%24file.text")
            .header("Date", "Fri, 24 May 2013 00:00:00 GMT")
            .header("x-amz-storage-class", "REDUCED_REDUNDANCY");
    ByteBuffer body = ByteBuffer.wrap("Welcome to Amazon S3.".getBytes(StandardCharsets.US_ASCII));
    assertThat(signature(request, S3Signer.sha256(body)))
        .isEqualTo("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    assertThat(body.remaining()).isEqualTo(21);
  }

  @ParameterizedTest
  @CsvSource({
    "/?lifecycle, fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    "/?max-keys=2&prefix=J, 34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    "/?prefix=J&max-keys=2, 34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  })
  void sign_ofParameters_isAmazonsExample(String target, String expected) {
    assertThat(signature(request("GET", target), EMPTY)).isEqualTo(expected);
  }

  @Test
  void sign_withAToken_signsIt() {
    HttpRequest request = request("GET", "/");
    new S3Signer("s3", "us-east-1")
        .sign(request, new S3Signer.Keys("ID", "secret", "TOKEN"), EMPTY, TIME);
    assertThat(header(request, "X-Amz-Security-Token")).isEqualTo("TOKEN");
    assertThat(header(request, "Authorization")).contains(";x-amz-security-token,");
  }

  @Test
  void sign_onAnotherDay_takesAnotherKey() {
    S3Signer signer = new S3Signer("s3", "us-east-1");
    HttpRequest first = request("GET", "/");
    HttpRequest second = request("GET", "/");
    HttpRequest third = request("GET", "/");
    signer.sign(first, KEYS, EMPTY, TIME);
    signer.sign(second, KEYS, EMPTY, TIME.plusSeconds(86_400));
    new S3Signer("s3", "us-east-1").sign(third, KEYS, EMPTY, TIME.plusSeconds(86_400));
    assertThat(header(second, "Authorization"))
        .isEqualTo(header(third, "Authorization"))
        .isNotEqualTo(header(first, "Authorization"));
  }

  @Test
  void sign_saysTheTimeOfEachSecond() {
    S3Signer signer = new S3Signer("s3", "us-east-1");
    List<String> times = new ArrayList<>();
    for (int millis : new int[] {0, 999, 1000, 0}) {
      times.add(signer.sign(request("GET", "/"), KEYS, EMPTY, TIME.plusMillis(millis)));
    }
    assertThat(times)
        .containsExactly(
            "20130524T000000Z", "20130524T000000Z", "20130524T000001Z", "20130524T000000Z");
  }

  @Test
  void sign_withAKeyThatIsKnown_signsTheSame() {
    S3Signer signer = new S3Signer("s3", "us-east-1");
    S3Signer.Keys other = new S3Signer.Keys(KEYS.id(), "another secret", null);
    List<String> signatures = new ArrayList<>();
    for (S3Signer.Keys keys : List.of(KEYS, KEYS, other, KEYS)) {
      HttpRequest request = request("GET", "/test.txt").header("Range", "bytes=0-9");
      signer.sign(request, keys, EMPTY, TIME);
      String authorization = header(request, "Authorization");
      signatures.add(authorization.substring(authorization.indexOf("Signature=") + 10));
    }
    String amazons = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    assertThat(signatures.get(2)).isNotEqualTo(amazons);
    signatures.remove(2);
    assertThat(signatures).containsOnly(amazons);
  }

  @ParameterizedTest
  @CsvSource({"'a', 'a'", "'  a  b ', 'a b'", "'a    b  c', 'a b c'", "'', ''"})
  void collapsed_hasOneSpaceWhereThereAreSeveral(String value, String expected) {
    assertThat(S3Signer.collapsed(value)).isEqualTo(expected);
  }

  @Test
  void keys_neverShowTheirSecret() {
    assertThat(KEYS.toString()).doesNotContain(KEYS.secret());
  }
}
