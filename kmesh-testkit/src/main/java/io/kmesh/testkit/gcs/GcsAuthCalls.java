// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Who may call, and the endpoints that give tokens. */
final class GcsAuthCalls {
  static final String SUBJECT_TOKEN = "subject-token";
  static final String AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/pool";
  private static final Duration SKEW = Duration.ofMinutes(5);

  private final GcsState state;
  private final String endpoint;
  private final Map<String, Instant> tokens = new ConcurrentHashMap<>();
  private final Map<String, PublicKey> accounts = new ConcurrentHashMap<>();
  private final Map<String, String> refreshTokens = new ConcurrentHashMap<>();
  private volatile Duration life = Duration.ofHours(1);
  private volatile boolean open;
  private volatile boolean forbids;
  private long issued;

  GcsAuthCalls(GcsState state, String endpoint) {
    this.state = state;
    this.endpoint = endpoint;
  }

  void account(String email, PublicKey key) {
    accounts.put(email, key);
  }

  void refreshToken(String token, String client) {
    refreshTokens.put(token, client);
  }

  void accept(String token, Duration validity) {
    tokens.put(token, state.now().plus(validity));
  }

  void revoke() {
    tokens.clear();
  }

  void life(Duration value) {
    life = value;
  }

  void open(boolean value) {
    open = value;
  }

  void forbid(boolean value) {
    forbids = value;
  }

  /** Refuses a request without a valid token. */
  void require(GcsRequest request) throws GcsError {
    String header = request.headerOrEmpty("Authorization");
    if (header.isEmpty()) {
      if (!open) {
        throw new GcsError(401, "required", "Anonymous caller does not have storage access.");
      }
      return;
    }
    Instant expiry = header.startsWith("Bearer ") ? tokens.get(header.substring(7)) : null;
    if (!open && (expiry == null || !expiry.isAfter(state.now()))) {
      throw new GcsError(401, "authError", "Invalid Credentials");
    }
    if (forbids) {
      throw new GcsError(
          403, "forbidden", "The caller does not have the permission that it needs.");
    }
  }

  /** The OAuth 2.0 endpoint: grants by a signed JWT (RFC 7523) and by a refresh token. */
  GcsReply oauth(GcsRequest request) throws GcsError {
    Map<String, String> form = form(request);
    String grant = form.getOrDefault("grant_type", "");
    if (grant.equals("urn:ietf:params:oauth:grant-type:jwt-bearer")) {
      String wrong = checkJwt(form.getOrDefault("assertion", ""));
      return wrong.isEmpty() ? token() : oauthError("invalid_grant", wrong);
    }
    if (grant.equals("refresh_token")) {
      String client = form.get("client_id") + ":" + form.get("client_secret");
      boolean isKnown = client.equals(refreshTokens.get(form.getOrDefault("refresh_token", "")));
      return isKnown ? token() : oauthError("invalid_grant", "Bad Request");
    }
    return oauthError("unsupported_grant_type", "Invalid grant_type: " + grant);
  }

  /** What is wrong with an assertion; empty when nothing is. */
  private String checkJwt(String assertion) throws GcsError {
    String[] parts = assertion.split("\\.", -1);
    if (parts.length != 3) {
      return "Invalid JWT: not three parts.";
    }
    Map<String, Object> header = GcsRequest.parse(base64(parts[0]));
    Map<String, Object> claims = GcsRequest.parse(base64(parts[1]));
    if (!"RS256".equals(header.get("alg"))) {
      return "Invalid JWT: alg must be RS256.";
    }
    PublicKey key = accounts.get(String.valueOf(claims.get("iss")));
    if (key == null) {
      return "Invalid grant: account not found";
    }
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initVerify(key);
      signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
      if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) {
        return "Invalid JWT Signature.";
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return "Invalid JWT Signature.";
    }
    if (!(endpoint + "/token").equals(claims.get("aud"))) {
      return "Invalid JWT: Failed audience check.";
    }
    if (!(claims.get("scope") instanceof String)) {
      return "Invalid JWT: no scope.";
    }
    Instant now = state.now();
    Instant from = instant(claims.get("iat"));
    Instant to = instant(claims.get("exp"));
    if (from.isAfter(now.plus(SKEW))
        || to.isBefore(now)
        || Duration.between(from, to).compareTo(Duration.ofHours(1)) > 0) {
      return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable"
          + " timeframe. Check your iat and exp values in the JWT claim.";
    }
    return "";
  }

  private static Instant instant(@Nullable Object value) {
    return Instant.ofEpochSecond(value instanceof BigDecimal n ? n.longValue() : 0);
  }

  private static String base64(String text) throws GcsError {
    try {
      return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw GcsError.invalid("Not Base64.");
    }
  }

  /** The metadata server of a machine. */
  GcsReply metadata(GcsRequest request) {
    if (!request.headerOrEmpty("Metadata-Flavor").equals("Google")) {
      return GcsReply.of(403).body("Missing Metadata-Flavor:Google header.".getBytes(UTF_8));
    }
    return token().header("Metadata-Flavor", "Google");
  }

  private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

  /** The Security Token Service: an exchange (RFC 8693) of another provider's token. */
  GcsReply sts(GcsRequest request) throws GcsError {
    Map<String, String> form = form(request);
    if (!"urn:ietf:params:oauth:grant-type:token-exchange".equals(form.get("grant_type"))
        || !"urn:ietf:params:oauth:token-type:access_token".equals(form.get("requested_token_type"))
        || !form.containsKey("subject_token_type")
        || !form.containsKey("scope")) {
      return oauthError("invalid_request", "A parameter of the exchange is missing or wrong.");
    }
    if (!AUDIENCE.equals(form.get("audience"))) {
      return oauthError("invalid_target", "The audience does not exist.");
    }
    if (!SUBJECT_TOKEN.equals(form.get("subject_token"))) {
      return oauthError("invalid_grant", "The subject token is not valid.");
    }
    Map<String, Object> answer = answer();
    answer.put("issued_token_type", "urn:ietf:params:oauth:token-type:access_token");
    return GcsReply.json(200, answer);
  }

  /** The IAM Credentials API: a token of a service account for who may impersonate it. */
  GcsReply impersonate(GcsRequest request, String name) throws GcsError {
    require(request);
    Map<String, Object> body = request.json();
    String email = name.substring(0, name.indexOf(':'));
    if (!(body.get("scope") instanceof List<?> scopes) || scopes.isEmpty()) {
      throw GcsError.required("A scope is required.");
    }
    if (!accounts.containsKey(email)) {
      throw new GcsError(404, "notFound", "Unknown service account");
    }
    Map<String, Object> answer = answer();
    Map<String, Object> r = new LinkedHashMap<>();
    r.put("accessToken", answer.get("access_token"));
    r.put("expireTime", state.now().plus(life).toString());
    return GcsReply.json(200, r);
  }

  private GcsReply token() {
    return GcsReply.json(200, answer());
  }

  private synchronized Map<String, Object> answer() {
    String token = "ya29.issued-" + ++issued;
    tokens.put(token, state.now().plus(life));
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("access_token", token);
    answer.put("expires_in", life.toSeconds());
    answer.put("token_type", "Bearer");
    return answer;
  }

  private static GcsReply oauthError(String error, String description) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("error", error);
    body.put("error_description", description);
    return GcsReply.json(400, body);
  }

  private static Map<String, String> form(GcsRequest request) throws GcsError {
    if (!request.headerOrEmpty("Content-Type").startsWith("application/x-www-form-urlencoded")) {
      throw new GcsError(400, "badContent", "The content type must be that of a form.");
    }
    Map<String, String> form = new TreeMap<>();
    for (String one : request.text().split("&", -1)) {
      int equals = one.indexOf('=');
      if (equals > 0) {
        form.put(
            GcsRequest.decode(one.substring(0, equals)),
            GcsRequest.decode(one.substring(equals + 1)));
      }
    }
    return form;
  }
}
