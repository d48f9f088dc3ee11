// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.DirectoryWriter;
import io.kmesh.core.internal.repository.tree.TreeEdit;
import io.kmesh.core.internal.repository.tree.TreeEditor;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes what changelogs hint at: each path that may have changed is looked at as it is now, and the
 * tree before is edited there. A directory that was moved keeps its stored content, which is found
 * by where it was before and known by its inode; what can't be found so is scanned. For one thread;
 * used once.
 */
final class ChangelogScan {
  private static final Set<Errno> GONE = Set.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP);

  private final SnapshotStore.Request request;
  private final PosixTree tree;
  private final LustreIdentity identity;
  private final Session session;
  private final ChunkSource before;
  private final TreeNode base;
  private final ChangelogHints hints;
  private final ScanTally tally;
  private final Retrier.Check check;
  private final int workers;
  private final Attributes attributes;
  private final Set<PathBytes> otherBytes = new HashSet<>();
  private final Map<ChunkName, byte[]> pages = new HashMap<>();
  private final SubtreeCounts counts;

  ChangelogScan(
      SnapshotStore.Request request,
      LustreIdentity identity,
      Session session,
      ChunkSource before,
      TreeNode base,
      ChangelogHints hints,
      ScanTally tally,
      Retrier.Check check,
      int workers) {
    this.request = request;
    this.tree = request.tree();
    this.identity = identity;
    this.session = session;
    this.before = before;
    this.base = base;
    this.hints = hints;
    this.tally = tally;
    this.check = check;
    this.workers = workers;
    this.attributes = new Attributes(request.gate());
    this.counts = new SubtreeCounts(this::page, tally);
  }

  private byte[] page(ChunkName name) throws IOException {
    byte[] here = pages.get(name);
    return here != null ? here : before.read(name);
  }

  /** The tree as it is now. */
  TreeNode run() throws IOException, ScanNeededException {
    try (MetadataWriter metadata = session.metadataWriter();
        ContentWriter content = new ContentWriter(session, metadata)) {
      Changes changes = new Changes(metadata, content);
      List<TreeEdit> edits = new ArrayList<>();
      for (PathBytes path : dirty()) {
        edits.add(new TreeEdit(path, node -> changes.at(path, node)));
      }
      TreeNode top = new TreeEditor(this::page, changes::write).apply(base, edits);
      content.flush();
      metadata.flush();
      counts.settle();
      return top;
    } catch (TopChangedException e) {
      throw new ScanNeededException("the top is another directory than before");
    }
  }

  /** Paths below what is taken at which something may have changed. */
  private Set<PathBytes> dirty() throws IOException {
    Set<PathBytes> dirty = new HashSet<>();
    for (Fid fid : hints.objects()) {
      check.run();
      for (PathBytes path : paths(fid)) {
        Optional<PathBytes> below = below(path);
        below.ifPresent(dirty::add);
        if (hints.hasOtherBytes(fid)) {
          below.ifPresent(otherBytes::add);
        }
      }
    }
    for (ChangelogHints.Name name : hints.names()) {
      for (PathBytes parent : paths(name.parent())) {
        below(parent.resolve(name.name())).ifPresent(dirty::add);
      }
    }
    return dirty;
  }

  private List<PathBytes> paths(Fid fid) throws IOException {
    try {
      return identity.paths(fid);
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.ENOENT::equals).isPresent()) {
        return List.of();
      }
      throw e;
    }
  }

  /** A path of the file system as one below what is taken; empty when it is not, or left out. */
  private Optional<PathBytes> below(PathBytes path) {
    PathBytes normal = join(path.names(), 0);
    PathBytes top = join(request.path().names(), 0);
    if (!normal.isAtOrBelow(top)) {
      return Optional.empty();
    }
    List<PathBytes> names = normal.names();
    PathBytes at = PathBytes.EMPTY;
    for (PathBytes name : names.subList(top.names().size(), names.size())) {
      at = at.resolve(name);
      PathBytes here = at;
      if (request.excludes().stream().anyMatch(glob -> glob.fits(here))) {
        return Optional.empty();
      }
    }
    return Optional.of(at);
  }

  private static PathBytes join(List<PathBytes> names, int from) {
    PathBytes path = PathBytes.EMPTY;
    for (PathBytes name : names.subList(from, names.size())) {
      path = path.resolve(name);
    }
    return path;
  }

  private PathBytes inFileSystem(PathBytes below) {
    PathBytes path = join(request.path().names(), 0);
    for (PathBytes name : below.names()) {
      path = path.resolve(name);
    }
    return path;
  }

  /** Where a directory was when the tree before was taken; empty when that is not known. */
  private Optional<PathBytes> pathBefore(Fid fid, int depth) throws IOException {
    if (depth > 4096 || hints.isMade(fid)) {
      return Optional.empty();
    }
    Optional<ChangelogHints.Name> place = hints.placeBefore(fid);
    if (place.isPresent()) {
      return pathBefore(place.get().parent(), depth + 1).map(p -> p.resolve(place.get().name()));
    }
    List<PathBytes> now = paths(fid);
    if (now.isEmpty()) {
      return Optional.empty();
    }
    PathBytes path = join(now.get(0).names(), 0);
    return path.isEmpty()
        ? Optional.of(path)
        : pathBefore(identity.fid(path.parent()), depth + 1).map(p -> p.resolve(path.name()));
  }

  private static final class TopChangedException extends IOException {
    private static final long serialVersionUID = 1;
  }

  /** Makes entries as they are now. */
  private final class Changes {
    private final MetadataWriter metadata;
    private final ContentWriter content;
    private final FileReader files;

    Changes(MetadataWriter metadata, ContentWriter content) {
      this.metadata = metadata;
      this.content = content;
      this.files = new FileReader(metadata, request.gate(), attributes, tally);
    }

    ChunkName write(byte[] bytes, int offset, int length) throws IOException {
      ChunkName name = metadata.write(bytes, offset, length);
      pages.put(name, Arrays.copyOfRange(bytes, offset, offset + length));
      return name;
    }

    @Nullable TreeNode at(PathBytes path, @Nullable TreeNode old) throws IOException {
      check.run();
      if (path.isEmpty()) {
        return top(old);
      }
      TreeNode now = null;
      try (PosixDirectory parent = tree.openDirectory(inFileSystem(path.parent()))) {
        Optional<FileStat> found = parent.find(path.name());
        if (found.isPresent()) {
          now = entry(parent, path, found.get(), old);
        }
      } catch (ProviderException e) {
        if (e.errno().filter(GONE::contains).isEmpty()) {
          throw e;
        }
      }
      counts.change(old, now);
      return now;
    }

    private TreeNode top(@Nullable TreeNode old) throws IOException {
      try (PosixDirectory directory = tree.openDirectory(request.path())) {
        FileStat stat = directory.stat();
        if (old == null || old.inode() != stat.inode()) {
          throw new TopChangedException();
        }
        TreeNode node =
            TreeScan.node(PathBytes.EMPTY, stat, attributes.of(directory, stat, metadata));
        return node.holding(old.content());
      }
    }

    private @Nullable TreeNode entry(
        PosixDirectory parent, PathBytes path, FileStat stat, @Nullable TreeNode old)
        throws IOException {
      if (stat.isRegular()) {
        return old != null && hasSameBytes(path, stat, old)
            ? files.withBytesOf(old, parent, path)
            : files.read(parent, path, stat, content);
      }
      if (stat.isDirectory()) {
        return directory(parent, path, old);
      }
      return TreeScan.other(parent, path.name(), stat, attributes, metadata);
    }

    /** Whether no record says that bytes of a file changed, and nothing else looks like it. */
    private boolean hasSameBytes(PathBytes path, FileStat stat, TreeNode old) {
      return !otherBytes.contains(path)
          && old.content() instanceof Content.File
          && !(old.content() instanceof Content.Reference)
          && old.inode() == stat.inode()
          && old.size() == stat.size()
          && old.mtime().equals(stat.mtime());
    }

    private TreeNode directory(PosixDirectory parent, PathBytes path, @Nullable TreeNode old)
        throws IOException {
      try (PosixDirectory directory = parent.openDirectory(path.name())) {
        FileStat stat = directory.stat();
        List<Attribute> all = attributes.of(directory, stat, metadata);
        TreeNode node = TreeScan.node(path.name(), stat, all);
        if (isSameDirectory(old, stat) && old != null) {
          return node.holding(old.content());
        }
        Fid fid = identity.fid(directory);
        if (hints.isMade(fid)) {
          return node.holding(new DirectoryWriter(this::write).end());
        }
        TreeNode moved = moved(fid);
        if (isSameDirectory(moved, stat) && moved != null) {
          return node.holding(moved.content());
        }
        return node.holding(scan(path));
      }
    }

    private @Nullable TreeNode moved(Fid fid) throws IOException {
      Optional<PathBytes> place = pathBefore(fid, 0).flatMap(ChangelogScan.this::below);
      TreeNode node = place.isEmpty() ? null : base;
      for (PathBytes name : place.orElse(PathBytes.EMPTY).names()) {
        node =
            node != null && node.content() instanceof Content.Directory directory
                ? DirectoryReader.find(before, directory, name).orElse(null)
                : null;
      }
      return node;
    }

    private Content scan(PathBytes path) throws IOException {
      TreeNode scanned =
          new TreeScan(
                  tree,
                  session,
                  before,
                  Instant.EPOCH,
                  request.gate(),
                  request.excludes(),
                  tally,
                  check)
              .runBelow(request.path(), inFileSystem(path), workers);
      // Its pages are read again where something below is hinted at.
      session.publish(head -> head);
      counts.counted(scanned.content());
      return scanned.content();
    }
  }

  private static boolean isSameDirectory(@Nullable TreeNode node, FileStat stat) {
    return node != null
        && node.content() instanceof Content.Directory
        && node.inode() == stat.inode();
  }
}
