// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;

/** Gives failures of the repository the path that they happened at. */
public final class Failures {
  private Failures() {}

  /** The content of a file, whose failures name it. */
  public static Volume.Bytes content(KmeshPath path, Volume volume, Volume.Node node)
      throws IOException {
    try {
      return new Named(path, volume.content(node));
    } catch (ProviderException e) {
      throw named(path, e);
    }
  }

  private record Named(KmeshPath path, Volume.Bytes content) implements Volume.Bytes {
    @Override
    public int read(long offset, ByteBuffer target, boolean isSequential) throws IOException {
      try {
        return content.read(offset, target, isSequential);
      } catch (ProviderException e) {
        throw named(path, e);
      }
    }

    @Override
    public long size() {
      return content.size();
    }

    @Override
    public void close() throws IOException {
      content.close();
    }
  }

  private static IOException named(KmeshPath path, ProviderException cause) {
    FileSystemException named =
        new FileSystemException(path.toString(), null, String.valueOf(cause.getMessage()));
    named.initCause(cause);
    return named;
  }
}
