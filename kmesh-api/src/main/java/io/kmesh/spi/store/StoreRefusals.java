// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What a store answers that can't do something. */
final class StoreRefusals {
  private StoreRefusals() {}

  static <T> CompletionStage<T> refuse(ObjectStore store, StoreCapability capability, String what) {
    return CompletableFuture.failedFuture(
        new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot "
                + what
                + ": "
                + store.uri()
                + " does not have the capability "
                + capability
                + "."));
  }
}
