// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/** What {@link FrameCodec#encode} made, in an array of the codec or of its caller. */
public final class EncodedFrame {
  private final int codec;
  private final int stride;
  private final byte[] bytes;
  private final int offset;
  private final int length;

  EncodedFrame(int codec, int stride, byte[] bytes, int offset, int length) {
    this.codec = codec;
    this.stride = stride;
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
  }

  /** {@link FrameCodec#STORED} or {@link FrameCodec#ZSTD}. */
  public int codec() {
    return codec;
  }

  /** The filter's stride; 1 for none. */
  public int stride() {
    return stride;
  }

  /** The array that holds the coded content; not a copy. */
  public byte[] bytes() {
    return bytes;
  }

  /** Where in the array it begins. */
  public int offset() {
    return offset;
  }

  /** How many bytes it has. */
  public int length() {
    return length;
  }
}
