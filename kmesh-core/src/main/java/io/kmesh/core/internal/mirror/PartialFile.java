// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.journal.DownloadRecord;
import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file that has not its name yet, with what an earlier import that ended early wrote of it.
 * Thread-safe for ranges that do not overlap.
 */
final class PartialFile {
  private final PosixFile file;
  private final Extents extents;
  private final long oldSize;
  private final @Nullable MirrorJournal journal;
  private final @Nullable DownloadRecord record;
  private final SortedMap<Long, DownloadRecord.Range> held;
  private final AtomicLong moved = new AtomicLong();

  private PartialFile(
      PosixFile file,
      Extents extents,
      long oldSize,
      @Nullable MirrorJournal journal,
      @Nullable DownloadRecord record) {
    this.file = file;
    this.extents = extents;
    this.oldSize = oldSize;
    this.journal = journal;
    this.record = record;
    this.held = record == null ? new TreeMap<>() : record.ranges();
  }

  /** An empty file of which nothing is remembered. */
  static PartialFile unremembered(PosixFile file, Extents extents) {
    return new PartialFile(file, extents, 0, null, null);
  }

  /**
   * A file that is remembered.
   *
   * @param oldSize the bytes that it has already
   * @param record with what was written to it
   */
  static PartialFile remembered(
      PosixFile file, Extents extents, long oldSize, MirrorJournal journal, DownloadRecord record) {
    return new PartialFile(file, extents, oldSize, journal, record);
  }

  PosixFile file() {
    return file;
  }

  /** Where the object's bytes belong. */
  Extents extents() {
    return extents;
  }

  /** Whether it stays after a failure, for the next import. */
  boolean staysAfter(Exception failure) {
    return record != null && Failures.isPassing(failure);
  }

  /** The bytes that came from the store. */
  long moved() {
    return moved.get();
  }

  /**
   * The length of what is to be had next: a range that is there, or one up to the next of these.
   */
  int lengthAt(long at, int most) {
    DownloadRecord.Range there = held.get(at);
    if (there != null && there.length() <= most) {
      return there.length();
    }
    SortedMap<Long, DownloadRecord.Range> later = held.tailMap(at + 1);
    return later.isEmpty() ? most : (int) Math.min(most, later.firstKey() - at);
  }

  /** The bytes of a range that is there already and has the bytes that once came. */
  Optional<ByteBuffer> held(long at, int length) throws IOException {
    DownloadRecord.Range there = held.get(at);
    if (there == null || there.length() != length) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try {
      BodyReader reader = new BodyReader(file, extents, "what was brought");
      reader.seek(at);
      reader.fill(bytes);
    } catch (ProviderException e) {
      return Optional.empty(); // shorter than it was, as after a crash of the machine
    }
    return crc32c(bytes) == there.crc32c() ? Optional.of(bytes) : Optional.empty();
  }

  /** Whether a range is remembered as there; {@link #held} tells whether it is. */
  boolean mayHold(long at, int length) {
    DownloadRecord.Range there = held.get(at);
    return there != null && there.length() == length;
  }

  /** Writes a range that came, and remembers it. */
  void came(long at, ByteBuffer data) throws IOException {
    place(at, data, true, (piece, offset) -> {});
    moved.addAndGet(data.remaining());
    if (journal != null) {
      remember(at, data.remaining(), crc32c(data));
    }
  }

  /**
   * Writes a piece of a range.
   *
   * @param isFirst whether nothing of the range was written since this import began
   * @param placed told of each piece that was written
   */
  void place(long at, ByteBuffer data, boolean isFirst, Content.Placer placed) throws IOException {
    extents.place(
        at,
        data,
        (piece, offset) -> {
          write(piece, offset, isFirst);
          placed.place(piece, offset);
        });
  }

  /** Remembers a range of which all pieces were placed. */
  void arrived(long at, int length, int crc32c) {
    moved.addAndGet(length);
    remember(at, length, crc32c);
  }

  private void remember(long at, int length, int crc32c) {
    MirrorJournal remembered = journal;
    DownloadRecord of = record;
    if (remembered != null && of != null) {
      remembered.add(of, new DownloadRecord.Range(at, length, crc32c));
    }
  }

  /** Zeros are left out only where nothing was ever written. */
  private void write(ByteBuffer piece, long offset, boolean isFirst) throws IOException {
    if (isFirst && offset >= oldSize) {
      ZeroRuns.write(file, piece, offset);
    } else {
      file.write(piece.duplicate(), offset);
    }
  }

  private static int crc32c(ByteBuffer data) {
    CRC32C crc = new CRC32C();
    crc.update(data.duplicate());
    return (int) crc.getValue();
  }
}
