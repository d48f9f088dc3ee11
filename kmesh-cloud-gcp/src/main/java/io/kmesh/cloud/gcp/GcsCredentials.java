// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp;

import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.cloud.gcp.internal.auth.ApplicationDefault;
import io.kmesh.cloud.gcp.internal.auth.CredentialFile;
import io.kmesh.cloud.gcp.internal.auth.FixedToken;
import io.kmesh.cloud.gcp.internal.auth.MetadataServer;
import io.kmesh.cloud.gcp.internal.auth.TokenCache;
import io.kmesh.cloud.gcp.internal.auth.TokenSource;
import io.kmesh.cloud.gcp.internal.time.SystemClock;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;

/**
 * Who asks Google Cloud. Tokens are fetched when they are first needed and renewed before they
 * expire, by one flight for all threads and all stores that share the credentials. Nothing here
 * prints a secret. Thread-safe.
 */
public final class GcsCredentials {
  private final TokenSource source;
  private final TokenCache cache;

  private GcsCredentials(TokenSource source, InstantSource clock) {
    this.source = source;
    this.cache = new TokenCache(source, clock);
  }

  private static GcsCredentials of(TokenSource source) {
    return new GcsCredentials(source, SystemClock.INSTANCE);
  }

  /** Nobody: for buckets that are public. */
  public static GcsCredentials none() {
    return of(new FixedToken(""));
  }

  /** A bearer token that somebody else renews. */
  public static GcsCredentials token(String bearer) {
    return of(new FixedToken(bearer));
  }

  /** The service account of the machine, by its metadata server. */
  public static GcsCredentials metadataServer() {
    return of(new MetadataServer(MetadataServer.DEFAULT));
  }

  /** The service account of the machine, by a metadata server elsewhere. */
  public static GcsCredentials metadataServer(URI endpoint) {
    return of(new MetadataServer(endpoint));
  }

  /**
   * A credential file, read again for each token: the key of a service account, a user's refresh
   * token as {@code gcloud auth application-default login} writes it, or an external account.
   */
  public static GcsCredentials file(Path path) {
    return of(CredentialFile.at(path, SystemClock.INSTANCE));
  }

  /**
   * The text of a credential file.
   *
   * @throws ProviderException INVALID when it is none
   */
  public static GcsCredentials json(String text) throws ProviderException {
    return json(text, SystemClock.INSTANCE);
  }

  /**
   * The text of a credential file, by another clock.
   *
   * @throws ProviderException INVALID when it is none
   */
  public static GcsCredentials json(String text, InstantSource clock) throws ProviderException {
    return new GcsCredentials(CredentialFile.parse(text, "the given text", clock), clock);
  }

  /**
   * What the machine is set up with: the file that {@code GOOGLE_APPLICATION_CREDENTIALS} names,
   * else that of gcloud, else the metadata server.
   */
  public static GcsCredentials applicationDefault() {
    return of(ApplicationDefault.ofMachine(SystemClock.INSTANCE));
  }

  CompletionStage<String> token(GcsHttp http) {
    return cache.token(http);
  }

  /** What they are, without a secret. */
  @Override
  public String toString() {
    return "GcsCredentials(" + source.name() + ")";
  }
}
