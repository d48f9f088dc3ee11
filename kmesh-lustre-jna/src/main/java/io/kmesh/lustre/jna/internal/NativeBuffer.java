// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Native memory for what is too large for {@link Scratch}: listings, attribute values, link texts,
 * data of heap buffers. The usual size is pooled.
 */
public final class NativeBuffer implements AutoCloseable {
  /** The usual size: also the largest value and list of extended attributes that Linux allows. */
  public static final int USUAL = 64 << 10;

  private static final int MOST_KEPT = 32;
  private static final ConcurrentLinkedDeque<NativeBuffer> KEPT = new ConcurrentLinkedDeque<>();
  private static final AtomicInteger KEPT_COUNT = new AtomicInteger();

  private final ByteBuffer bytes;
  private final long address;

  private NativeBuffer(int size) {
    this.bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    this.address = addressOf(bytes);
  }

  /** A buffer of the usual size. */
  public static NativeBuffer take() {
    NativeBuffer buffer = KEPT.pollFirst();
    if (buffer == null) {
      return new NativeBuffer(USUAL);
    }
    KEPT_COUNT.decrementAndGet();
    return buffer;
  }

  /** A buffer of at least {@code size} bytes. */
  public static NativeBuffer take(int size) {
    return size <= USUAL ? take() : new NativeBuffer(size);
  }

  /** The address of byte 0 of a direct buffer, whatever its position. */
  public static long addressOf(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }

  public ByteBuffer bytes() {
    return bytes;
  }

  public long address() {
    return address;
  }

  public int size() {
    return bytes.capacity();
  }

  /** A copy of the first {@code length} bytes. */
  public byte[] copy(int length) {
    byte[] copy = new byte[length];
    bytes.get(0, copy);
    return copy;
  }

  /** Gives the memory back; it must not be used any more. */
  @Override
  public void close() {
    if (size() == USUAL) {
      if (KEPT_COUNT.incrementAndGet() <= MOST_KEPT) {
        bytes.clear();
        KEPT.addFirst(this);
      } else {
        KEPT_COUNT.decrementAndGet();
      }
    }
  }
}
