// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/** Application-default credentials (cloud.google.com/docs/authentication). */
public final class ApplicationDefault implements TokenSource {
  private static final String FILE = "application_default_credentials.json";

  private final Map<String, String> environment;
  private final Path home;
  private final InstantSource clock;

  /** By an environment and a user's folder. */
  public ApplicationDefault(Map<String, String> environment, Path home, InstantSource clock) {
    this.environment = Map.copyOf(environment);
    this.home = home;
    this.clock = clock;
  }

  /** Those of this machine and user. */
  public static TokenSource ofMachine(InstantSource clock) {
    return new ApplicationDefault(
        System.getenv(), Path.of(System.getProperty("user.home", "/")), clock);
  }

  @Override
  public String name() {
    return "application default";
  }

  @Override
  public Token fetch(GcsHttp http) throws ProviderException {
    return chosen().fetch(http);
  }

  /** The first that is set up. */
  TokenSource chosen() {
    String named = environment.getOrDefault("GOOGLE_APPLICATION_CREDENTIALS", "");
    if (!named.isEmpty()) {
      return CredentialFile.at(Path.of(named), clock);
    }
    String config = environment.getOrDefault("CLOUDSDK_CONFIG", "");
    Path folder = config.isEmpty() ? home.resolve(".config/gcloud") : Path.of(config);
    Path file = folder.resolve(FILE);
    if (Files.exists(file)) {
      return CredentialFile.at(file, clock);
    }
    String host = environment.getOrDefault("GCE_METADATA_HOST", "");
    return new MetadataServer(
        host.isEmpty() ? MetadataServer.DEFAULT : URI.create("http://" + host));
  }
}
