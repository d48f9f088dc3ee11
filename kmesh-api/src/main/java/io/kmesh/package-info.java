// SPDX-License-Identifier: Apache-2.0
/**
 * Entry points of Kmesh: open a {@link io.kmesh.Kmesh}, attach clusters, run operations.
 *
 * <p>Types here are immutable or thread-safe unless they say otherwise. User calls throw the
 * unchecked {@link io.kmesh.KmeshException}; service provider interfaces ({@code io.kmesh.spi.*})
 * throw {@link java.io.IOException}, usually a {@link io.kmesh.spi.ProviderException}.
 */
@NullMarked
package io.kmesh;

import org.jspecify.annotations.NullMarked;
