// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What opening does before anyone uses the file system. One thread. */
final class Recovery {
  private final Core core;
  private final Reaper reaper;
  private final List<Fid> orphans = new ArrayList<>();

  Recovery(Core core, Reaper reaper) {
    this.core = core;
    this.reaper = reaper;
  }

  /** Finishes the change of names that a killed process had begun. */
  void finish(Journal journal) throws IOException {
    Journal.Intent intent = journal.read();
    if (intent == null) {
      return;
    }
    for (HostStep step : intent.steps()) {
      redo(step);
    }
    for (Journal.Image image : intent.images()) {
      core.inodes.writeImage(image.fid(), image.slot());
    }
    journal.clear();
  }

  private void redo(HostStep step) throws IOException {
    if (step instanceof HostStep.MakeDirectory s) {
      try {
        core.backing.makeDirectory(s.directory());
      } catch (ProviderException e) {
        Backing.ignore(e, Errno.EEXIST);
      }
    } else if (step instanceof HostStep.RemoveDirectory s) {
      try {
        core.backing.removeDirectory(s.directory());
      } catch (ProviderException e) {
        Backing.ignore(e, Errno.ENOENT);
      }
    } else if (step instanceof HostStep.Enter s) {
      try (PosixDirectory host = core.backing.openDirectory(s.directory())) {
        if (read(host, s.name()) == null) {
          host.makeSymlink(s.name(), s.text().toTarget());
        }
      }
    } else if (step instanceof HostStep.Leave s) {
      try (PosixDirectory host = core.backing.openDirectory(s.directory())) {
        if (s.text().equals(read(host, s.name()))) {
          host.unlink(s.name());
        }
      }
    } else if (step instanceof HostStep.Move s) {
      move(s.from(), s.name(), s.to(), s.toName(), s.text(), RenameMode.REPLACE);
    } else if (step instanceof HostStep.Exchange s) {
      move(s.from(), s.name(), s.to(), s.toName(), s.text(), RenameMode.EXCHANGE);
    }
  }

  private void move(
      Fid from, PathBytes name, Fid to, PathBytes toName, EntryText text, RenameMode mode)
      throws IOException {
    try (PosixDirectory source = core.backing.openDirectory(from);
        PosixDirectory target = core.backing.openDirectory(to)) {
      if (text.equals(read(source, name))) {
        source.rename(name, target, toName, mode);
      }
    }
  }

  private static @Nullable EntryText read(PosixDirectory host, PathBytes name) throws IOException {
    try {
      return EntryText.parse(host.readSymlink(name));
    } catch (ProviderException e) {
      Backing.ignore(e, Errno.ENOENT);
      return null;
    }
  }

  /**
   * Counts all inodes and their space, and settles what was written by handles that a killed
   * process did not close.
   */
  void count() throws IOException {
    List<Fid> written = new ArrayList<>();
    core.inodes.scan(
        inode -> {
          core.space.addInode(core.mdt(inode.fid));
          if (inode.isRegular()) {
            core.space.change(inode.fid, null, core.use(inode), false);
          }
          if (inode.links == 0) {
            orphans.add(inode.fid);
          } else if (inode.has(Inode.WRITTEN)) {
            written.add(inode.fid);
          }
        });
    for (Fid fid : written) {
      core.inodes.update(
          fid,
          inode -> {
            inode.settleWritten();
            return true;
          });
    }
  }

  /** Frees the inodes without names that {@link #count} found; the coordinator is connected. */
  void freeOrphans() throws IOException {
    for (Fid fid : orphans) {
      reaper.unlinked(fid);
    }
    orphans.clear();
  }

  /** Removes objects, overflow files and directories that no inode names. */
  void removeGarbage() throws IOException {
    for (Backing.Area area : Backing.Area.values()) {
      core.backing.list(
          area,
          name -> {
            Stored stored = Stored.parse(name);
            if (stored != null && !isNamed(area, stored)) {
              core.backing.removeListed(area, name, stored.fid);
            }
          });
    }
  }

  private boolean isNamed(Backing.Area area, Stored stored) throws IOException {
    Inode inode = core.inodes.find(stored.fid);
    if (inode == null) {
      return false;
    }
    return switch (area) {
      case DIRECTORIES -> inode.isDirectory();
      case OBJECTS -> inode.generation == stored.generation;
      case OVERFLOW -> inode.overflow == stored.generation;
    };
  }

  /** What a stored name says. */
  private record Stored(Fid fid, long generation) {
    static @Nullable Stored parse(PathBytes name) {
      String text = name.utf8().orElse("");
      int dot = text.indexOf('.');
      int dash = text.indexOf('-');
      if (dot < 1) {
        return null;
      }
      try {
        long sequence = Long.parseUnsignedLong(text.substring(0, dot), 16);
        String oid = text.substring(dot + 1, dash < 0 ? text.length() : dash);
        long generation = dash < 0 ? 0 : Long.parseUnsignedLong(text.substring(dash + 1), 16);
        return new Stored(new Fid(sequence, Integer.parseUnsignedInt(oid, 16), 0), generation);
      } catch (NumberFormatException e) {
        return null;
      }
    }
  }
}
