// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal.credential;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Requests for tokens: "OAuth 2.0 client credentials flow" of the Microsoft identity platform, and
 * "How to use managed identities to acquire an access token" of Azure's documentation. Thread-safe.
 */
public final class TokenRequests {
  private static final String RESOURCE = "https://storage.azure.com/";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KmeshTime time;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .executor(HttpThreads.daemons("kmesh-azure-token"))
          .build();

  /** Requests by a clock. */
  public TokenRequests(KmeshTime time) {
    this.time = time;
  }

  /** Tokens for a secret of an application. */
  public TokenSource clientSecret(URI authority, String tenant, String client, Secret secret) {
    return () ->
        send(
            "the client " + client,
            entra(authority, tenant, client, secret("client_secret", secret)));
  }

  private static Map<String, String> secret(String name, Secret secret) {
    return Map.of(name, secret.reveal());
  }

  /** Tokens for a token that Kubernetes, or another issuer, writes and renews in a file. */
  public TokenSource workload(URI authority, String tenant, String client, Path file) {
    return () -> {
      String assertion;
      try (FileInputStream in = new FileInputStream(file.toFile())) {
        assertion = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      } catch (IOException e) {
        return CompletableFuture.failedFuture(
            failure(
                ErrorKind.DENIED,
                "the client " + client,
                "the token file " + file + " can't be read (" + e.getMessage() + "). Mount it",
                null));
      }
      return send(
          "the client " + client,
          entra(
              authority,
              tenant,
              client,
              Map.of(
                  "client_assertion_type",
                  "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                  "client_assertion",
                  assertion)));
    };
  }

  /** Tokens of the machine's identity; of several, that of a client. */
  public TokenSource managed(URI endpoint, @Nullable String client) {
    return () -> {
      String query = "api-version=2018-02-01&resource=" + encoded(RESOURCE);
      URI uri =
          endpoint.resolve(
              "/metadata/identity/oauth2/token?"
                  + query
                  + (client == null ? "" : "&client_id=" + encoded(client)));
      return send(
          "the machine's identity",
          HttpRequest.newBuilder(uri).timeout(PATIENCE).header("Metadata", "true").GET().build());
    };
  }

  private static HttpRequest entra(
      URI authority, String tenant, String client, Map<String, String> proof) {
    Map<String, String> form = new TreeMap<>(proof);
    form.put("client_id", client);
    form.put("grant_type", "client_credentials");
    form.put("scope", RESOURCE + ".default");
    String body =
        form.entrySet().stream()
            .map(e -> e.getKey() + "=" + encoded(e.getValue()))
            .collect(Collectors.joining("&"));
    return HttpRequest.newBuilder(authority.resolve("/" + encoded(tenant) + "/oauth2/v2.0/token"))
        .timeout(PATIENCE)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private CompletionStage<AccessToken> send(String who, HttpRequest request) {
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .handle(
            (response, failure) -> {
              try {
                if (failure != null) {
                  throw failure(
                      ErrorKind.TRANSIENT,
                      who,
                      request.uri().getHost()
                          + " gave no answer ("
                          + root(failure).getClass().getSimpleName()
                          + "). Try again",
                      null);
                }
                return token(who, response);
              } catch (ProviderException e) {
                throw new CompletionException(e);
              }
            });
  }

  private static Throwable root(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private AccessToken token(String who, HttpResponse<String> response) throws ProviderException {
    JsonNode json = parse(response.body());
    if (response.statusCode() != 200) {
      throw refused(who, response, json);
    }
    String value = json.path("access_token").asText("");
    long seconds = json.path("expires_in").asLong(0);
    if (value.isEmpty() || seconds <= 0) {
      throw failure(
          ErrorKind.INVALID,
          who,
          response.uri().getHost() + " answered without a token. Check the endpoint",
          null);
    }
    Instant expires = time.now().plusSeconds(seconds);
    return new AccessToken(new Secret(value), expires);
  }

  private static JsonNode parse(String body) {
    try {
      JsonNode json = JSON.readTree(body);
      return json == null ? JSON.createObjectNode() : json;
    } catch (JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }

  /** The error's name and number alone: descriptions may repeat what was sent. */
  private static ProviderException refused(
      String who, HttpResponse<String> response, JsonNode json) {
    String error = json.path("error").asText("");
    String description = json.path("error_description").asText("");
    String number =
        description.startsWith("AADSTS") ? " " + description.split("[^A-Z0-9]", 2)[0] : "";
    int status = response.statusCode();
    ErrorKind kind =
        status == 429
            ? ErrorKind.THROTTLED
            : status >= 500 || status == 404 || status == 410
                ? ErrorKind.TRANSIENT
                : ErrorKind.DENIED;
    return failure(
        kind,
        who,
        response.uri().getHost()
            + " refused it ("
            + error
            + number
            + ", status "
            + status
            + "). Check the tenant, the client and what proves it",
        response.headers().firstValue("x-ms-request-id").orElse(null));
  }

  private static ProviderException failure(
      ErrorKind kind, String who, String reason, @Nullable String requestId) {
    return new ProviderException(
        kind, "Cannot get a token for " + who + ": " + reason + ".", null, null, null, requestId);
  }
}
