// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A tree of a Lustre: objects are known by FID, which is never used twice. */
public final class LustreLiveTree implements LiveTree {
  /** Times are set by the clocks of clients and servers. */
  private static final Duration TICK = Duration.ofSeconds(2);

  private static final Set<Errno> GONE = Set.of(Errno.ENOENT, Errno.ESTALE);
  private static final long FIRST_NORMAL_SEQUENCE = 0x200000000L;

  private final LustreBinding lustre;
  private final LustreIdentity identity;
  private final PathBytes top;

  /**
   * The tree below a directory.
   *
   * @param lustre stays the caller's
   * @param top the flow's top within it; empty for the root
   */
  public LustreLiveTree(LustreBinding lustre, PathBytes top) {
    this.lustre = lustre;
    this.identity = lustre.identity();
    this.top = join(PathBytes.EMPTY, top);
  }

  @Override
  public String description() {
    return lustre.description() + (top.isEmpty() ? "" : " below " + top);
  }

  @Override
  public PosixDirectory openTop() throws IOException {
    return lustre.tree().openDirectory(top);
  }

  @Override
  public LocalKey key(PosixDirectory directory) throws IOException {
    return LocalKey.of(identity.fid(directory));
  }

  @Override
  public LocalKey key(
      PosixDirectory directory,
      PathBytes name,
      PathBytes path,
      FileStat stat,
      @Nullable LocalKey expected)
      throws IOException {
    if (expected != null && isOf(expected, stat)) {
      return expected;
    }
    Fid fid =
        switch (stat.type()) {
          case DIRECTORY -> {
            try (PosixDirectory below = directory.openDirectory(name)) {
              yield identity.fid(below);
            }
          }
          // By the open directory: of its path the base knows only what was looked at.
          default -> identity.fid(directory, name);
        };
    LocalKey key = LocalKey.of(fid);
    if (!isOf(key, stat)) {
      throw new ProviderException(
          Errno.ENOENT,
          "Cannot tell the FID of "
              + path
              + ": inode "
              + Long.toUnsignedString(stat.inode())
              + " became "
              + fid
              + " meanwhile. Look again.");
    }
    return key;
  }

  /** By {@code fid_flatten} of Lustre, which is how a client makes the inode number. */
  @Override
  public boolean isOf(LocalKey key, FileStat stat) {
    Fid fid = key.fid();
    long sequence = fid.sequence();
    long oid = fid.oid() & 0xffffffffL;
    if (sequence < FIRST_NORMAL_SEQUENCE) {
      return true; // objects of Lustre 1.8 are numbered otherwise: the times have to tell
    }
    long inode = (sequence << 24) + ((sequence >>> 24) & 0xffffff0000L) + oid;
    return (inode == 0 ? oid : inode) == stat.inode();
  }

  @Override
  public List<PathBytes> paths(LocalKey key) throws IOException {
    List<PathBytes> below = new ArrayList<>();
    try {
      for (PathBytes path : identity.paths(key.fid())) {
        PathBytes normal = join(PathBytes.EMPTY, path);
        if (normal.isAtOrBelow(top)) {
          int from = top.isEmpty() ? 0 : Math.min(normal.length(), top.length() + 1);
          below.add(PathBytes.of(normal.toBytes(), from, normal.length() - from));
        }
      }
    } catch (ProviderException e) {
      if (e.errno().filter(GONE::contains).isEmpty()) {
        throw e;
      }
    }
    return below;
  }

  @Override
  public boolean findsByKey() {
    return true;
  }

  @Override
  public OptionalLong dataVersion(LocalKey key) throws IOException {
    if (!lustre.capabilities().contains(LustreCapability.HSM)) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(lustre.hsm().dataVersion(key.fid()));
    } catch (ProviderException e) {
      if (e.errno().isEmpty()) {
        throw e;
      }
      return OptionalLong.empty();
    }
  }

  @Override
  public Duration tick(FileTime changed) {
    return TICK;
  }

  private static PathBytes join(PathBytes above, PathBytes path) {
    PathBytes joined = above;
    for (PathBytes name : path.names()) {
      joined = joined.resolve(name);
    }
    return joined;
  }
}
