// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.index;

import io.kmesh.core.internal.repository.pack.PackId;
import java.util.List;

/**
 * What an index says of one pack.
 *
 * @param id the pack
 * @param type 1 data, 2 metadata
 * @param size its bytes
 * @param frames its frames in their order
 */
public record PackFrames(PackId id, int type, long size, List<Frame> frames) {
  /** A pack of file contents. */
  public static final int DATA = 1;

  /** A pack of directory pages, lists and manifests. */
  public static final int METADATA = 2;

  /** Copies the frames. */
  public PackFrames {
    frames = List.copyOf(frames);
  }

  /**
   * A frame and the chunks in it.
   *
   * @param sealed its bytes in the pack, header and tags included
   * @param content the bytes of its chunks
   * @param prefixes the first 16 bytes of each chunk's name, as two numbers each
   */
  @SuppressWarnings("ArrayRecordComponent") // Millions of them; never compared.
  public record Frame(int sealed, int content, long[] prefixes) {
    int chunks() {
      return prefixes.length / 2;
    }
  }

  /** The chunks in all its frames. */
  public int chunks() {
    int sum = 0;
    for (Frame frame : frames) {
      sum += frame.chunks();
    }
    return sum;
  }
}
