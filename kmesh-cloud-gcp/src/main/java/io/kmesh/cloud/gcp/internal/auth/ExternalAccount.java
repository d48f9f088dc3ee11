// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;

/**
 * Workload identity federation (AIP-4117): another provider's token, of a file or a URL, is
 * exchanged at the Security Token Service (RFC 8693), and that token perhaps for one of a service
 * account.
 */
final class ExternalAccount implements TokenSource {
  private static final MediaType JSON = MediaType.get("application/json; charset=UTF-8");

  private final String audience;
  private final String subjectTokenType;
  private final String tokenUrl;
  private final String impersonationUrl;
  private final SubjectToken subject;
  private final InstantSource clock;

  ExternalAccount(JsonNode file, String where, InstantSource clock) throws ProviderException {
    this.audience = CredentialFile.text(file, "audience", where);
    this.subjectTokenType = CredentialFile.text(file, "subject_token_type", where);
    this.tokenUrl = CredentialFile.text(file, "token_url", where);
    this.impersonationUrl = file.path("service_account_impersonation_url").asText("");
    this.subject = SubjectToken.of(file.path("credential_source"), where);
    this.clock = clock;
  }

  @Override
  public String name() {
    return "external account of " + audience;
  }

  @Override
  public Token fetch(GcsHttp http) throws ProviderException {
    Token federated =
        TokenCalls.form(
            http,
            clock,
            name(),
            tokenUrl,
            Map.of(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
                "audience",
                audience,
                "scope",
                impersonationUrl.isEmpty() ? TokenCalls.SCOPE : TokenCalls.CLOUD_SCOPE,
                "requested_token_type",
                "urn:ietf:params:oauth:token-type:access_token",
                "subject_token_type",
                subjectTokenType,
                "subject_token",
                subject.read(http, clock, name())));
    return impersonationUrl.isEmpty() ? federated : impersonate(http, federated);
  }

  private Token impersonate(GcsHttp http, Token federated) throws ProviderException {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putArray("scope").add(TokenCalls.SCOPE);
    body.put("lifetime", "3600s");
    Request request =
        TokenCalls.request(name(), impersonationUrl)
            .header("Authorization", "Bearer " + federated.secret())
            .post(RequestBody.create(body.toString(), JSON))
            .build();
    JsonNode answer = TokenCalls.json(http, clock, name(), request);
    try {
      String secret = answer.path("accessToken").asText("");
      if (!secret.isEmpty()) {
        return new Token(secret, Instant.parse(answer.path("expireTime").asText("")));
      }
    } catch (DateTimeException e) {
      // As without a token.
    }
    throw new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot get a token for " + name() + ": the impersonation's answer holds none. Try again.");
  }
}
