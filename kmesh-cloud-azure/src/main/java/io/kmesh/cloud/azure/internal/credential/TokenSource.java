// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal.credential;

import java.util.concurrent.CompletionStage;

/** Where tokens come from. Each call asks anew; {@link TokenFlight} keeps them. Thread-safe. */
public interface TokenSource {
  /** A new token, or a {@link io.kmesh.spi.ProviderException}. */
  CompletionStage<AccessToken> fetch();
}
