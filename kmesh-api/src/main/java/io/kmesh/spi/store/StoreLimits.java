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
 * @param maxCopy the largest object that {@link ObjectStore#copy} takes, a larger one is INVALID;
 *     it is copied part by part where the store has PART_COPY
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
    DataSize maxCopy,
    int maxKeyBytes,
    DataSize maxMetadata,
    int listPage,
    int deleteBatch) {
  /** The limits of a store that copies what it can hold. */
  public StoreLimits(
      DataSize maxPut,
      DataSize minPart,
      int maxParts,
      DataSize maxObject,
      int maxKeyBytes,
      DataSize maxMetadata,
      int listPage,
      int deleteBatch) {
    this(
        maxPut,
        minPart,
        maxParts,
        maxObject,
        maxObject,
        maxKeyBytes,
        maxMetadata,
        listPage,
        deleteBatch);
  }
}
