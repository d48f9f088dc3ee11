// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.nio.Volume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file that is open, all of one version. As long as none was handed out, a newer
 * version of the source takes its place. Thread-safe.
 */
final class AccessBytes implements Volume.Bytes {
  private static final int MOST_VERSIONS = 4;

  private final AccessVolume volume;
  private final Fetcher fetcher;
  private final ReadAhead ahead = new ReadAhead();
  private AccessVolume.Entry entry; // guarded by this, as all below
  private SensitiveReads.@Nullable Reading reading;
  private byte[] last = new byte[0];
  private long lastBlock = -1;
  private boolean isUsed;

  /**
   * Bytes of a file.
   *
   * @param reading the right to read it; null when it is not sensitive
   */
  AccessBytes(
      AccessVolume volume,
      Fetcher fetcher,
      AccessVolume.Entry entry,
      SensitiveReads.@Nullable Reading reading) {
    this.volume = volume;
    this.fetcher = fetcher;
    this.entry = entry;
    this.reading = reading;
  }

  @Override
  public synchronized int read(long offset, ByteBuffer target, boolean isSequential)
      throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        int count = reading == null ? read(offset, target) : read(reading, offset, target);
        isUsed |= count > 0;
        return count;
      } catch (StaleContentException e) {
        if (isUsed || tries == MOST_VERSIONS) {
          throw e;
        }
        Optional<AccessVolume.Entry> newer = volume.again(entry);
        if (newer.isEmpty() || content(newer.get(), null).equals(content(entry, null))) {
          throw e;
        }
        if (reading != null) {
          reading.end();
        }
        reading = volume.reading(newer.get());
        entry = newer.get();
        lastBlock = -1;
      }
    }
  }

  /** Hands nothing out that came when the grant had ended. */
  private int read(SensitiveReads.Reading under, long offset, ByteBuffer target)
      throws IOException {
    int from = target.position();
    try {
      under.check();
      int count = read(offset, target);
      under.check();
      under.handedOut(offset, count);
      return count;
    } catch (AccessDeniedException e) {
      for (int at = from; at < target.position(); at++) {
        target.put(at, (byte) 0);
      }
      target.position(from);
      forget();
      throw e;
    }
  }

  private void forget() {
    Arrays.fill(last, (byte) 0);
    last = new byte[0];
    lastBlock = -1;
  }

  private int read(long offset, ByteBuffer target) throws IOException {
    Fetcher.Content content = content(entry, reading);
    long end = Math.min(content.size(), offset + target.remaining());
    if (offset >= end) {
      return 0;
    }
    ReadAhead.Range more = ahead.next(offset, end, content.size());
    if (!more.isEmpty()) {
      fetcher.ahead(content, Blocks.of(more.from()), Blocks.count(more.to()));
    }
    int from = target.position();
    long at = offset;
    try {
      while (at < end) {
        byte[] bytes = block(content, Blocks.of(at), Blocks.of(end - 1));
        int begin = (int) (at - Blocks.start(Blocks.of(at)));
        int length = (int) Math.min(bytes.length - begin, end - at);
        target.put(bytes, begin, length);
        at += length;
      }
    } catch (IOException e) {
      if (target.position() == from
          || e instanceof StaleContentException
          || e instanceof AccessDeniedException) {
        target.position(from);
        throw e;
      }
      // What came before the failure is whole; the next read begins at it and tells why.
    }
    return target.position() - from;
  }

  private byte[] block(Fetcher.Content content, long block, long end) throws IOException {
    if (block != lastBlock) {
      last = fetcher.block(content, block, end, entry.path().toString());
      lastBlock = block;
    }
    return last;
  }

  private static Fetcher.Content content(
      AccessVolume.Entry entry, SensitiveReads.@Nullable Reading reading) {
    return new Fetcher.Content(
        entry.node().id(),
        entry.node().contentVersion().origin(),
        entry.node().content().size(),
        reading == null ? null : reading.cache());
  }

  @Override
  public synchronized long size() {
    return entry.node().content().size();
  }

  /** Tells what was read of it, when it is sensitive. */
  @Override
  public synchronized void close() throws IOException {
    if (reading != null) {
      forget();
      reading.end();
    }
  }

  /** Which version it is, once something was read. */
  synchronized AccessVolume.Entry entry() {
    return entry;
  }
}
