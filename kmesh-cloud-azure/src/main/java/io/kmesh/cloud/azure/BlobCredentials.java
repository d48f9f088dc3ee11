// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import io.kmesh.cloud.azure.internal.credential.AccessToken;
import io.kmesh.cloud.azure.internal.credential.Credential;
import io.kmesh.cloud.azure.internal.credential.Secret;
import io.kmesh.cloud.azure.internal.credential.TokenFlight;
import io.kmesh.cloud.azure.internal.credential.TokenRequests;
import io.kmesh.cloud.azure.internal.credential.TokenSource;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a store on Azure Blob Storage shows to the service. Tokens are renewed before they expire,
 * by one request for all who wait for it. Immutable; shows no secret of its own.
 */
public final class BlobCredentials {
  private static final URI ENTRA = URI.create("https://login.microsoftonline.com/");
  private static final URI IMDS = URI.create("http://169.254.169.254/");

  private final String shown;
  private final @Nullable String account;
  private final @Nullable URI endpoint;
  private final Function<KmeshTime, Credential> credential;

  private BlobCredentials(
      String shown,
      @Nullable String account,
      @Nullable URI endpoint,
      Function<KmeshTime, Credential> credential) {
    this.shown = shown;
    this.account = account;
    this.endpoint = endpoint;
    this.credential = credential;
  }

  /** A key of an account, in Base64. */
  public static BlobCredentials sharedKey(String account, String key) {
    Secret secret = new Secret(key);
    return new BlobCredentials(
        "key of " + account, account, null, time -> new Credential.SharedKey(account, secret));
  }

  /** A shared access signature of an account or a container, with or without its {@code ?}. */
  public static BlobCredentials sharedAccessSignature(String token) {
    Secret secret = new Secret(token.startsWith("?") ? token.substring(1) : token);
    return new BlobCredentials(
        "shared access signature", null, null, time -> new Credential.Sas(secret));
  }

  /** A token of Microsoft Entra ID for {@code https://storage.azure.com/}, never renewed. */
  public static BlobCredentials token(String token) {
    AccessToken given = new AccessToken(new Secret(token), Instant.MAX);
    return tokens("token", requests -> () -> CompletableFuture.completedFuture(given));
  }

  /** A secret of an application. */
  public static BlobCredentials clientSecret(String tenant, String client, String secret) {
    return clientSecret(ENTRA, tenant, client, secret);
  }

  private static BlobCredentials clientSecret(
      URI authority, String tenant, String client, String text) {
    Secret secret = new Secret(text);
    return tokens(
        "secret of client " + client,
        requests -> requests.clientSecret(authority, tenant, client, secret));
  }

  /** Workload identity: a token that an issuer such as Kubernetes renews in a file. */
  public static BlobCredentials workloadIdentity(String tenant, String client, Path tokenFile) {
    return workloadIdentity(ENTRA, tenant, client, tokenFile);
  }

  private static BlobCredentials workloadIdentity(
      URI authority, String tenant, String client, Path tokenFile) {
    return tokens(
        "workload identity of client " + client,
        requests -> requests.workload(authority, tenant, client, tokenFile));
  }

  /** The identity that Azure gives the virtual machine. */
  public static BlobCredentials managedIdentity() {
    return managedIdentity(IMDS, null);
  }

  /** One of several identities of the virtual machine, by its client id. */
  public static BlobCredentials managedIdentity(String client) {
    return managedIdentity(IMDS, client);
  }

  private static BlobCredentials managedIdentity(URI metadata, @Nullable String client) {
    return tokens(
        client == null ? "managed identity" : "managed identity " + client,
        requests -> requests.managed(metadata, client));
  }

  private static BlobCredentials tokens(String shown, Function<TokenRequests, TokenSource> source) {
    return new BlobCredentials(
        shown,
        null,
        null,
        time ->
            new Credential.Bearer(new TokenFlight(source.apply(new TokenRequests(time)), time)));
  }

  /**
   * What the portal shows as a connection string.
   *
   * @throws ProviderException INVALID when it names neither a key nor a signature
   */
  public static BlobCredentials connectionString(String text) throws ProviderException {
    Map<String, String> parts = new HashMap<>();
    for (String part : text.split(";", -1)) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        parts.put(
            part.substring(0, equals).strip().toLowerCase(Locale.ROOT), part.substring(equals + 1));
      }
    }
    String account = parts.get("accountname");
    String key = parts.get("accountkey");
    String sas = parts.get("sharedaccesssignature");
    BlobCredentials found =
        account != null && key != null
            ? sharedKey(account, key)
            : sas != null ? sharedAccessSignature(sas) : null;
    if (found == null) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the connection string: it has neither AccountName with AccountKey nor"
              + " SharedAccessSignature. Copy it from the portal again.");
    }
    String suffix = parts.getOrDefault("endpointsuffix", "core.windows.net");
    String protocol = parts.getOrDefault("defaultendpointsprotocol", "https");
    String endpoint = parts.get("blobendpoint");
    if (endpoint == null && account != null) {
      endpoint = protocol + "://" + account + ".blob." + suffix;
    }
    return new BlobCredentials(
        found.shown, account, endpoint == null ? null : URI.create(endpoint), found.credential);
  }

  /**
   * What the environment says, the first of: AZURE_STORAGE_CONNECTION_STRING; AZURE_STORAGE_KEY
   * with AZURE_STORAGE_ACCOUNT; AZURE_STORAGE_SAS_TOKEN; of AZURE_TENANT_ID with AZURE_CLIENT_ID
   * the file AZURE_FEDERATED_TOKEN_FILE or AZURE_CLIENT_SECRET; the managed identity, of
   * AZURE_CLIENT_ID where it is set. AZURE_STORAGE_ACCOUNT names the account, AZURE_AUTHORITY_HOST
   * another authority.
   *
   * @throws ProviderException INVALID when a value can't be read
   */
  public static BlobCredentials environment() throws ProviderException {
    return environment(System.getenv());
  }

  static BlobCredentials environment(Map<String, String> environment) throws ProviderException {
    String account = value(environment, "AZURE_STORAGE_ACCOUNT");
    String connection = value(environment, "AZURE_STORAGE_CONNECTION_STRING");
    if (connection != null) {
      return connectionString(connection);
    }
    BlobCredentials found = chosen(environment, account);
    return new BlobCredentials(
        found.shown, account == null ? found.account : account, null, found.credential);
  }

  private static BlobCredentials chosen(Map<String, String> environment, @Nullable String account)
      throws ProviderException {
    String key = value(environment, "AZURE_STORAGE_KEY");
    if (key != null) {
      if (account == null) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot use AZURE_STORAGE_KEY: AZURE_STORAGE_ACCOUNT is not set. Set both.");
      }
      return sharedKey(account, key);
    }
    String sas = value(environment, "AZURE_STORAGE_SAS_TOKEN");
    if (sas != null) {
      return sharedAccessSignature(sas);
    }
    String tenant = value(environment, "AZURE_TENANT_ID");
    String client = value(environment, "AZURE_CLIENT_ID");
    URI authority = uri(environment, "AZURE_AUTHORITY_HOST", ENTRA);
    String file = value(environment, "AZURE_FEDERATED_TOKEN_FILE");
    String secret = value(environment, "AZURE_CLIENT_SECRET");
    if (tenant != null && client != null && file != null) {
      return workloadIdentity(authority, tenant, client, Path.of(file));
    }
    if (tenant != null && client != null && secret != null) {
      return clientSecret(authority, tenant, client, secret);
    }
    return managedIdentity(uri(environment, "AZURE_POD_IDENTITY_AUTHORITY_HOST", IMDS), client);
  }

  private static @Nullable String value(Map<String, String> environment, String name) {
    String value = environment.get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static URI uri(Map<String, String> environment, String name, URI otherwise)
      throws ProviderException {
    String value = value(environment, name);
    try {
      return value == null ? otherwise : URI.create(value);
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot use " + name + ": " + value + " is no URL. Correct it.");
    }
  }

  @Nullable String account() {
    return account;
  }

  @Nullable URI endpoint() {
    return endpoint;
  }

  Credential credential(KmeshTime time) {
    return credential.apply(time);
  }

  /** The kind, without secrets. */
  @Override
  public String toString() {
    return "BlobCredentials(" + shown + ")";
  }
}
