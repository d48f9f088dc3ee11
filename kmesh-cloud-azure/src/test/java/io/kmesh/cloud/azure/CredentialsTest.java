// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import static io.kmesh.cloud.azure.Stages.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where tokens come from, by a server that plays Entra ID, the machine's metadata and Azure. */
class CredentialsTest {
  private static final String KEY = "k";
  @TempDir Path folder;

  private static boolean isToken(HttpExchange exchange) {
    return exchange.getRequestURI().getPath().contains("/oauth2/");
  }

  private static void json(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private static ScriptedAzure issuing(String token) {
    return new ScriptedAzure(
        exchange -> {
          if (isToken(exchange)) {
            json(exchange, 200, "{\"access_token\":\"" + token + "\",\"expires_in\":\"3600\"}");
          } else {
            ScriptedAzure.error(exchange, 404, "BlobNotFound", "None.");
          }
        });
  }

  private Map<String, String> environment(ScriptedAzure azure) {
    Map<String, String> environment = new TreeMap<>();
    environment.put("AZURE_STORAGE_ACCOUNT", "acct");
    environment.put("AZURE_TENANT_ID", "the-tenant");
    environment.put("AZURE_CLIENT_ID", "the-client");
    environment.put("AZURE_AUTHORITY_HOST", azure.uri() + "/");
    environment.put("AZURE_POD_IDENTITY_AUTHORITY_HOST", azure.uri() + "/");
    return environment;
  }

  @Test
  void workloadIdentity_sendsTheFilesToken_onceForManyRequests() throws IOException {
    Path file = Files.writeString(folder.resolve("token"), "federated-assertion\n");
    try (ScriptedAzure azure = issuing("from-entra")) {
      Map<String, String> environment = environment(azure);
      environment.put("AZURE_FEDERATED_TOKEN_FILE", file.toString());
      try (ObjectStore store = azure.store(BlobCredentials.environment(environment))) {
        List<CompletionStage<?>> heads =
            IntStream.range(0, 20).<CompletionStage<?>>mapToObj(i -> store.head(KEY)).toList();
        heads.forEach(head -> assertThat(failure(head).kind()).isEqualTo(ErrorKind.NOT_FOUND));
      }
      assertThat(azure.asked().stream().filter(a -> a.path().contains("oauth2")))
          .singleElement()
          .satisfies(a -> assertThat(a.path()).isEqualTo("/the-tenant/oauth2/v2.0/token"));
      assertThat(azure.asked().stream().filter(a -> !a.path().contains("oauth2")))
          .hasSize(20)
          .allMatch(a -> a.headers().get("Authorization").equals(List.of("Bearer from-entra")));
    }
  }

  @Test
  void clientSecret_andManagedIdentity_areChosenByTheEnvironment() throws IOException {
    try (ScriptedAzure azure = issuing("t")) {
      Map<String, String> environment = environment(azure);
      environment.put("AZURE_CLIENT_SECRET", "hidden");
      BlobCredentials secret = BlobCredentials.environment(environment);
      assertThat(secret).hasToString("BlobCredentials(secret of client the-client)");
      failure(azure.store(secret).head(KEY));
      assertThat(azure.asked().get(0).method()).isEqualTo("POST");
      environment.remove("AZURE_CLIENT_SECRET");
      BlobCredentials machine = BlobCredentials.environment(environment);
      assertThat(machine).hasToString("BlobCredentials(managed identity the-client)");
      failure(azure.store(machine).head(KEY));
      ScriptedAzure.Asked asked = azure.asked().get(2);
      assertThat(asked.path()).isEqualTo("/metadata/identity/oauth2/token");
      assertThat(asked.query()).contains("client_id=the-client", "storage.azure.com");
      assertThat(asked.headers().get("Metadata")).containsExactly("true");
    }
  }

  @Test
  void keys_signatures_andConnectionStrings_comeFirst() throws IOException {
    assertThat(
            BlobCredentials.environment(
                Map.of("AZURE_STORAGE_ACCOUNT", "a", "AZURE_STORAGE_KEY", "c2VjcmV0")))
        .hasToString("BlobCredentials(key of a)");
    assertThat(BlobCredentials.environment(Map.of("AZURE_STORAGE_SAS_TOKEN", "sig=x")))
        .hasToString("BlobCredentials(shared access signature)");
    BlobCredentials text =
        BlobCredentials.environment(
            Map.of(
                "AZURE_STORAGE_CONNECTION_STRING",
                "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=c2VjcmV0==;"
                    + "EndpointSuffix=core.windows.net"));
    assertThat(text).hasToString("BlobCredentials(key of acc)");
    assertThat(text.endpoint()).hasToString("https://acc.blob.core.windows.net");
    try (ObjectStore store = BlobStore.builder("box").credentials(text).build()) {
      assertThat(store.uri()).hasToString("az://box@acc");
    }
    assertThatThrownBy(() -> BlobCredentials.environment(Map.of("AZURE_STORAGE_KEY", "c2VjcmV0")))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("AZURE_STORAGE_ACCOUNT")
        .hasMessageNotContaining("c2VjcmV0");
    assertThatThrownBy(() -> BlobCredentials.connectionString("AccountName=x;Other=c2VjcmV0"))
        .isInstanceOf(ProviderException.class)
        .hasMessageNotContaining("c2VjcmV0");
  }

  @Test
  void tokenThatIsRefused_failsTheCall_withoutASecret() throws IOException {
    try (ScriptedAzure azure =
        new ScriptedAzure(
            exchange ->
                json(
                    exchange,
                    401,
                    "{\"error\":\"invalid_client\",\"error_description\":"
                        + "\"AADSTS7000215: Invalid client secret hidden-secret provided.\"}"))) {
      Map<String, String> environment = environment(azure);
      environment.put("AZURE_CLIENT_SECRET", "hidden-secret");
      try (ObjectStore store = azure.store(BlobCredentials.environment(environment))) {
        ProviderException failure = failure(store.head(KEY));
        assertThat(failure.kind()).isEqualTo(ErrorKind.DENIED);
        assertThat(failure)
            .hasMessageContaining("head k in az://box@acct")
            .hasMessageContaining("AADSTS7000215")
            .hasMessageNotContaining("hidden-secret");
      }
    }
  }

  @Test
  void tokenFileThatIsMissing_isNamed() throws IOException {
    try (ScriptedAzure azure = issuing("t")) {
      Map<String, String> environment = environment(azure);
      environment.put("AZURE_FEDERATED_TOKEN_FILE", folder.resolve("none").toString());
      try (ObjectStore store = azure.store(BlobCredentials.environment(environment))) {
        assertThat(failure(store.head(KEY))).hasMessageContaining(folder + "/none");
      }
      assertThat(azure.asked()).isEmpty();
    }
  }
}
