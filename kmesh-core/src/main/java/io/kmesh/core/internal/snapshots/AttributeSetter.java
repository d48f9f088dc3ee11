// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.spi.posix.XattrMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Sets attributes in the order in which none undoes another: owner, extended attributes, mode,
 * times. What only a privileged caller may set is left out with a word; a file whose owner could
 * not be set gets no suid and sgid, which would lend out the caller's identity. Thread-safe.
 */
final class AttributeSetter {
  private static final int SET_ID = 06000;
  private static final String OWN = "kmesh.";
  private static final Set<Errno> DENIED = Set.of(Errno.EPERM, Errno.EACCES, Errno.EOPNOTSUPP);

  private final ChunkSource chunks;
  private final LustreAttributes lustre;
  private final ScanTally tally;

  AttributeSetter(ChunkSource chunks, LustreAttributes lustre, ScanTally tally) {
    this.chunks = chunks;
    this.lustre = lustre;
    this.tally = tally;
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Sets those of an open file or directory. */
  void set(PosixInode inode, TreeNode node, PathBytes path) throws IOException {
    FileStat now = inode.stat();
    boolean isOwned =
        (now.uid() == node.uid() && now.gid() == node.gid())
            || allowed(path, "owner", () -> inode.setOwner(node.uid(), node.gid()));
    for (Attribute attribute : node.attributes()) {
      if (isExtended(attribute)) {
        // Read outside: a store may refuse as well, and that is another matter.
        byte[] value = value(attribute);
        allowed(
            path,
            attribute.name().toString(),
            () -> inode.setXattr(attribute.name(), value, XattrMode.SET));
      }
    }
    int mode = isOwned ? node.mode() : node.mode() & ~SET_ID;
    if (now.mode() != mode || !node.attributes().isEmpty() || !isOwned || mode != (mode & 0777)) {
      inode.setMode(mode);
    }
    lustre.set(inode, node, path);
    times(path, node.mtime(), time -> inode.setTimes(time, time));
  }

  /** Sets those of an entry that is neither file nor directory. */
  void setEntry(PosixDirectory directory, TreeNode node, PathBytes parent) throws IOException {
    PathBytes path = parent.resolve(node.name());
    FileStat now = directory.stat(node.name());
    if (now.uid() != node.uid() || now.gid() != node.gid()) {
      allowed(path, "owner", () -> directory.setOwner(node.name(), node.uid(), node.gid()));
    }
    for (Attribute attribute : node.attributes()) {
      if (isExtended(attribute)) {
        byte[] value = value(attribute);
        allowed(
            path,
            attribute.name().toString(),
            () -> directory.setXattr(node.name(), attribute.name(), value, XattrMode.SET));
      }
    }
    if (node.type() != FileType.SYMLINK) {
      directory.setMode(node.name(), node.mode());
    }
    times(path, node.mtime(), time -> directory.setTimes(node.name(), time, time));
  }

  private interface Times {
    void set(FileTime time) throws IOException;
  }

  /** Sets a time; one that the target can't keep is cut as far as it must be, with a word. */
  private void times(PathBytes path, FileTime wanted, Times times) throws IOException {
    FileTime micros = new FileTime(wanted.seconds(), wanted.nanos() / 1000 * 1000);
    FileTime seconds = new FileTime(wanted.seconds(), 0);
    ProviderException refusal = null;
    for (FileTime time : Stream.of(wanted, micros, seconds).distinct().toList()) {
      try {
        times.set(time);
        if (refusal != null) {
          tally.problem(
              path, "is restored with the time " + time.toInstant() + ": " + refusal.getMessage());
        }
        return;
      } catch (ProviderException e) {
        if (!e.errno().equals(Optional.of(Errno.EOPNOTSUPP))) {
          throw e;
        }
        refusal = e;
      }
    }
    if (refusal != null) {
      tally.problem(path, "is restored without its time: " + refusal.getMessage());
    }
  }

  private static boolean isExtended(Attribute attribute) {
    return !new String(attribute.name().toBytes(), StandardCharsets.ISO_8859_1).startsWith(OWN);
  }

  private byte[] value(Attribute attribute) throws IOException {
    byte[] value = attribute.value();
    if (value != null) {
      return value;
    }
    return attribute.chunk() == null ? new byte[0] : chunks.read(attribute.chunk());
  }

  private boolean allowed(PathBytes path, String what, Step step) throws IOException {
    try {
      step.run();
      return true;
    } catch (ProviderException e) {
      if (e.errno().filter(DENIED::contains).isEmpty()) {
        throw e;
      }
      tally.problem(path, "is restored without its " + what + ": " + e.getMessage());
      return false;
    }
  }
}
