// SPDX-License-Identifier: Apache-2.0
/**
 * Object stores as thin primitives without policy: splitting, concurrency, byte budgets, rate and
 * retries are the engine's. Implementations do not retry.
 *
 * <p>Keys are UTF-8 text of 1 to 1,024 bytes. A stage fails with a {@link
 * io.kmesh.spi.ProviderException} (perhaps wrapped in a {@link
 * java.util.concurrent.CompletionException}). A completed mutation is durable: it survives a crash
 * of the store's machine.
 */
@NullMarked
package io.kmesh.spi.store;

import org.jspecify.annotations.NullMarked;
