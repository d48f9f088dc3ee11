// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

/**
 * A step of the push that is under way, written before its first request.
 *
 * @param number its place among the steps
 * @param kind what is done
 * @param key the key that is written or deleted, without the prefix
 * @param attempt the attempt that the written object carries; empty for a delete
 * @param from of a copy the key that is copied; else empty
 * @param etag the ETag that is replaced, deleted or, of a copy, copied; empty when nothing may be
 *     there
 * @param inode the inode whose object it is; 0 for none
 */
record Intent(
    long number, Kind kind, String key, String attempt, String from, String etag, long inode) {
  /** What is done at a key. The order is that of the numbers in the index. */
  enum Kind {
    /** An object is put. */
    PUT,
    /** Another object is copied there. */
    COPY,
    /** The object is deleted. */
    DELETE
  }
}
