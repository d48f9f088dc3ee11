// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.SyncMode;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the files that contents are written to, under their temporary names. Thread-safe. */
final class StagingFiles {
  private static final Set<OpenFlag> NEW =
      Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);

  /** The directory moved, or is gone. */
  private static final Set<Errno> ELSEWHERE =
      Set.of(Errno.ENOENT, Errno.ESTALE, Errno.ENOTDIR, Errno.ELOOP);

  private final Directories directories;
  private final FlowNames names;
  private final LocalKeys keys;
  private final AttributeWriter attributes;
  private final DirectoryRef hidden;
  private final boolean isSynced;

  StagingFiles(
      PosixTree tree,
      Directories directories,
      FlowNames names,
      LocalKeys keys,
      AttributeWriter attributes,
      DirectoryRef hidden) {
    this.directories = directories;
    this.names = names;
    this.keys = keys;
    this.attributes = attributes;
    this.hidden = hidden;
    this.isSynced =
        tree.capabilities().contains(PosixCapability.SYNC)
            && !tree.capabilities().contains(PosixCapability.TREE_SYNC);
  }

  /**
   * Makes the file of a content.
   *
   * @param best the directory that it will be in; null where it can't be made there yet
   */
  StagedFile create(Wanted wanted, @Nullable DirectoryRef best, Staging staging)
      throws IOException {
    if (best != null) {
      try {
        return createIn(wanted, best, staging);
      } catch (ProviderException e) {
        if (e.errno().filter(ELSEWHERE::contains).isEmpty()) {
          throw e;
        }
      }
    }
    return createIn(wanted, hidden, staging);
  }

  private StagedFile createIn(Wanted wanted, DirectoryRef directory, Staging staging)
      throws IOException {
    Directories.Lease lease = directories.lease(directory);
    PosixFile file = null;
    try {
      file = make(lease.directory(), names.temporary(wanted.node()));
      FileStat stat = file.stat();
      LocalKey key = keys.of(file, stat);
      return new StagedFile(this, staging, wanted, directory, lease, file, stat, key);
    } catch (IOException | RuntimeException | Error e) {
      try (lease) {
        if (file != null) {
          file.close();
        }
      }
      throw e;
    }
  }

  private static PosixFile make(PosixDirectory directory, PathBytes name) throws IOException {
    try {
      return directory.openFile(name, NEW);
    } catch (ProviderException e) {
      if (!e.errno().equals(Optional.of(Errno.EEXIST))) {
        throw e;
      }
      // Left by a content that is not wanted any more.
      directory.unlink(name);
      return directory.openFile(name, NEW);
    }
  }

  /** Gives a whole file its attributes, and makes it durable where that is done file by file. */
  void finish(PosixFile file, FileStat stat, Wanted wanted, boolean hasInheritance)
      throws IOException {
    attributes.write(
        file,
        stat,
        wanted.attributes(),
        hasInheritance ? AttributeWriter.Others.REMOVED : AttributeWriter.Others.NONE);
    attributes.times(file, wanted.mtime());
    if (isSynced) {
      file.sync(SyncMode.ALL);
    }
  }

  /** Takes away the temporary name of a node, if it is the one of a file. */
  void remove(PosixDirectory directory, NodeId node, LocalKey file) throws IOException {
    PathBytes name = names.temporary(node);
    try {
      Optional<FileStat> stat = directory.find(name);
      if (stat.isPresent() && keys.of(directory, name, stat.get()).equals(file)) {
        directory.unlink(name);
      }
    } catch (ProviderException e) {
      if (!e.errno().equals(Optional.of(Errno.ENOENT))) {
        throw e;
      }
    }
  }
}
