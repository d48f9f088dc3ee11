// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/**
 * A version of an object.
 *
 * @param info the object as it was; without metadata where lists have none, and of size 0 with an
 *     empty ETag for a mark of deletion
 * @param isLatest whether it is what a read without a version finds
 * @param isDeleteMark whether it says that the object was deleted
 */
public record ObjectVersion(ObjectInfo info, boolean isLatest, boolean isDeleteMark) {}
