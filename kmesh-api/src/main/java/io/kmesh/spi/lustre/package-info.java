// SPDX-License-Identifier: Apache-2.0
/**
 * What Kmesh needs of a Lustre file system, in Kmesh values: implemented over liblustreapi and by
 * the simulated Lustre of the test kit. Paths are relative to the mount's root. Thread-safe unless
 * a type says otherwise.
 *
 * <p>Failures are {@link io.kmesh.spi.ProviderException}s whose errno is the one that Lustre gives.
 */
@NullMarked
package io.kmesh.spi.lustre;

import org.jspecify.annotations.NullMarked;
