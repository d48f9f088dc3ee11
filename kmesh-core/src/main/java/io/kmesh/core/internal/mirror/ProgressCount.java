// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.TreeCopy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Counts entries and bytes that went by, and tells a listener now and then. Thread-safe. */
public final class ProgressCount {
  private static final long EVERY_ENTRIES = 1000;

  private final Consumer<TreeCopy.Progress> listener;
  private final long everyBytes;
  private final AtomicLong entries = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong toldEntries = new AtomicLong();
  private final AtomicLong toldBytes = new AtomicLong();
  private volatile long totalEntries = -1;
  private volatile long totalBytes = -1;

  /** Tells about every thousand entries or so many bytes. */
  public ProgressCount(Consumer<TreeCopy.Progress> listener, long everyBytes) {
    this.listener = listener;
    this.everyBytes = everyBytes;
  }

  /** An entry is done. */
  public void entry() {
    add(entries, toldEntries, 1, EVERY_ENTRIES);
  }

  /** Content went by. */
  public void content(long count) {
    add(bytes, toldBytes, count, everyBytes);
  }

  private void add(AtomicLong sum, AtomicLong told, long count, long every) {
    long now = sum.addAndGet(count);
    long before = told.get();
    if (now - before >= every && told.compareAndSet(before, now)) {
      tell();
    }
  }

  /** It is known how much there is. */
  public void total(long entryCount, long byteCount) {
    totalBytes = byteCount;
    totalEntries = entryCount;
    tell();
  }

  /** Tells the listener. */
  public void tell() {
    listener.accept(new TreeCopy.Progress(entries.get(), bytes.get(), totalEntries, totalBytes));
  }
}
