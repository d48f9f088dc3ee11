// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32C;

/**
 * The append-only file of one coordinator. What {@link #flush} returned for survives the death of
 * the process; it is not synced, as the disk's death is not simulated. Not thread-safe.
 *
 * <p>It writes with a {@link RandomAccessFile}: an interrupt of a caller must not close it.
 */
final class ActionLog implements Closeable {
  /** Takes the entries of an existing log, in order. */
  @FunctionalInterface
  interface Replay {
    void entry(LogEntry entry) throws IOException;
  }

  /** Writes the entries that make up the present state. */
  @FunctionalInterface
  interface Rewrite {
    void writeTo(ActionLog log) throws IOException;
  }

  private static final int BUFFER = 64 * 1024;
  private static final long MIN_COMPACTION = 1 << 20;

  private final Path path;
  private final int mdt;
  private final ByteBuffer pending = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private RandomAccessFile file;
  private long size;
  private long sizeAfterCompaction;

  private ActionLog(Path path, int mdt, RandomAccessFile file, long size) {
    this.path = path;
    this.mdt = mdt;
    this.file = file;
    this.size = size;
  }

  /**
   * Opens or makes the log of an MDT and replays it. An entry that the dying process wrote only in
   * part is cut off.
   *
   * @throws IOException CORRUPT when an entry is damaged
   */
  static ActionLog open(Path directory, int mdt, Replay replay) throws IOException {
    Path path = directory.resolve("mdt" + mdt + ".actions");
    Files.deleteIfExists(temporary(path));
    if (!Files.exists(path)) {
      create(path, mdt).close();
      Files.move(temporary(path), path, StandardCopyOption.ATOMIC_MOVE);
    }
    long good = replay(path, mdt, replay);
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
    file.setLength(good);
    file.seek(good);
    return new ActionLog(path, mdt, file, good);
  }

  private static Path temporary(Path path) {
    return path.resolveSibling(path.getFileName() + ".new");
  }

  private static RandomAccessFile create(Path path, int mdt) throws IOException {
    RandomAccessFile made = new RandomAccessFile(temporary(path).toFile(), "rw");
    made.setLength(0);
    made.write(LogCodec.header(mdt));
    return made;
  }

  private static long replay(Path path, int mdt, Replay replay) throws IOException {
    String where = path.toString();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER)) {
      LogCodec.checkHeader(in.readNBytes(LogCodec.HEADER), mdt, where);
      long good = LogCodec.HEADER;
      while (true) {
        byte[] frame = in.readNBytes(LogCodec.FRAME);
        if (frame.length < LogCodec.FRAME) {
          return good;
        }
        ByteBuffer b = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        int length = b.getInt();
        if (b.getInt() != ~length || length < 1 || length > LogCodec.MAX_BODY) {
          throw LogCodec.corrupt(where, "the length of the entry at byte " + good + " is damaged");
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
          return good;
        }
        CRC32C crc = new CRC32C();
        crc.update(body, 0, length);
        if ((int) crc.getValue() != b.getInt()) {
          throw LogCodec.corrupt(where, "the checksum of the entry at byte " + good + " is wrong");
        }
        replay.entry(LogCodec.decode(body, where));
        good += LogCodec.FRAME + length;
      }
    }
  }

  /** Adds an entry; {@link #flush} makes it last. */
  void append(LogEntry entry) throws IOException {
    if (pending.remaining() < LogCodec.FRAME + LogCodec.MAX_BODY) {
      flush();
    }
    LogCodec.write(pending, entry);
  }

  /** Hands all entries to the operating system. */
  void flush() throws IOException {
    int length = pending.position();
    if (length == 0) {
      return;
    }
    try {
      file.write(pending.array(), 0, length);
    } catch (IOException e) {
      // What follows must not continue half an entry; the entries stay pending.
      file.setLength(size);
      file.seek(size);
      throw e;
    }
    size += length;
    pending.clear();
  }

  /** Whether the log is several times as large as what it says. */
  boolean isWorthCompacting() {
    return size > MIN_COMPACTION && size > 4 * sizeAfterCompaction;
  }

  /** Replaces the log by one that says the present state only. */
  void compact(Rewrite rewrite) throws IOException {
    flush();
    try (RandomAccessFile made = create(path, mdt)) {
      ActionLog fresh = new ActionLog(path, mdt, made, LogCodec.HEADER);
      rewrite.writeTo(fresh);
      fresh.flush();
    }
    Files.move(temporary(path), path, StandardCopyOption.ATOMIC_MOVE);
    file.close();
    file = new RandomAccessFile(path.toFile(), "rw");
    size = file.length();
    file.seek(size);
    sizeAfterCompaction = size;
  }

  @Override
  public void close() throws IOException {
    try {
      flush();
    } finally {
      file.close();
    }
  }
}
