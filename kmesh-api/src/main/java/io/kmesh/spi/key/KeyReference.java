// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.key;

/**
 * The name of a key-encryption key.
 *
 * @param name the key's name with its keeper
 */
public record KeyReference(String name) {}
