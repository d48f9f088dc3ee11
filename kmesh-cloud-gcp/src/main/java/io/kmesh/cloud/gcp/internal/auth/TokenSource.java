// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ProviderException;

/** Where tokens come from. Thread-safe. */
public interface TokenSource {
  /** What it is, without a secret. */
  String name();

  /** Fetches a token; blocks. */
  Token fetch(GcsHttp http) throws ProviderException;
}
