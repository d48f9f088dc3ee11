// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/** A credential file of Google Cloud, of one of the types of application-default credentials. */
public final class CredentialFile implements TokenSource {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GOOGLE = "https://oauth2.googleapis.com/token";

  private final Path path;
  private final InstantSource clock;

  private CredentialFile(Path path, InstantSource clock) {
    this.path = path;
    this.clock = clock;
  }

  /** A file that is read for each token, since keys are replaced. */
  public static TokenSource at(Path path, InstantSource clock) {
    return new CredentialFile(path, clock);
  }

  /** The text of a file; messages name where it came from. */
  public static TokenSource parse(String text, String where, InstantSource clock)
      throws ProviderException {
    JsonNode file;
    try {
      file = JSON.readTree(text);
    } catch (JacksonException e) {
      // The cause is left out: its words show a piece of the text.
      throw invalid(where, "it is no JSON");
    }
    if (file == null || !file.isObject()) {
      throw invalid(where, "it is no JSON object");
    }
    String type = text(file, "type", where);
    return switch (type) {
      case "service_account" ->
          new ServiceAccount(
              text(file, "client_email", where),
              file.path("private_key_id").asText(""),
              file.path("token_uri").asText(GOOGLE),
              text(file, "private_key", where),
              clock);
      case "authorized_user" ->
          new AuthorizedUser(
              text(file, "client_id", where),
              text(file, "client_secret", where),
              text(file, "refresh_token", where),
              file.path("token_uri").asText(GOOGLE),
              clock);
      case "external_account" -> new ExternalAccount(file, where, clock);
      default ->
          throw invalid(
              where,
              "its type is "
                  + type
                  + ", which is none of service_account, authorized_user, external_account");
    };
  }

  static String text(JsonNode file, String field, String where) throws ProviderException {
    String value = file.path(field).asText("");
    if (value.isEmpty()) {
      throw invalid(where, "it has no " + field);
    }
    return value;
  }

  private static ProviderException invalid(String where, String reason) {
    return new ProviderException(
        ErrorKind.INVALID,
        "Cannot use the credentials of " + where + ": " + reason + ". Make the file again.");
  }

  @Override
  public String name() {
    return "file " + path;
  }

  @Override
  public Token fetch(GcsHttp http) throws ProviderException {
    String text;
    try {
      text = Files.readString(path);
    } catch (IOException e) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the credentials of " + path + ": " + e + ". Check the path.",
          e);
    }
    return parse(text, path.toString(), clock).fetch(http);
  }
}
