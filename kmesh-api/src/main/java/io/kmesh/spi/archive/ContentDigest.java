// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

import io.kmesh.spi.store.Sha256;

/**
 * What was copied.
 *
 * @param size its bytes
 * @param sha256 the SHA-256 of them
 */
public record ContentDigest(long size, Sha256 sha256) {}
