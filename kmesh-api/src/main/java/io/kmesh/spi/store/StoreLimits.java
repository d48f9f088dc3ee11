// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import io.kmesh.unit.DataSize;

/**
 * The limits of a store.
 *
 * @param maxPut the largest body of one put or part
 * @param minPart the smallest part but the last
 * @param maxParts the most parts of one upload
 * @param maxObject the largest object
 * @param maxKeyBytes the longest key in UTF-8 bytes
 * @param maxMetadata the most user metadata of one object: names and values in UTF-8 bytes
 * @param listPage the most entries of one list page
 * @param deleteBatch the most keys of one delete
 */
public record StoreLimits(
    DataSize maxPut,
    DataSize minPart,
    int maxParts,
    DataSize maxObject,
    int maxKeyBytes,
    DataSize maxMetadata,
    int listPage,
    int deleteBatch) {}
