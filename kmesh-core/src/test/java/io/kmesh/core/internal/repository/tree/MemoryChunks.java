// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Chunks in memory, with a count of reads. */
final class MemoryChunks implements ChunkSource, ChunkSink {
  private final Map<ChunkName, byte[]> chunks = new HashMap<>();
  private final ChunkNamer namer = new ChunkNamer(new byte[32]);
  private int reads;

  @Override
  public ChunkName write(byte[] bytes, int offset, int length) {
    ChunkName name = namer.name(bytes, offset, length);
    chunks.putIfAbsent(name, Arrays.copyOfRange(bytes, offset, offset + length));
    return name;
  }

  @Override
  public byte[] read(ChunkName name) throws ProviderException {
    reads++;
    byte[] bytes = chunks.get(name);
    if (bytes == null) {
      throw new ProviderException(ErrorKind.NOT_FOUND, "No chunk " + name + ".");
    }
    return bytes.clone();
  }

  void clear() {
    chunks.clear();
  }

  void replace(ChunkName name, byte[] bytes) {
    chunks.put(name, bytes);
  }

  int size() {
    return chunks.size();
  }

  int reads() {
    return reads;
  }

  void forgetReads() {
    reads = 0;
  }
}
