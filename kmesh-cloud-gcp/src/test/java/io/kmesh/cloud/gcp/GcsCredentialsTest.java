// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.gcs.FakeGcs;
import io.kmesh.testkit.gcs.GcsFault;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GcsCredentialsTest {
  private static final String EMAIL = "robot@test.iam.gserviceaccount.com";
  private final ManualTime time = ManualTime.create();
  private final InstantSource clock = time::now;
  private @TempDir Path folder;
  private FakeGcs gcs;

  @BeforeEach
  void start() throws IOException {
    gcs = FakeGcs.start().bucket("bucket").time(time);
    gcs.revokeTokens();
  }

  @AfterEach
  void stop() {
    gcs.close();
  }

  private ObjectStore store(GcsCredentials credentials) {
    return GcsStore.builder("bucket").endpoint(gcs.endpoint()).credentials(credentials).build();
  }

  private void list(GcsCredentials credentials) throws IOException {
    try (ObjectStore store = store(credentials)) {
      store.blocking().list(ListRequest.prefix("key"));
    }
  }

  private ProviderException fails(GcsCredentials credentials) {
    ProviderException e = catchThrowableOfType(ProviderException.class, () -> list(credentials));
    assertThat(e).hasMessageContaining("gs://bucket").hasMessageContaining("key");
    return e;
  }

  @Test
  void serviceAccount_signsAndGetsAToken() throws IOException {
    list(GcsCredentials.json(gcs.serviceAccountKey(EMAIL), clock));
    assertThat(gcs.requests("oauth.token")).isEqualTo(1);
  }

  @Test
  void wrongKey_isDenied_andShowsNoSecret() throws IOException {
    String old = gcs.serviceAccountKey(EMAIL);
    gcs.serviceAccountKey(EMAIL);
    ProviderException e = fails(GcsCredentials.json(old, clock));
    assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
    assertThat(e).hasMessageContaining("Invalid JWT Signature").hasMessageContaining(EMAIL);
    assertThat(e.requestId()).isPresent();
    assertNoSecret(e, old);
  }

  @Test
  void clockSkew_isDenied_andTellsHowFar() throws IOException {
    String key = gcs.serviceAccountKey(EMAIL);
    gcs.time(RunningTime.instance());
    InstantSource wrong = InstantSource.offset(InstantSource.system(), Duration.ofHours(2));
    ProviderException e = fails(GcsCredentials.json(key, wrong));
    assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
    assertThat(e).hasMessageContaining("ahead of the server's");
  }

  @Test
  void manyThreads_shareOneFlight_andItIsRenewedBeforeItExpires() throws Exception {
    GcsCredentials credentials = GcsCredentials.json(gcs.serviceAccountKey(EMAIL), clock);
    try (ObjectStore store = store(credentials)) {
      all(store);
      assertThat(gcs.requests("oauth.token")).isEqualTo(1);
      time.advance(Duration.ofMinutes(55));
      all(store);
      assertThat(gcs.requests("oauth.token")).isEqualTo(1);
      time.advance(Duration.ofMinutes(3));
      all(store); // the old token serves while the new one is fetched
      time.advance(Duration.ofMinutes(3));
      all(store); // the old one would have expired
      assertThat(gcs.requests("oauth.token")).isEqualTo(2);
      time.advance(Duration.ofHours(2));
      all(store);
      assertThat(gcs.requests("oauth.token")).isEqualTo(3);
    }
  }

  private static void all(ObjectStore store) {
    List<CompletableFuture<?>> sent = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      CompletionStage<?> list = store.list(ListRequest.prefix("key"));
      sent.add(list.toCompletableFuture());
    }
    CompletableFuture.allOf(sent.toArray(new CompletableFuture<?>[0])).join();
  }

  @Test
  void failureOfAFlight_isNotKept() throws IOException {
    GcsCredentials credentials = GcsCredentials.json(gcs.serviceAccountKey(EMAIL), clock);
    gcs.fail(GcsFault.status("oauth.token", 503));
    assertThat(fails(credentials).kind()).isEqualTo(ErrorKind.TRANSIENT);
    gcs.fail(GcsFault.of("oauth.token", GcsFault.Kind.LOSE_REPLY));
    assertThat(fails(credentials).kind()).isEqualTo(ErrorKind.TRANSIENT);
    list(credentials);
    assertThat(gcs.requests("oauth.token")).isEqualTo(3);
  }

  @Test
  void expiredToken_isExpired() throws IOException {
    gcs.acceptToken("ya29.short", Duration.ofMinutes(1));
    GcsCredentials credentials = GcsCredentials.token("ya29.short");
    list(credentials);
    time.advance(Duration.ofMinutes(2));
    ProviderException e = fails(credentials);
    assertThat(e.kind()).isEqualTo(ErrorKind.EXPIRED);
    assertThat(e).hasMessageNotContaining("ya29");
  }

  @Test
  void refreshToken_metadataServer_givesTokens() throws IOException {
    gcs.refreshToken("1//refresh-secret", "client", "client-secret");
    String file =
        "{\"type\":\"authorized_user\",\"client_id\":\"client\",\"client_secret\":\"client-secret\","
            + "\"refresh_token\":\"1//refresh-secret\",\"token_uri\":\""
            + gcs.endpoint()
            + "/token\"}";
    list(GcsCredentials.json(file, clock));
    ProviderException e = fails(GcsCredentials.json(file.replace("1//refresh", "1//other"), clock));
    assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
    assertThat(e).hasMessageNotContaining("secret").hasMessageNotContaining("1//");
    gcs.time(RunningTime.instance());
    list(GcsCredentials.metadataServer(gcs.endpoint()));
    assertThat(gcs.requests("metadata.token")).isEqualTo(1);
  }

  @Test
  void externalAccount_exchangesAndImpersonates() throws IOException {
    gcs.serviceAccountKey(EMAIL);
    Path token = folder.resolve("token");
    Files.writeString(token, "{\"id\":\"" + FakeGcs.SUBJECT_TOKEN + "\"}");
    String source =
        "{\"file\":\""
            + token
            + "\",\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"id\"}}";
    list(GcsCredentials.json(external(source, ""), clock));
    assertThat(gcs.requests("sts.token")).isEqualTo(1);
    String impersonation =
        ",\"service_account_impersonation_url\":\""
            + gcs.endpoint()
            + "/v1/projects/-/serviceAccounts/"
            + EMAIL
            + ":generateAccessToken\"";
    list(GcsCredentials.json(external(source, impersonation), clock));
    assertThat(gcs.requests("iam.token")).isEqualTo(1);
    Files.writeString(token, "{\"id\":\"not-the-subject\"}");
    ProviderException e = fails(GcsCredentials.json(external(source, ""), clock));
    assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
    assertThat(e).hasMessageNotContaining("not-the-subject");
    Files.writeString(token, "no JSON not-the-subject");
    e = fails(GcsCredentials.json(external(source, ""), clock));
    assertThat(e).hasMessageNotContaining("not-the-subject");
    assertThatThrownBy(
            () -> GcsCredentials.json(external("{\"environment_id\":\"aws1\"}", ""), clock))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("neither in a file nor behind a URL");
  }

  private String external(String source, String more) {
    return "{\"type\":\"external_account\",\"audience\":\""
        + FakeGcs.AUDIENCE
        + "\",\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\",\"token_url\":\""
        + gcs.endpoint()
        + "/v1/token\",\"credential_source\":"
        + source
        + more
        + "}";
  }

  @Test
  void file_isReadAgain_missingOne_isNamed() throws IOException {
    Path file = folder.resolve("key.json");
    GcsCredentials credentials = GcsCredentials.file(file);
    assertThat(fails(credentials)).hasMessageContaining(file.toString());
    Files.writeString(file, "{\"type\":\"service_account\",\"private_key\":\"top-secret");
    ProviderException e = fails(credentials);
    assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
    assertNoSecret(e, "top-secret");
    gcs.time(RunningTime.instance());
    Files.writeString(file, gcs.serviceAccountKey(EMAIL));
    list(credentials);
  }

  @Test
  void damagedKeys_areInvalid_andShowNothing() {
    for (String text :
        List.of(
            "",
            "[]",
            "{\"type\":\"other\",\"private_key\":\"top-secret\"}",
            "{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":\"top-secret\"}",
            "{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":"
                + "\"-----BEGIN PRIVATE KEY-----\\ntop-secret\\n-----END PRIVATE KEY-----\"}")) {
      ProviderException e =
          catchThrowableOfType(ProviderException.class, () -> GcsCredentials.json(text));
      assertThat(e.kind()).as(text).isEqualTo(ErrorKind.INVALID);
      assertNoSecret(e, "top-secret");
    }
  }

  @Test
  void toString_showsNoSecret() throws IOException {
    String key = gcs.serviceAccountKey(EMAIL);
    assertThat(GcsCredentials.json(key))
        .hasToString("GcsCredentials(service account " + EMAIL + ")");
    assertThat(GcsCredentials.token("ya29.x")).hasToString("GcsCredentials(token)");
    assertThat(GcsCredentials.none()).hasToString("GcsCredentials(none)");
  }

  /** Neither a message nor a trace holds a secret, or a piece of the key. */
  private static void assertNoSecret(Throwable failure, String secret) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    int key = secret.indexOf("PRIVATE KEY-----\\n");
    String piece = key < 0 ? secret : secret.substring(key + 18, key + 58);
    assertThat(trace.toString()).doesNotContain(piece);
  }
}
