// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.cloud.gcp.internal.time.SystemClock;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import okhttp3.Request;

/** The service account of the machine, by its metadata server. */
public final class MetadataServer implements TokenSource {
  /** Where it is on Google's machines. */
  public static final URI DEFAULT = URI.create("http://metadata.google.internal");

  private static final String PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

  private final URI endpoint;

  /** The server at an endpoint without a path. */
  public MetadataServer(URI endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  public String name() {
    return "metadata server " + endpoint;
  }

  @Override
  public Token fetch(GcsHttp http) throws ProviderException {
    Request request =
        TokenCalls.request(name(), endpoint + PATH).header("Metadata-Flavor", "Google").build();
    return TokenCalls.token(
        name(), SystemClock.INSTANCE, TokenCalls.json(http, SystemClock.INSTANCE, name(), request));
  }
}
