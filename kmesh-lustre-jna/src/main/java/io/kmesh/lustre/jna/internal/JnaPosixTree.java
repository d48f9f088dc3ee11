// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** A tree below an open directory, by libc. */
public final class JnaPosixTree implements PosixTree {
  private final String description;
  private final JnaDirectory root;
  private final Set<PosixCapability> capabilities;

  private JnaPosixTree(String description, JnaDirectory root, Set<PosixCapability> capabilities) {
    this.description = description;
    this.root = root;
    this.capabilities = capabilities;
  }

  /**
   * Opens the tree below a directory; a symbolic link in this path, and only here, is followed.
   *
   * @throws IOException when it can't be opened
   */
  public static JnaPosixTree open(PathBytes path) throws IOException {
    Place place = Place.root(path.toString());
    try (NativeBuffer text = NativeBuffer.take(path.length() + 1)) {
      text.bytes().position(0);
      path.copyTo(text.bytes());
      text.bytes().put((byte) 0);
      JnaDirectory root = JnaDirectory.open(Linux.AT_FDCWD, text.address(), 0, place);
      return new JnaPosixTree(path.toString(), root, Collections.unmodifiableSet(probe(root)));
    }
  }

  /** How many descriptors of this process the trees of this class hold. */
  public static long openHandles() {
    return Fd.openCount();
  }

  private static Set<PosixCapability> probe(JnaDirectory root) throws IOException {
    Set<PosixCapability> all = EnumSet.allOf(PosixCapability.class);
    if (root.fd.isPathOnly()) {
      all.remove(PosixCapability.TREE_SYNC);
      return all;
    }
    int number = root.acquire("ask");
    try {
      Scratch scratch = Scratch.ofThread();
      if (!Xattrs.areSupported(number, "user", scratch)) {
        all.remove(PosixCapability.USER_XATTRS);
      }
      if (!Xattrs.areSupported(number, "trusted", scratch)) {
        all.remove(PosixCapability.ALL_XATTRS);
      }
    } finally {
      root.fd.release();
    }
    return all;
  }

  @Override
  public String description() {
    return description;
  }

  /**
   * What libc offers and the root's file system does not refuse when asked without changing
   * anything. Whether it can reserve space or swap names shows only by doing it: then the call is
   * refused as UNSUPPORTED.
   */
  @Override
  public Set<PosixCapability> capabilities() {
    return capabilities;
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return root.reopen();
  }

  @Override
  public void sync() throws IOException {
    root.syncFileSystem();
  }

  @Override
  public void close() throws IOException {
    root.close();
  }

  @Override
  public String toString() {
    return description;
  }
}
