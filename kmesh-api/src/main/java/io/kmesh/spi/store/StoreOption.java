// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/**
 * An option of a store's URL, as help shows it.
 *
 * @param name its name in the query, such as {@code region}
 * @param meaning what it does, its values and its default, in a sentence
 */
public record StoreOption(String name, String meaning) {}
