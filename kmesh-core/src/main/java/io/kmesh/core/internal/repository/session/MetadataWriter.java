// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.session;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.chunk.Coding;
import io.kmesh.core.internal.repository.tree.ChunkSink;
import java.io.IOException;

/** Writes chunks of metadata. Thread-safe. */
public final class MetadataWriter implements ChunkSink, AutoCloseable {
  private final ChunkWriter writer;

  MetadataWriter(ChunkWriter writer) {
    this.writer = writer;
  }

  @Override
  public synchronized ChunkName write(byte[] bytes, int offset, int length) throws IOException {
    return writer.write(bytes, offset, length, Coding.METADATA);
  }

  /** Writes what waits. */
  public synchronized void flush() throws IOException {
    writer.flush(Coding.METADATA);
  }

  @Override
  public synchronized void close() {
    writer.close();
  }
}
