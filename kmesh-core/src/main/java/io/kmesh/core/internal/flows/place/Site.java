// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;

/** What the parts that place share. */
final class Site implements Closeable {
  private static final int PERMISSIONS = 0777;

  final PlaceSettings settings;
  final FlowNames names;
  final LocalKeys keys;
  final Directories directories;
  final AttributeWriter attributes = new AttributeWriter();
  final TreeNames treeNames;
  final TreeSync sync;
  final Displacer displacer;
  final Doubts doubts = new Doubts();
  final Mounts mounts = new Mounts();
  Keeper keeper = Keeper.NONE;
  final Crew crew;
  final Work work;
  final Intents intents;
  final Facts facts;
  final Staging staging;
  final Contents contents;
  final Strays strays;
  final boolean hasExactTimes;
  final boolean isNew;

  /** Whether owners can be set: what this process makes is root's. */
  private final boolean isPrivileged;

  /** Nodes placed, files and names counted alike. */
  long placed;

  Site(PosixTree tree, FlowBase base, PlaceSettings settings) throws IOException {
    this.settings = settings;
    this.names = new FlowNames(settings.flow());
    this.keys = settings.keys();
    this.directories = new Directories(tree, keys, settings.openDirectories());
    this.treeNames = new TreeNames(tree);
    this.sync = new TreeSync(tree, directories);
    this.hasExactTimes = tree.capabilities().contains(PosixCapability.NANOSECOND_TIMES);
    DirectoryRef root;
    DirectoryRef hidden;
    try (PosixDirectory top = tree.openRoot()) {
      FileStat stat = top.stat();
      root = new DirectoryRef(NodeId.ROOT, keys.of(top, stat), null, PathBytes.EMPTY);
      this.isNew = top.find(names.hidden()).isEmpty();
      hidden = Displacer.ensure(top, names.hidden(), root, keys);
      if (isNew) {
        sync.now(top);
      }
      this.isPrivileged = top.stat(names.hidden()).uid() == 0;
      if (hidden.key().high() != root.key().high() && keys == LocalKeys.POSIX) {
        throw new ProviderException(
            Errno.EXDEV,
            "Cannot place the flow "
                + settings.flow()
                + " in "
                + tree.description()
                + ": "
                + names.hidden()
                + " is another file system. Unmount it there.");
      }
    }
    this.displacer = new Displacer(directories, keys, treeNames, sync, hidden);
    this.crew = new Crew("place-" + settings.flow(), settings.threads());
    this.work = new Work(base.area('W'));
    this.intents = new Intents(base.area('I'));
    this.facts = new Facts(base, work, names, sync, root, hidden);
    this.staging =
        new Staging(new StagingFiles(tree, directories, names, keys, attributes, hidden), names);
    this.contents = new Contents(this);
    this.strays = new Strays(this);
  }

  /** Whether what a stat shows has a size and a time. */
  boolean isAs(FileStat stat, long size, io.kmesh.spi.posix.FileTime mtime) {
    return (!stat.isRegular() || stat.size() == size)
        && (!hasExactTimes || stat.mtime().equals(mtime));
  }

  /** Whether users change the tree, so that what differs is theirs. */
  boolean isShared() {
    return settings.existing() == PlaceSettings.Existing.SHARED;
  }

  /** Whether users may have changed an object since it was last looked at. */
  boolean isDoubtful(Local known, FileStat stat) {
    return isShared() && !stat.isDirectory() && !known.isUntouched(stat);
  }

  /**
   * Whether what a stat shows has a node's attributes, as far as this process can set them. Of
   * extended attributes it is not known here whether some were left out.
   */
  boolean hasAttributes(FileStat stat, Node node) {
    Attributes wanted = node.attributes();
    return isPrivileged ? wanted.isAsIn(stat) : ((stat.mode() ^ wanted.mode()) & PERMISSIONS) == 0;
  }

  /** Whether an entry is an object. */
  boolean isObject(PosixDirectory directory, PathBytes name, FileStat stat, LocalKey key)
      throws IOException {
    return keys.of(directory, name, stat).equals(key);
  }

  @Override
  public void close() throws IOException {
    try {
      staging.close();
    } finally {
      try {
        crew.close();
      } finally {
        directories.close();
      }
    }
  }
}
