// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A tree of any file system: objects are known by device and inode number. */
public final class PosixLiveTree implements LiveTree {
  /** What stamps with the kernel's own clock: ext, XFS, btrfs, tmpfs, ZFS, overlayfs. */
  private static final Set<Long> LOCAL =
      Set.of(0xEF53L, 0x58465342L, 0x9123683EL, 0x01021994L, 0x2FC12FC1L, 0x794C7630L);

  /** Two of the longest ticks of a kernel (HZ=100). */
  private static final Duration SHORT = Duration.ofMillis(20);

  private static final Duration LONG = Duration.ofSeconds(2);

  private final PosixTree tree;
  private final PathBytes top;
  private final Duration tick;
  private final boolean isStill;

  private PosixLiveTree(PosixTree tree, PathBytes top, Duration tick, boolean isStill) {
    this.tree = tree;
    this.top = top;
    this.tick = tick;
    this.isStill = isStill;
  }

  /**
   * A tree that never changes.
   *
   * @param tree stays the caller's
   */
  public static PosixLiveTree still(PosixTree tree) {
    return new PosixLiveTree(tree, PathBytes.EMPTY, Duration.ZERO, true);
  }

  /**
   * A tree whose times are of this process's own clock.
   *
   * @param tree stays the caller's
   */
  public static PosixLiveTree own(PosixTree tree) {
    return new PosixLiveTree(tree, PathBytes.EMPTY, SHORT, false);
  }

  /**
   * A tree in which no two changes of an entry have one time.
   *
   * @param tree stays the caller's
   */
  public static PosixLiveTree exact(PosixTree tree) {
    return new PosixLiveTree(tree, PathBytes.EMPTY, Duration.ZERO, false);
  }

  /**
   * The tree below a directory.
   *
   * @param tree stays the caller's
   * @param top the flow's top within it; empty for the root
   */
  public static PosixLiveTree open(PosixTree tree, PathBytes top) throws IOException {
    try (PosixDirectory directory = tree.openDirectory(top)) {
      OptionalLong type = directory.fileSystemType();
      boolean isLocal = type.isPresent() && LOCAL.contains(type.getAsLong());
      return new PosixLiveTree(tree, top, isLocal ? SHORT : LONG, false);
    }
  }

  @Override
  public String description() {
    return tree.description() + (top.isEmpty() ? "" : " below " + top);
  }

  @Override
  public PosixDirectory openTop() throws IOException {
    return tree.openDirectory(top);
  }

  @Override
  public LocalKey key(PosixDirectory directory) throws IOException {
    return LocalKey.of(directory.stat());
  }

  @Override
  public LocalKey key(
      PosixDirectory directory,
      PathBytes name,
      PathBytes path,
      FileStat stat,
      @Nullable LocalKey expected) {
    return LocalKey.of(stat);
  }

  @Override
  public boolean isOf(LocalKey key, FileStat stat) {
    return key.low() == stat.inode() && key.high() == stat.device();
  }

  @Override
  public List<PathBytes> paths(LocalKey key) {
    return List.of();
  }

  @Override
  public boolean findsByKey() {
    return false;
  }

  @Override
  public OptionalLong dataVersion(LocalKey key) {
    return OptionalLong.empty();
  }

  @Override
  public boolean isStill() {
    return isStill;
  }

  /** A time of whole seconds may be all that the file system keeps, even one of this host. */
  @Override
  public Duration tick(FileTime changed) {
    return changed.nanos() == 0 ? LONG : tick;
  }
}
