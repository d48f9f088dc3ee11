// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository;

import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.pack.PackReader;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The frames that were read last, up to a number of bytes. Thread-safe. */
final class FrameCache {
  private static final int OVERHEAD = 64;

  private final long most;
  private final Map<Key, PackReader.Frame> frames = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  FrameCache(long most) {
    this.most = most;
  }

  private record Key(PackId pack, int offset) {}

  synchronized PackReader.@Nullable Frame find(PackId pack, int offset) {
    return frames.get(new Key(pack, offset));
  }

  synchronized void put(PackId pack, int offset, PackReader.Frame frame) {
    // A large chunk stands alone: reading on does not come back to it.
    if (size(frame) > most / 4 || frame.chunks() == 1) {
      return;
    }
    PackReader.Frame before = frames.put(new Key(pack, offset), frame);
    bytes += size(frame) - (before == null ? 0 : size(before));
    Iterator<PackReader.Frame> oldest = frames.values().iterator();
    while (bytes > most && oldest.hasNext()) {
      bytes -= size(oldest.next());
      oldest.remove();
    }
  }

  private static long size(PackReader.Frame frame) {
    return frame.content().length + 4L * frame.ends().length + OVERHEAD;
  }
}
