// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.ProviderException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** An object's open file with its checked trailer. The file never changes while it is open. */
final class ObjectFile implements Closeable {
  private static final int TAIL = 8 << 10;

  private final StoreFiles.Handle handle;
  private final ObjectTrailer trailer;
  private final ByteBuffer tail;
  private final long tailOffset;

  private ObjectFile(
      StoreFiles.Handle handle, ObjectTrailer trailer, ByteBuffer tail, long tailOffset) {
    this.handle = handle;
    this.trailer = trailer;
    this.tail = tail;
    this.tailOffset = tailOffset;
  }

  /**
   * Opens the file of a key.
   *
   * @throws java.nio.file.NoSuchFileException when there is none
   * @throws ProviderException CORRUPT, with the key, when it is not what was stored
   */
  static ObjectFile open(
      StoreFiles files, Path file, String verb, String key, StoreFailures failures)
      throws IOException {
    StoreFiles.Handle handle = files.openToRead(file);
    try {
      return of(handle, key);
    } catch (ObjectTrailer.DamageException e) {
      handle.close();
      throw failures.corrupt(verb, key, String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      handle.close();
      throw e;
    }
  }

  // One read gives the trailer, and of a small object all of it.
  private static ObjectFile of(StoreFiles.Handle handle, String key)
      throws IOException, ObjectTrailer.DamageException {
    long size = handle.size();
    long tailOffset = Math.max(0, size - TAIL);
    ByteBuffer tail = readFully(handle, tailOffset, (int) (size - tailOffset));
    int footerAt = Math.max(0, tail.limit() - ObjectTrailer.FOOTER);
    int length = ObjectTrailer.lengthOf(tail.slice(footerAt, tail.limit() - footerAt), size);
    ByteBuffer bodyAndFooter =
        length <= tail.limit()
            ? tail.slice(tail.limit() - length, length)
            : readFully(handle, size - length, length);
    ObjectTrailer trailer = ObjectTrailer.decode(bodyAndFooter, size);
    if (!trailer.key().equals(key)) {
      throw new ObjectTrailer.DamageException(
          "its file holds the object of another key, " + trailer.key());
    }
    return new ObjectFile(handle, trailer, tail, tailOffset);
  }

  private static ByteBuffer readFully(StoreFiles.Handle handle, long offset, int length)
      throws IOException, ObjectTrailer.DamageException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    handle.read(buffer, offset);
    if (buffer.hasRemaining()) {
      throw new ObjectTrailer.DamageException("its file became shorter while it was read");
    }
    return buffer.flip();
  }

  ObjectTrailer trailer() {
    return trailer;
  }

  /** The open file; this object closes it. */
  StoreFiles.Handle handle() {
    return handle;
  }

  /** At most {@code length} of the object's bytes from an offset. */
  ByteBuffer read(long offset, int length) throws IOException, ObjectTrailer.DamageException {
    long from = Math.min(offset, trailer.size());
    int count = (int) Math.min(length, trailer.size() - from);
    if (count > 0 && from >= tailOffset) {
      // A copy: the reader owns its buffer, and must not keep the trailer in memory with it.
      ByteBuffer copy = ByteBuffer.allocate(count);
      return copy.put(tail.slice((int) (from - tailOffset), count)).flip();
    }
    return readFully(handle, from, count);
  }

  @Override
  public void close() throws IOException {
    handle.close();
  }
}
