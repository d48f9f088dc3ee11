// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.nio.KmeshPath;
import io.kmesh.core.internal.nio.Located;
import io.kmesh.core.internal.nio.OpenMode;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.nio.Writer;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * Files that are kept here when their channel is closed, and written back later. Other changes are
 * made through, when what waits at their paths was written back. Thread-safe.
 */
final class BackWriter implements Writer {
  private final AccessVolume volume;
  private final WriteBack back;
  private final AccessWriter through;

  BackWriter(AccessVolume volume, WriteBack back, AccessWriter through) {
    this.volume = volume;
    this.back = back;
    this.through = through;
  }

  @Override
  public SeekableByteChannel open(KmeshPath path, OpenMode mode, int permissions)
      throws IOException {
    if (mode.syncs() || mode.deletes()) {
      throw new UnsupportedOperationException(
          "Cannot open "
              + path
              + " with SYNC, DSYNC or DELETE_ON_CLOSE: what is written is made durable when the"
              + " channel is closed.");
    }
    while (true) {
      Located at = Located.at(volume, path, mode.follows());
      AccessVolume.Entry there = (AccessVolume.Entry) at.find();
      check(path, there, mode);
      BackLog.Edit before = there == null ? null : there.written();
      if (before == null || back.hold(before.number())) {
        try {
          return open(AccessWriter.path(at), there, mode, permissions);
        } catch (IOException | RuntimeException e) {
          if (before != null) {
            back.release(before.number());
          }
          throw e;
        }
      }
      // It ended meanwhile: the source has it.
    }
  }

  private void check(KmeshPath path, AccessVolume.@Nullable Entry there, OpenMode mode)
      throws IOException {
    if (there == null && !mode.creates()) {
      throw new NoSuchFileException(path.toString());
    }
    if (there != null && mode.isNew()) {
      throw new FileAlreadyExistsException(path.toString());
    }
    if (there == null) {
      return;
    }
    if (volume.facts(there).type() != FileType.REGULAR) {
      throw new FileSystemException(
          path.toString(),
          null,
          there.node().isDirectory() ? "is a directory" : "is no regular file");
    }
    if (there.node().links().size() > 1) {
      throw new FileSystemException(
          path.toString(),
          null,
          "it has several names at the source, and a new file would have this one alone. Write it"
              + " at the source");
    }
  }

  private SeekableByteChannel open(
      PathBytes path, AccessVolume.@Nullable Entry there, OpenMode mode, int permissions)
      throws IOException {
    volume.requireInsensitive(path);
    requireShown(path);
    AccessVolume.Entry seen = there;
    Drafts.Draft draft = back.drafts().begin();
    try {
      if (seen != null && !mode.truncates()) {
        try (Volume.Bytes bytes = volume.content(seen)) {
          draft.fill(bytes);
          if (bytes instanceof AccessBytes known) {
            seen = known.entry(); // perhaps a newer version
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      draft.close();
      throw e;
    }
    BackLog.Edit before = there == null ? null : there.written();
    BackLog.Basis basis =
        before == null
            ? BackLog.Basis.of(AccessWriter.seen(seen))
            : BackLog.Basis.after(before.number());
    int bits = seen == null ? permissions : seen.node().attributes().mode();
    return new DraftChannel(
        draft,
        mode,
        there == null || mode.truncates(),
        size -> back.add(path, basis, bits & 07777, draft),
        () -> {
          if (before != null) {
            back.release(before.number());
          }
        });
  }

  /** The source would refuse it later, when nobody is there to be told. */
  private static void requireShown(PathBytes path) throws FileSystemException {
    for (PathBytes name : path.names()) {
      if (SourceEdits.isHidden(name)) {
        throw new FileSystemException(
            "/" + path, null, "names that begin with .kmesh- and .kmesh~ are kept");
      }
    }
  }

  private void settle(KmeshPath path, boolean follows) throws IOException {
    back.settle(AccessWriter.path(Located.at(volume, path, follows)));
  }

  @Override
  public void makeDirectory(KmeshPath path, int permissions) throws IOException {
    through.makeDirectory(path, permissions); // nothing can wait there, unless it fails anyway
  }

  @Override
  public void makeSymlink(KmeshPath path, PathBytes target) throws IOException {
    through.makeSymlink(path, target);
  }

  @Override
  public void link(KmeshPath existing, KmeshPath path) throws IOException {
    settle(existing, false);
    through.link(existing, path);
  }

  @Override
  public void delete(KmeshPath path) throws IOException {
    settle(path, false);
    through.delete(path);
  }

  @Override
  public void move(KmeshPath from, KmeshPath to, boolean replaces) throws IOException {
    settle(from, false);
    settle(to, false);
    through.move(from, to, replaces);
  }

  @Override
  public void setMode(KmeshPath path, boolean follows, int mode, int mask) throws IOException {
    settle(path, follows);
    through.setMode(path, follows, mode, mask);
  }

  @Override
  public void setOwner(KmeshPath path, boolean follows, long uid, long gid) throws IOException {
    settle(path, follows);
    through.setOwner(path, follows, uid, gid);
  }

  @Override
  public void setModified(KmeshPath path, boolean follows, FileTime mtime) throws IOException {
    settle(path, follows);
    through.setModified(path, follows, mtime);
  }

  @Override
  public void setAttribute(KmeshPath path, boolean follows, PathBytes name, byte @Nullable [] value)
      throws IOException {
    settle(path, follows);
    through.setAttribute(path, follows, name, value);
  }
}
