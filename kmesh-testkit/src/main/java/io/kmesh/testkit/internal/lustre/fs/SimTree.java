// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** The simulated mount. Closing it does nothing: the file system is closed as a whole. */
final class SimTree implements PosixTree {
  private static final Set<PosixCapability> CAPABILITIES =
      Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(PosixCapability.TREE_SYNC)));

  final Core core;
  final Names names;
  final Attributes attributes;
  final Opener opener;
  final Reaper reaper;
  private final String description;

  SimTree(
      Core core,
      Names names,
      Attributes attributes,
      Opener opener,
      Reaper reaper,
      String description) {
    this.core = core;
    this.names = names;
    this.attributes = attributes;
    this.opener = opener;
    this.reaper = reaper;
    this.description = description;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Set<PosixCapability> capabilities() {
    return CAPABILITIES;
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return openDirectory(Fids.ROOT, PathBytes.EMPTY);
  }

  /** Opens a directory by its FID. */
  SimDirectory openDirectory(Fid fid, PathBytes shownPath) throws IOException {
    LiveInode live = opener.hold(fid, false);
    boolean opened = false;
    try {
      SimDirectory directory = new SimDirectory(this, live, opener.openDirectory(fid, shownPath));
      opened = true;
      return directory;
    } finally {
      if (!opened) {
        reaper.closed(live, false);
      }
    }
  }

  @Override
  public void close() {}
}
