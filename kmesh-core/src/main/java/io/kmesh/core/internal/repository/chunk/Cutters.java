// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/** Gives each content of a domain the cutter that suits it. Immutable. */
public final class Cutters {
  private final GearChunker data;
  private final GearChunker image;

  /**
   * Cutters with the gear table of a domain.
   *
   * @param gear the table's bytes
   * @param data how long chunks of files are
   * @param image how long those of images are, and runs of small members of tar files
   */
  public Cutters(byte[] gear, ChunkProfile data, ChunkProfile image) {
    this.data = new GearChunker(gear, data);
    this.image = new GearChunker(gear, image);
  }

  /** A content whose length is at most this is one chunk, whatever it is. */
  public int leastCut() {
    return data.profile().min();
  }

  /** The cutter for one content that begins with these bytes. */
  public Cutter of(byte[] first, int length) {
    return switch (ContentKind.of(first, length)) {
      case TAR -> new TarCutter(data, image.profile());
      case IMAGE -> image;
      case DATA -> data;
    };
  }
}
