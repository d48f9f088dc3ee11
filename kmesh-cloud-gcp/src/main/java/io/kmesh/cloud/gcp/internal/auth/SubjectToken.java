// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Where another provider's token is: the whole text of a file or an answer, or a field of its JSON.
 *
 * @param file the file; empty for a URL
 * @param url the URL; empty for a file
 * @param headers of the request to the URL
 * @param field the field; empty for the whole text
 */
record SubjectToken(String file, String url, Map<String, String> headers, String field) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MOST = 1 << 20;

  static SubjectToken of(JsonNode source, String where) throws ProviderException {
    String file = source.path("file").asText("");
    String url = source.path("url").asText("");
    if (source.has("environment_id") || file.isEmpty() == url.isEmpty()) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot use the external account of "
              + where
              + ": its token is neither in a file nor behind a URL. Use one of the two.");
    }
    Map<String, String> headers = new TreeMap<>();
    source
        .path("headers")
        .properties()
        .forEach(e -> headers.put(e.getKey(), e.getValue().asText()));
    boolean isJson = source.path("format").path("type").asText("text").equals("json");
    String field =
        isJson ? CredentialFile.text(source.path("format"), "subject_token_field_name", where) : "";
    return new SubjectToken(file, url, headers, field);
  }

  String read(GcsHttp http, InstantSource clock, String who) throws ProviderException {
    String place = file.isEmpty() ? url : file;
    String text;
    try {
      text = file.isEmpty() ? fetch(http, who) : Files.readString(Path.of(file));
      String token = field.isEmpty() ? text.strip() : JSON.readTree(text).path(field).asText("");
      if (!token.isEmpty()) {
        return token;
      }
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      // As an empty one: its words would show a piece of the token.
    } catch (ProviderException e) {
      throw e;
    } catch (IOException e) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot read the subject token of " + who + " at " + place + ": " + e + ". Try again.",
          e);
    }
    throw new ProviderException(
        ErrorKind.DENIED,
        "Cannot get a token for " + who + ": " + place + " holds no subject token. Check it.");
  }

  private String fetch(GcsHttp http, String who) throws IOException {
    Request.Builder request = TokenCalls.request(who, url);
    headers.forEach(request::header);
    try (Response response = http.client().newCall(request.build()).execute()) {
      if (!response.isSuccessful()) {
        throw new IOException("HTTP " + response.code());
      }
      return response.peekBody(MOST).string();
    }
  }

  /** Headers may hold secrets. */
  @Override
  public String toString() {
    return "SubjectToken(" + (file.isEmpty() ? url : file) + ")";
  }
}
