// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.ByteBudget;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.store.ObjectInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a store said of an object when it was first asked, with the object's first bytes where they
 * were read in the same request, and what was at its path before. One thread.
 */
final class FirstAnswer implements AutoCloseable {
  private final ObjectInfo info;
  private final boolean isRead;
  private final @Nullable PathBytes lookedAt;
  private final Optional<FileStat> there;
  private @Nullable Start start;

  /**
   * The first bytes of an object.
   *
   * @param share of the byte budget; closed by who takes this
   */
  record Start(ByteBuffer data, ByteBudget.Reservation share) {}

  private FirstAnswer(
      ObjectInfo info,
      boolean isRead,
      @Nullable PathBytes lookedAt,
      Optional<FileStat> there,
      @Nullable Start start) {
    this.info = info;
    this.isRead = isRead;
    this.lookedAt = lookedAt;
    this.there = there;
    this.start = start;
  }

  /** What is known of an object, without its bytes. */
  static FirstAnswer of(ObjectInfo info) {
    return new FirstAnswer(info, false, null, Optional.empty(), null);
  }

  /** This, and what was at a path before the object was asked for. */
  FirstAnswer after(PathBytes path, Optional<FileStat> found) {
    return new FirstAnswer(info, isRead, path, found, takeStart().orElse(null));
  }

  /** This with the object's first bytes. */
  FirstAnswer with(Start bytes) {
    return new FirstAnswer(info, true, lookedAt, there, bytes);
  }

  /** This where a plan asked for less than what it stands for reads. */
  FirstAnswer asIfRead() {
    return new FirstAnswer(info, true, lookedAt, there, null);
  }

  /** This with more that was said of the same object. */
  FirstAnswer saying(ObjectInfo more) {
    return new FirstAnswer(more, isRead, lookedAt, there, takeStart().orElse(null));
  }

  ObjectInfo info() {
    return info;
  }

  String etag() {
    return info.etag();
  }

  long size() {
    return info.size();
  }

  /** Whether the first bytes were read, or would be. */
  boolean isRead() {
    return isRead;
  }

  /** The first bytes, once. */
  Optional<Start> takeStart() {
    Start taken = start;
    start = null;
    return Optional.ofNullable(taken);
  }

  /** What was at a path before the object was asked for; what is there now where none looked. */
  Optional<FileStat> found(PosixDirectory parent, PathBytes path) throws IOException {
    return path.equals(lookedAt) ? there : parent.find(path.name());
  }

  @Override
  public void close() {
    takeStart().ifPresent(bytes -> bytes.share().close());
  }
}
