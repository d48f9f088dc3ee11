// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import io.kmesh.core.internal.compress.ZstdOpener;
import io.kmesh.core.internal.compress.ZstdPacker;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Objects;

/**
 * Makes the content of frames small, and whole again. It holds native memory until it is closed,
 * and arrays as large as the largest content. For one thread at a time.
 */
public final class FrameCodec implements AutoCloseable {
  /** The codec byte of content as it is. */
  public static final int STORED = 0;

  /** The codec byte of a zstd frame. */
  public static final int ZSTD = 1;

  /** The most content of a frame. */
  public static final int LARGEST_CONTENT = 16 << 20;

  /** Content is stored unless zstd takes away more than one part of so many: opening costs too. */
  private static final int LEAST_GAIN = 64;

  private final ZstdPacker packer;
  private final ZstdOpener opener;
  private final FilterProbe probe;
  private byte[] filtered = new byte[0];
  private byte[] packed = new byte[0];

  /** Makes the native contexts. */
  public FrameCodec() throws ProviderException {
    packer = new ZstdPacker();
    try {
      opener = new ZstdOpener();
    } catch (ProviderException | RuntimeException e) {
      packer.close();
      throw e;
    }
    probe = new FilterProbe(packer);
  }

  /** A probe that shares the native memory of this codec, and its thread. */
  public FilterProbe probe() {
    return probe;
  }

  /**
   * Codes content. The result is valid until the next call of any method, and while the content is
   * left alone, since content that can't be made smaller is not copied.
   */
  public EncodedFrame encode(byte[] content, int offset, int length, Coding coding)
      throws ProviderException {
    return encode(content, offset, length, coding, Levels.of(coding.dataClass()));
  }

  /** The same with a level that somebody chose. */
  public EncodedFrame encode(byte[] content, int offset, int length, Coding coding, int level)
      throws ProviderException {
    Objects.checkFromIndexSize(offset, length, content.length);
    if (length > LARGEST_CONTENT) {
      throw new IllegalArgumentException(
          "Cannot code a frame of " + length + " bytes: it has at most " + LARGEST_CONTENT);
    }
    int stride = length < coding.stride() ? 1 : coding.stride();
    byte[] source = content;
    int from = offset;
    if (stride > 1) {
      filtered = atLeast(filtered, length);
      ByteShuffle.shuffle(stride, content, offset, length, filtered, 0);
      source = filtered;
      from = 0;
    }
    packed = atLeast(packed, ZstdPacker.bound(length));
    int size = packer.pack(level, source, from, length, packed, 0);
    return size < length - length / LEAST_GAIN
        ? new EncodedFrame(ZSTD, stride, packed, 0, size)
        : new EncodedFrame(STORED, 1, content, offset, length);
  }

  /**
   * Makes content of {@code contentLength} bytes whole again.
   *
   * @throws ProviderException with {@code UNSUPPORTED} for a codec or stride that is not known, and
   *     with {@code CORRUPT} when the body is not of such content
   */
  public byte[] decode(
      int codec, int stride, byte[] body, int offset, int length, int contentLength)
      throws ProviderException {
    if (contentLength < 0 || contentLength > LARGEST_CONTENT) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot decode a frame of "
              + Integer.toUnsignedString(contentLength)
              + " bytes: it has at most "
              + LARGEST_CONTENT
              + ". Read it again, or from another copy.");
    }
    byte[] content = new byte[contentLength];
    decode(codec, stride, body, offset, length, content, 0, contentLength);
    return content;
  }

  /** The same into an array of the caller's. */
  public void decode(
      int codec,
      int stride,
      byte[] body,
      int offset,
      int length,
      byte[] into,
      int at,
      int contentLength)
      throws ProviderException {
    Objects.checkFromIndexSize(offset, length, body.length);
    Objects.checkFromIndexSize(at, contentLength, into.length);
    boolean isFiltered = stride != 1;
    if (isFiltered && !ByteShuffle.isStride(stride)) {
      throw unknown("stride", stride);
    }
    if (codec == ZSTD) {
      if (isFiltered) {
        filtered = atLeast(filtered, contentLength);
        opener.open(body, offset, length, filtered, 0, contentLength);
        ByteShuffle.unshuffle(stride, filtered, 0, contentLength, into, at);
      } else {
        opener.open(body, offset, length, into, at, contentLength);
      }
    } else if (codec == STORED) {
      if (length != contentLength) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot decode a stored frame: its body has "
                + length
                + " bytes, its content "
                + contentLength
                + ". Read it again, or from another copy.");
      }
      if (isFiltered) {
        ByteShuffle.unshuffle(stride, body, offset, length, into, at);
      } else {
        System.arraycopy(body, offset, into, at, length);
      }
    } else {
      throw unknown("codec", codec);
    }
  }

  private static ProviderException unknown(String what, int value) {
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot decode a frame: its "
            + what
            + " is "
            + value
            + ", which this Kmesh does not know. Use the Kmesh that wrote it, or a newer one.");
  }

  private static byte[] atLeast(byte[] array, int length) {
    return array.length >= length ? array : new byte[length];
  }

  /** Frees the native memory. Closing again does nothing. */
  @Override
  public void close() {
    packer.close();
    opener.close();
  }
}
