// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/**
 * A part of an upload that the store holds.
 *
 * @param number 1 to the store's most parts
 * @param etag what to complete with
 * @param size its bytes
 */
public record UploadPart(int number, String etag, long size) {}
