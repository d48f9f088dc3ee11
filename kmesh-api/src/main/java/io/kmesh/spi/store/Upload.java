// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/**
 * An upload in parts that is neither completed nor aborted. It survives the process: key and id
 * name it.
 *
 * @param key the object's key
 * @param id the store's id of the upload
 */
public record Upload(String key, String id) {}
