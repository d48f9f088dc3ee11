// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import java.nio.ByteBuffer;

/**
 * A part of an object that was read.
 *
 * @param info the object that it is a part of, as of this read
 * @param offset the first byte's place in the object
 * @param data the bytes; the reader owns the buffer
 */
public record ObjectRange(ObjectInfo info, long offset, ByteBuffer data) {}
