// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.objects;

import io.kmesh.core.internal.compress.ZstdOpener;
import io.kmesh.core.internal.compress.ZstdPacker;
import io.kmesh.core.internal.crypto.Box;
import java.io.IOException;

/** Seals objects of a domain as boxes, compressed. Thread-safe. */
public final class BoxSealer implements Sealer {
  private static final int MOST_CONTENT = 1 << 29;
  private static final int FAST_FROM = 1 << 20;
  private static final int FAST_LEVEL = 1;
  private static final int LEVEL = 3;

  private final Box box;
  private final String prefix;

  /**
   * Seals under a domain's key for boxes.
   *
   * @param prefix the domain's key prefix below the repository's, which is sealed too
   */
  public BoxSealer(Box box, String prefix) {
    this.box = box;
    this.prefix = prefix;
  }

  @Override
  public byte[] seal(int kind, String key, byte[] content) throws IOException {
    try (ZstdPacker packer = new ZstdPacker()) {
      int level = content.length >= FAST_FROM ? FAST_LEVEL : LEVEL;
      return box.seal(kind(kind), Box.ZSTD, prefix + key, packer.pack(level, content));
    }
  }

  @Override
  public byte[] open(int kind, String key, byte[] sealed) throws IOException {
    Box.Opened opened = box.open(kind(kind), prefix + key, sealed);
    if (opened.flags() != Box.ZSTD) {
      return opened.content();
    }
    try (ZstdOpener opener = new ZstdOpener()) {
      return opener.openAtMost(opened.content(), 0, opened.content().length, MOST_CONTENT);
    }
  }

  private static Box.Kind kind(int kind) {
    return kind == HEAD ? Box.Kind.HEAD : Box.Kind.INDEX_RUN;
  }
}
