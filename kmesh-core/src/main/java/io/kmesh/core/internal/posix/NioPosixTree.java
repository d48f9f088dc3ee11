// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** A tree below a directory of the default file system, by java.nio. */
final class NioPosixTree implements PosixTree {
  /** What a path that is used whole may have, in bytes: PATH_MAX less its NUL. */
  static final int LONGEST_PATH = 4095;

  private final NioDirectory root;
  private final Set<PosixCapability> capabilities;

  private NioPosixTree(NioDirectory root, Set<PosixCapability> capabilities) {
    this.root = root;
    this.capabilities = capabilities;
  }

  /** Opens it; symbolic links in this path, and only here, are followed. */
  @SuppressWarnings("StreamResourceLeak") // the tree's root owns the stream and closes it
  static NioPosixTree open(Path directory) throws IOException {
    PathBytes place = RawPaths.bytesOf(directory.toAbsolutePath());
    try {
      Path real = directory.toRealPath();
      NioEntry entry = new NioEntry(real, RawPaths.bytesOf(real));
      NioDirectory root = NioDirectory.of(entry, Files.newDirectoryStream(real));
      return new NioPosixTree(root, capabilitiesOf(Files.getFileStore(real)));
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("open the directory", place, e);
    }
  }

  private static Set<PosixCapability> capabilitiesOf(FileStore store) {
    Set<PosixCapability> some =
        EnumSet.of(
            PosixCapability.OWNERSHIP,
            PosixCapability.SPECIAL_MODE_BITS,
            PosixCapability.HARD_LINKS,
            PosixCapability.SYNC);
    if (RawPaths.areExact()) {
      some.add(PosixCapability.BYTE_NAMES);
    }
    if (store.supportsFileAttributeView(UserDefinedFileAttributeView.class)) {
      some.add(PosixCapability.USER_XATTRS);
    }
    return Collections.unmodifiableSet(some);
  }

  @Override
  public String description() {
    return root.place().toString();
  }

  @Override
  public Set<PosixCapability> capabilities() {
    return capabilities;
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return root.reopen();
  }

  @Override
  public void close() throws IOException {
    root.close();
  }

  @Override
  public String toString() {
    return description();
  }
}
