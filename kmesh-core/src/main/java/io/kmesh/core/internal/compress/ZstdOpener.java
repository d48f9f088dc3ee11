// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.compress;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Objects;

/**
 * Opens zstd frames of any origin into arrays of a known length: what a frame says of itself never
 * decides how much is allocated. Keeps one native context for all calls, which nothing frees but
 * {@link #close()}. For one thread at a time.
 */
public final class ZstdOpener implements AutoCloseable {
  private static final long MEMORY_ALLOCATION = 64; // ZSTD_error_memory_allocation

  private final ZstdDecompressCtx context;

  /** Makes the context. */
  public ZstdOpener() throws ProviderException {
    ZstdLibrary.load();
    context = new ZstdDecompressCtx();
  }

  /**
   * Opens a frame that holds exactly {@code expected} bytes into {@code into} from {@code at} on.
   *
   * @throws ProviderException with {@code CORRUPT} when it is no such frame; what {@code into}
   *     holds there is then undefined
   */
  public void open(byte[] frame, int offset, int length, byte[] into, int at, int expected)
      throws ProviderException {
    Objects.checkFromIndexSize(offset, length, frame.length);
    Objects.checkFromIndexSize(at, expected, into.length);
    int opened;
    try {
      opened = context.decompressByteArray(into, at, expected, frame, offset, length);
    } catch (ZstdException e) {
      if (e.getErrorCode() == MEMORY_ALLOCATION) {
        throw new ProviderException(
            ErrorKind.TRANSIENT,
            "Cannot open a zstd frame of "
                + length
                + " bytes: there is no memory. Give the process more outside the heap.",
            e);
      }
      throw notWhatWasPacked(length, "zstd says " + e.getMessage(), e);
    }
    if (opened != expected) {
      throw notWhatWasPacked(length, "it holds " + opened + " bytes, not " + expected, null);
    }
  }

  /** Opens a frame that holds exactly {@code expected} bytes. */
  public byte[] open(byte[] frame, int offset, int length, int expected) throws ProviderException {
    byte[] content = new byte[expected];
    open(frame, offset, length, content, 0, expected);
    return content;
  }

  /** Opens a frame that says how many bytes it holds, {@code limit} at most. */
  public byte[] openAtMost(byte[] frame, int offset, int length, int limit)
      throws ProviderException {
    Objects.checkFromIndexSize(offset, length, frame.length);
    long size = length == 0 ? -1 : Zstd.getFrameContentSize(frame, offset, length);
    if (size < 0 || size > limit) {
      throw notWhatWasPacked(
          length,
          size < 0 ? "it does not say its content's size" : size + " bytes are over " + limit,
          null);
    }
    return open(frame, offset, length, (int) size);
  }

  private static ProviderException notWhatWasPacked(
      int length, String reason, @org.jspecify.annotations.Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot open a zstd frame of "
            + length
            + " bytes: "
            + reason
            + ". Read it again, or from another copy.",
        cause);
  }

  /** Frees the context. Closing again does nothing. */
  @Override
  public void close() {
    context.close();
  }
}
