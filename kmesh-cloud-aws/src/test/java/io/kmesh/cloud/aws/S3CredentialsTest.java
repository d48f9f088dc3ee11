// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.cloud.aws.ScriptedS3.Answer;
import io.kmesh.cloud.aws.ScriptedS3.Request;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where keys come from, how they are renewed, and that nobody sees them. */
class S3CredentialsTest extends ScriptedStoreTest {
  private static final String ROLE = "arn:aws:iam::123456789012:role/mover";

  /** A token service and a store in one: a token ends when the test says. */
  private void answerBoth(Instant expiry) {
    server.answers(
        r -> r.method().equals("POST") ? token(r, expiry) : Answer.of(200, "", "ETag", "\"e\""));
  }

  private static Answer token(Request request, Instant expiry) {
    String action =
        request.text().contains("WebIdentity") ? "AssumeRoleWithWebIdentity" : "AssumeRole";
    return Answer.of(
        200,
        "<%1$sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><%1$sResult><Credentials>"
                .formatted(action)
            + "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>"
            + "<SessionToken>role-token</SessionToken><Expiration>"
            + expiry
            + "</Expiration></Credentials></%1$sResult></%1$sResponse>".formatted(action));
  }

  private List<Request> asked(String method) {
    return server.requests().stream().filter(r -> r.method().equals(method)).toList();
  }

  private static void putAll(ObjectStore store, int count) {
    List<CompletableFuture<ObjectInfo>> puts =
        IntStream.range(0, count)
            .mapToObj(i -> store.put("k" + i, utf8("x"), PutOptions.NONE).toCompletableFuture())
            .toList();
    puts.forEach(CompletableFuture::join);
  }

  @Test
  void keys_ofAFile_sign() throws IOException {
    putAll(store(), 1);
    assertThat(server.only().header("Authorization")).contains("Credential=" + KEY_ID);
  }

  @Test
  void keys_areNotSentWhenAnonymous() throws IOException {
    putAll(store("access-key-file", "", "credentials", "anonymous"), 1);
    assertThat(server.only().headers()).doesNotContainKey("authorization");
  }

  @Test
  void role_isTakenOnOnceForManyAndItsTokenSent() throws IOException {
    answerBoth(Instant.now().plusSeconds(3600));
    putAll(store("role-arn", ROLE, "sts-endpoint", server.url()), 16);
    assertThat(asked("POST")).as("one flight").hasSize(1);
    Request request = asked("POST").get(0);
    assertThat(request.text()).contains("RoleSessionName=kmesh");
    assertThat(request.header("Authorization")).contains(KEY_ID);
    assertThat(asked("PUT"))
        .hasSize(16)
        .allMatch(r -> r.header("x-amz-security-token").equals("role-token"));
  }

  @Test
  void role_isRenewedBeforeItsTokenEnds() throws IOException {
    // Within the minute before its end a token counts as stale.
    answerBoth(Instant.now().plusSeconds(20));
    ObjectStore store = store("role-arn", ROLE, "sts-endpoint", server.url());
    putAll(store, 1);
    int first = asked("POST").size();
    answerBoth(Instant.now().plusSeconds(3600));
    putAll(store, 1);
    int second = asked("POST").size();
    assertThat(second).isGreaterThan(first);
    putAll(store, 8);
    assertThat(asked("POST")).hasSize(second);
  }

  @Test
  void role_byWebIdentity_sendsTheTokenOfTheFileUnsigned() throws IOException {
    answerBoth(Instant.now().plusSeconds(3600));
    Path token = Files.writeString(folder.resolve("token"), "the-web-token");
    putAll(
        store(
            "access-key-file",
            "",
            "role-arn",
            ROLE,
            "web-identity-token-file",
            token.toString(),
            "sts-endpoint",
            server.url()),
        1);
    Request request = asked("POST").get(0);
    assertThat(request.text()).contains("WebIdentityToken=the-web-token");
    assertThat(request.headers()).doesNotContainKey("authorization");
  }

  @Test
  void role_whenDenied_failsWithoutAnUnknownOutcome() throws IOException {
    server.answers(
        Answer.of(
            403,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                + "<Message>not you</Message></Error><RequestId>S-1</RequestId></ErrorResponse>"));
    ObjectStore store = store("role-arn", ROLE, "sts-endpoint", server.url());
    ProviderException e = failure(store.put("k", utf8("x"), PutOptions.NONE));
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.DENIED);
    assertThat(e).hasMessageContaining("token service");
    assertThat(asked("PUT")).isEmpty();
  }

  @Test
  void secrets_areInNoText() throws IOException {
    ObjectStore store = store();
    server.answers(Answer.error(403, "SignatureDoesNotMatch"));
    Throwable e = failure(store.put("k", utf8("x"), PutOptions.NONE));
    StringBuilder all = new StringBuilder(store.toString()).append(store.uri());
    for (Throwable t = e; t != null; t = t.getCause()) {
      all.append(t);
    }
    assertThat(all.toString()).doesNotContain(SECRET);
    Path half = Files.writeString(folder.resolve("half"), "aws_secret_access_key=" + SECRET);
    assertThatThrownBy(() -> store("access-key-file", half.toString()))
        .isInstanceOf(ProviderException.class)
        .hasMessageContainingAll("access-key-file", "aws_access_key_id")
        .hasMessageNotContaining(SECRET);
    Path twice =
        Files.writeString(
            folder.resolve("twice"),
            "aws_secret_access_key=" + SECRET + "\naws_secret_access_key=" + SECRET);
    assertThatThrownBy(() -> store("access-key-file", twice.toString()))
        .hasMessageContaining("twice")
        .hasMessageNotContaining(SECRET);
    Map<String, String> options = Map.of("endpoint", "http://user:" + SECRET + "@host");
    assertThatThrownBy(() -> new S3Stores().open(new StoreUrl("s3", "b", "", options)))
        .hasMessageNotContaining(SECRET);
  }
}
