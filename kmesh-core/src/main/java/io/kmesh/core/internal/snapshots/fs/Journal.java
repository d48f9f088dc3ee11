// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The changes of an overlay, a frame for each group that happens whole or not at all:
 * docs/format/virtual-copy.md. A tail that was not durable may be missing or torn, and is cut off;
 * damage before it is told. Not thread-safe.
 */
final class Journal implements ChangeLog {
  /** Its file. */
  static final String FILE = "journal";

  /** Its file while it is made anew. */
  static final String NEW = "journal.new";

  private static final byte[] MAGIC = {'K', 'M', 'V', 'C', 0, 0, 0, 0};
  private static final byte[] FRAME = "KMVF".getBytes(StandardCharsets.US_ASCII);
  private static final int FRAME_NUMBER =
      ByteBuffer.wrap(FRAME).order(ByteOrder.LITTLE_ENDIAN).getInt();
  private static final int HEADER = 20;
  private static final int MOST = 1 << 28;
  private static final int WINDOW = 1 << 20;

  private final OverlayFiles files;
  private OverlayFiles.Data file;
  private long size;
  private long durable;

  private Journal(OverlayFiles files, OverlayFiles.Data file, long size, long durable) {
    this.files = files;
    this.file = file;
    this.size = size;
    this.durable = durable;
  }

  /** Takes the changes of a frame. */
  @FunctionalInterface
  interface Taker {
    void take(List<Change> changes) throws IOException;
  }

  /** Makes one with its first frame, durable. */
  static Journal create(OverlayFiles files, List<Change> first) throws IOException {
    OverlayFiles.Data file = fresh(files);
    try {
      Journal journal = new Journal(files, file, MAGIC.length, 0);
      journal.append(first);
      journal.publish();
      return journal;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static OverlayFiles.Data fresh(OverlayFiles files) throws IOException {
    files.delete(NEW);
    OverlayFiles.Data file = files.open(NEW);
    try {
      file.write(ByteBuffer.wrap(MAGIC), 0);
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void publish() throws IOException {
    file.sync();
    files.rename(NEW, FILE);
    files.syncFolder("");
    durable = size;
  }

  /** Opens one and hands over what is in it. */
  static Journal open(OverlayFiles files, Taker taker) throws IOException {
    if (!files.exists(FILE)) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot open a virtual copy in " + files.where() + ": there is none. Create one.");
    }
    files.delete(NEW);
    OverlayFiles.Data file = files.open(FILE);
    try {
      Journal journal = new Journal(files, file, 0, 0);
      journal.replay(taker);
      return journal;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void replay(Taker taker) throws IOException {
    byte[] magic = new byte[MAGIC.length];
    long length = file.size();
    if (file.read(ByteBuffer.wrap(magic), 0) != magic.length
        || !Arrays.equals(magic, 0, 4, MAGIC, 0, 4)) {
      throw damaged(0, "it does not begin as one");
    }
    if (!Arrays.equals(magic, MAGIC)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open the virtual copy in "
              + files.where()
              + ": its format is "
              + magic[4]
              + ", this Kmesh reads 0. Use a newer Kmesh.");
    }
    long at = MAGIC.length;
    while (at < length) {
      byte[] payload = frame(at, length);
      if (payload == null) {
        break;
      }
      taker.take(ChangeCodec.read(payload, "the journal in " + files.where() + " at " + at));
      at += HEADER + payload.length;
    }
    if (at == MAGIC.length) {
      throw damaged(at, "its first frame can't be read");
    }
    if (at < length) {
      requireTorn(at, length);
      file.truncate(at);
    }
    size = at;
    // What is read may still be lost by the machine; from here on it may not.
    file.sync();
    durable = size;
  }

  /** The payload of a frame; null when there is none of a right checksum. */
  private byte @org.jspecify.annotations.Nullable [] frame(long at, long length)
      throws IOException {
    ByteBuffer header = header(at, length);
    int payload = payload(header, at, length);
    if (payload < 0) {
      return null;
    }
    byte[] bytes = new byte[payload];
    if (file.read(ByteBuffer.wrap(bytes), at + HEADER) != payload
        || header.getInt(16) != crc(at, payload, header.getLong(8), bytes)) {
      return null;
    }
    return bytes;
  }

  private ByteBuffer header(long at, long length) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    if (length - at >= HEADER) {
      file.read(header, at);
    }
    return header;
  }

  private static int payload(ByteBuffer header, long at, long length) {
    int payload = header.getInt(4);
    boolean isFrame =
        header.getInt(0) == FRAME_NUMBER
            && payload >= 0
            && payload <= MOST
            && payload <= length - at - HEADER;
    return isFrame ? payload : -1;
  }

  /** Fails when a frame behind a bad one knows that the bad one had been durable. */
  private void requireTorn(long bad, long length) throws IOException {
    byte[] window = new byte[WINDOW + FRAME.length];
    for (long from = bad + 1; from < length; from += WINDOW) {
      int count = file.read(ByteBuffer.wrap(window), from);
      for (int i = 0; i + FRAME.length <= count; i++) {
        if (Arrays.equals(window, i, i + FRAME.length, FRAME, 0, FRAME.length)
            && frame(from + i, length) != null
            && header(from + i, length).getLong(8) > bad) {
          throw damaged(bad, "a frame is damaged that had been durable");
        }
      }
    }
  }

  private ProviderException damaged(long at, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot open the virtual copy in "
            + files.where()
            + ": its journal is damaged at "
            + at
            + ": "
            + reason
            + ". Put the folder back from a backup, or delete the copy.");
  }

  private static int crc(long at, int payload, long durable, byte[] bytes) {
    CRC32C crc = new CRC32C();
    ByteBuffer head = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    crc.update(head.putLong(at).putInt(payload).putLong(durable).flip());
    crc.update(bytes);
    return (int) crc.getValue();
  }

  @Override
  public void append(List<Change> changes) throws IOException {
    byte[] payload = ChangeCodec.write(changes);
    ByteBuffer frame = ByteBuffer.allocate(HEADER + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.put(FRAME).putInt(payload.length).putLong(durable);
    frame.putInt(crc(size, payload.length, durable, payload)).put(payload);
    file.write(frame.flip(), size);
    size += frame.limit();
  }

  @Override
  public void sync() throws IOException {
    if (durable < size) {
      file.sync();
      durable = size;
    }
  }

  @Override
  public void replace(Iterable<List<Change>> frames) throws IOException {
    OverlayFiles.Data fresh = fresh(files);
    Journal next = new Journal(files, fresh, MAGIC.length, 0);
    try {
      for (List<Change> changes : frames) {
        next.append(changes);
      }
      fresh.sync();
      files.rename(NEW, FILE);
    } catch (IOException | RuntimeException e) {
      fresh.close();
      throw e;
    }
    OverlayFiles.Data old = file;
    file = fresh;
    size = next.size;
    durable = 0;
    old.close();
    files.syncFolder("");
    durable = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
