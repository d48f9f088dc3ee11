// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.compress;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Arrays;

/**
 * Compresses to standard zstd frames, with the content's size and without a checksum, since all
 * that is stored is authenticated. Keeps one native context for all calls, which nothing frees but
 * {@link #close()}. For one thread at a time.
 */
public final class ZstdPacker implements AutoCloseable {
  private final ZstdCompressCtx context;
  private int level = Integer.MIN_VALUE;

  /** Makes the context. */
  public ZstdPacker() throws ProviderException {
    ZstdLibrary.load();
    context = new ZstdCompressCtx();
    context.setChecksum(false).setContentSize(true).setDictID(false);
  }

  /** The most bytes that a frame of so much content can have. */
  public static int bound(int length) {
    int small = 128 << 10; // as ZSTD_compressBound has it, which is a native call
    return Math.addExact(length, (length >>> 8) + (length < small ? (small - length) >>> 11 : 0));
  }

  /**
   * Compresses a part of an array into another.
   *
   * @return the length of the frame
   * @throws IllegalArgumentException when less than {@link #bound} bytes are left in {@code into}
   */
  public int pack(int level, byte[] content, int offset, int length, byte[] into, int at)
      throws ProviderException {
    if (into.length - at < bound(length)) {
      throw new IllegalArgumentException(
          "Cannot compress " + length + " bytes: " + (into.length - at) + " are too few for them");
    }
    try {
      if (level != this.level) {
        context.setLevel(level);
        this.level = level;
      }
      return context.compressByteArray(into, at, into.length - at, content, offset, length);
    } catch (ZstdException e) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot compress "
              + length
              + " bytes at level "
              + level
              + ": zstd says "
              + e.getMessage()
              + ". Give the process more memory outside the heap.",
          e);
    }
  }

  /** Compresses an array. */
  public byte[] pack(int level, byte[] content) throws ProviderException {
    byte[] frame = new byte[bound(content.length)];
    return Arrays.copyOf(frame, pack(level, content, 0, content.length, frame, 0));
  }

  /** Frees the context. Closing again does nothing. */
  @Override
  public void close() {
    context.close();
  }

  /** Zstd's own bound, to compare {@link #bound} with. */
  static long nativeBound(int length) {
    return Zstd.compressBound(length);
  }
}
