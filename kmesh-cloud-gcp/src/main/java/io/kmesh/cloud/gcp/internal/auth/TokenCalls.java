// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import okhttp3.FormBody;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;

/** Requests to endpoints that give tokens. A message never holds what was sent. */
final class TokenCalls {
  static final String SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
  static final String CLOUD_SCOPE = "https://www.googleapis.com/auth/cloud-platform";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MOST = 1 << 20;

  private TokenCalls() {}

  /** Sends a form and gives the token that is answered. */
  static Token form(
      GcsHttp http, InstantSource clock, String who, String url, Map<String, String> form)
      throws ProviderException {
    FormBody.Builder body = new FormBody.Builder();
    form.forEach(body::add);
    return token(who, clock, json(http, clock, who, request(who, url).post(body.build()).build()));
  }

  static Request.Builder request(String who, String url) throws ProviderException {
    HttpUrl parsed = HttpUrl.parse(url);
    if (parsed == null) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot get a token for " + who + ": its token endpoint is no HTTP URL. Correct it.");
    }
    return new Request.Builder().url(parsed);
  }

  static Token token(String who, InstantSource clock, JsonNode answer) throws ProviderException {
    String secret = answer.path("access_token").asText("");
    long seconds = answer.path("expires_in").asLong(0);
    if (secret.isEmpty() || seconds <= 0) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot get a token for " + who + ": the answer holds none. Try again.");
    }
    return new Token(secret, clock.instant().plusSeconds(seconds));
  }

  /** Sends a request that is answered by JSON. */
  static JsonNode json(GcsHttp http, InstantSource clock, String who, Request request)
      throws ProviderException {
    String place = request.url().newBuilder().query(null).build().toString();
    try (Response response = http.client().newCall(request).execute()) {
      String text = response.peekBody(MOST).string();
      if (!response.isSuccessful()) {
        throw refused(who, place, clock, response, text);
      }
      JsonNode json = JSON.readTree(text);
      if (json == null || !json.isObject()) {
        throw new IOException("no JSON object");
      }
      return json;
    } catch (ProviderException e) {
      throw e;
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      // Its words would show a piece of the answer, which holds the token.
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot get a token for " + who + ": the answer of " + place + " is no JSON. Try again.");
    } catch (IOException e) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot get a token for " + who + " at " + place + ": " + e + ". Try again.",
          e);
    }
  }

  private static ProviderException refused(
      String who, String place, InstantSource clock, Response response, String text) {
    String error = "";
    String words = "";
    try {
      JsonNode json = JSON.readTree(text);
      JsonNode of = json == null ? JSON.nullNode() : json.path("error");
      error = of.isTextual() ? of.asText() : of.path("status").asText("");
      words =
          of.isTextual()
              ? json.path("error_description").asText("")
              : of.path("message").asText("");
    } catch (IOException e) {
      // The status alone tells then.
    }
    int status = response.code();
    ErrorKind kind =
        status == 429
            ? ErrorKind.THROTTLED
            : status >= 500 ? ErrorKind.TRANSIENT : ErrorKind.DENIED;
    String clockWords =
        words.contains("iat and exp") ? " This machine's clock is " + drift(clock, response) : "";
    return new ProviderException(
        kind,
        "Cannot get a token for "
            + who
            + ": "
            + place
            + " answered HTTP "
            + status
            + (error.isEmpty() ? "" : " " + error)
            + (words.isEmpty() ? "" : " (" + words + ")")
            + "."
            + clockWords
            + (kind == ErrorKind.DENIED ? " Check the credentials." : " Try again."),
        null,
        null,
        null,
        response.header("X-GUploader-UploadID"));
  }

  private static String drift(InstantSource clock, Response response) {
    try {
      Instant there =
          ZonedDateTime.parse(
                  String.valueOf(response.header("Date")), DateTimeFormatter.RFC_1123_DATE_TIME)
              .toInstant();
      long seconds = Duration.between(there, clock.instant()).toSeconds();
      return Math.abs(seconds) + " s " + (seconds < 0 ? "behind" : "ahead of") + " the server's.";
    } catch (DateTimeException e) {
      return "perhaps wrong.";
    }
  }
}
