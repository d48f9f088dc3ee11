// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes a mirrored tree into a directory: first everything but the directories' attributes, then
 * hard links, then the directories from the deepest up. Names come from objects that anybody may
 * have written: each is checked, and no symbolic link is followed on the way. One thread; used
 * once.
 */
public final class TreeImport {
  private static final PathBytes TEMPORARY = PathBytes.of(".kmesh-copy.import");
  private static final Set<OpenFlag> CREATE =
      Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE);
  private static final int LONGEST_LINK = 4096;

  private final MirrorSettings settings;
  private final PosixTree tree;
  private final PathBytes root;
  private final MirrorObjects objects;
  private final TreeTally tally = new TreeTally();
  private final List<Later> directories = new ArrayList<>();
  private final List<Later> links = new ArrayList<>();

  /** An entry whose turn comes after the files. */
  private record Later(PathBytes path, String key, MirrorAttributes attributes) {}

  /** An import into a directory. */
  public TreeImport(MirrorSettings settings, PosixTree tree, PathBytes path) {
    this.settings = settings;
    this.tree = tree;
    this.root = path;
    this.objects = MirrorObjects.of(settings);
  }

  /** Imports. */
  public MirrorTreeReport run() throws IOException {
    try (PosixDirectory top = tree.openDirectory(root)) {
      ListRequest request = ListRequest.prefix(objects.full(""));
      while (true) {
        ListPage page = objects.list(Retrier.Check.NONE, request);
        for (ObjectInfo listed : page.objects()) {
          Optional<String> key = objects.relative(listed.key());
          if (key.isPresent() && isEntry(key.get())) {
            attempt(key.get(), () -> object(top, key.get()));
          }
        }
        if (page.nextAfter().isEmpty()) {
          break;
        }
        request = request.after(page.nextAfter().get());
      }
      for (Later link : links) {
        attempt(link.key, () -> link(top, link));
      }
      directories.sort((a, b) -> b.path.compareTo(a.path));
      for (Later directory : directories) {
        attempt(directory.key, () -> seal(top, directory));
      }
    }
    return tally.report();
  }

  private static boolean isEntry(String key) {
    return !key.isEmpty() && !key.startsWith(MirrorKeys.SIDE) && !key.startsWith(MirrorKeys.KEPT);
  }

  private interface Step {
    void run() throws IOException;
  }

  private void attempt(String key, Step step) throws IOException {
    try {
      step.run();
    } catch (IOException e) {
      tally.failed(objects.full(key), e);
    }
  }

  private void object(PosixDirectory top, String key) throws IOException {
    Optional<ObjectInfo> info = objects.find(Retrier.Check.NONE, key);
    if (info.isEmpty()) {
      return; // gone since it was listed
    }
    MirrorAttributes attributes = objects.attributes(Retrier.Check.NONE, key, info.get());
    if (key.equals(MirrorKeys.ROOT)) {
      directories.add(new Later(PathBytes.EMPTY, key, attributes));
      return;
    }
    PathBytes path = attributes.path(key);
    if (attributes.type().equals(MirrorAttributes.TYPE_HARD_LINK)) {
      links.add(new Later(path, key, attributes));
      return;
    }
    FileType type =
        attributes
            .fileType()
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.CORRUPT,
                        "Cannot import "
                            + objects.full(key)
                            + ": its type is not known. Remove it."));
    if (type == FileType.DIRECTORY) {
      directory(top, path).close();
      directories.add(new Later(path, key, attributes));
      return;
    }
    try (PosixDirectory parent = directory(top, path.parent())) {
      PathBytes name = path.name();
      if (type == FileType.REGULAR) {
        file(parent, name, key, info.get(), attributes);
      } else if (type == FileType.SYMLINK) {
        symlink(parent, name, key, info.get(), attributes);
      } else {
        clear(parent, name);
        parent.makeNode(name, type, attributes.mode().orElse(0600), attributes.rdev());
        EntryAttributes.apply(attributes, parent, name);
      }
    }
    tally.there(type);
  }

  /** Opens a directory below the top, making what is missing; a link on the way is refused. */
  private PosixDirectory directory(PosixDirectory top, PathBytes path) throws IOException {
    List<PathBytes> names = path.names();
    PosixDirectory current = null;
    try {
      for (PathBytes name : names) {
        PosixDirectory parent = current == null ? top : current;
        if (parent.find(name).isEmpty()) {
          parent.makeDirectory(name, 0700);
        }
        PosixDirectory below = parent.openDirectory(name);
        if (current != null) {
          current.close();
        }
        current = below;
      }
      return current == null ? tree.openDirectory(root) : current;
    } catch (IOException | RuntimeException | Error e) {
      if (current != null) {
        current.close();
      }
      throw e;
    }
  }

  private void file(
      PosixDirectory parent,
      PathBytes name,
      String key,
      ObjectInfo info,
      MirrorAttributes attributes)
      throws IOException {
    Extents extents = attributes.extents();
    Optional<FileStat> there = parent.find(name);
    boolean isEqual =
        there.isPresent()
            && there.get().isRegular()
            && there.get().size() == extents.size()
            && attributes
                .time(MirrorAttributes.MTIME)
                .filter(there.get().mtime()::equals)
                .isPresent();
    if (isEqual) {
      tally.wasEqual();
      return;
    }
    if (info.size() != extents.bodySize()) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot import "
              + objects.full(key)
              + ": it has "
              + info.size()
              + " bytes, not "
              + extents.bodySize()
              + ". Store it again.");
    }
    try (PosixFile target = parent.openFile(TEMPORARY, CREATE)) {
      try {
        write(target, key, info, extents, attributes);
        EntryAttributes.apply(attributes, target);
        if (there.isPresent() && there.get().isDirectory()) {
          parent.removeDirectory(name);
        }
        parent.rename(TEMPORARY, parent, name, RenameMode.REPLACE);
      } catch (IOException | RuntimeException | Error e) {
        try {
          parent.unlink(TEMPORARY);
        } catch (IOException second) {
          e.addSuppressed(second);
        }
        throw e;
      }
    }
    tally.moved(extents.bodySize());
  }

  private void write(
      PosixFile target, String key, ObjectInfo info, Extents extents, MirrorAttributes attributes)
      throws IOException {
    Sha256 wanted =
        attributes
            .sha256(MirrorAttributes.SHA256)
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.CORRUPT,
                        "Cannot import "
                            + objects.full(key)
                            + ": it has no checksum. Store it again."));
    Content content = new Content(extents);
    int range = (int) Math.min(settings.partSize.bytes(), settings.budget().largestPiece().bytes());
    for (long at = 0; at < info.size(); at += range) {
      int length = (int) Math.min(range, info.size() - at);
      ByteBudget.Reservation share = settings.budget().reserve(length);
      try {
        ByteBuffer data = objects.read(Retrier.Check.NONE, key, info.etag(), at, length).data();
        content.add(data, ZeroRuns.writer(target));
      } finally {
        share.close();
      }
    }
    target.truncate(extents.size());
    Sha256 found = content.end().content();
    if (!found.equals(wanted)) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot import "
              + objects.full(key)
              + ": its content has SHA-256 "
              + found
              + ", not "
              + wanted
              + ". Look for a version or backup of it.");
    }
  }

  private void symlink(
      PosixDirectory parent,
      PathBytes name,
      String key,
      ObjectInfo info,
      MirrorAttributes attributes)
      throws IOException {
    if (info.size() < 1 || info.size() > LONGEST_LINK) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot import the link "
              + objects.full(key)
              + ": its text has "
              + info.size()
              + " bytes. Remove it.");
    }
    ByteBuffer data =
        objects.read(Retrier.Check.NONE, key, info.etag(), 0, (int) info.size()).data();
    byte[] text = new byte[data.remaining()];
    data.get(text);
    PathBytes target;
    try {
      target = PathBytes.of(text);
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot import the link " + objects.full(key) + ": " + e.getMessage(),
          e);
    }
    clear(parent, name);
    parent.makeSymlink(name, target);
    EntryAttributes.apply(attributes, parent, name);
  }

  private void link(PosixDirectory top, Later link) throws IOException {
    PathBytes first = link.attributes.target(link.key);
    try (PosixDirectory from = directory(top, first.parent());
        PosixDirectory to = directory(top, link.path.parent())) {
      FileStat original = from.stat(first.name());
      Optional<FileStat> there = to.find(link.path.name());
      if (there.isPresent()
          && there.get().inode() == original.inode()
          && there.get().device() == original.device()) {
        tally.wasEqual();
      } else {
        clear(to, link.path.name());
        from.link(first.name(), to, link.path.name());
      }
    }
    tally.linked();
  }

  private void seal(PosixDirectory top, Later later) throws IOException {
    try (PosixDirectory directory = directory(top, later.path)) {
      EntryAttributes.apply(later.attributes, directory);
    }
    tally.there(FileType.DIRECTORY);
  }

  private static void clear(PosixDirectory parent, PathBytes name) throws IOException {
    Optional<FileStat> there = parent.find(name);
    if (there.isPresent() && there.get().isDirectory()) {
      parent.removeDirectory(name);
    } else if (there.isPresent()) {
      parent.unlink(name);
    }
  }
}
