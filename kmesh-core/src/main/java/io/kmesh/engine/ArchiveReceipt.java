// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.store.Sha256;

/**
 * What proves that a file's content is in a store; kept with the file in the xattr {@link
 * ReceiptCodec#XATTR}.
 *
 * @param fid the file
 * @param dataVersion its data version when it was archived
 * @param store the store's name
 * @param key the object's whole key
 * @param version the object's version or ETag
 * @param size the file's bytes
 * @param sha256 the SHA-256 of the file's content
 */
public record ArchiveReceipt(
    Fid fid,
    long dataVersion,
    String store,
    String key,
    String version,
    long size,
    Sha256 sha256) {}
