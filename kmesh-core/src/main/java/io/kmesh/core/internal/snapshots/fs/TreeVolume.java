// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.snapshots.ContentGate;
import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tree of files as it is now. Each call opens its directory anew, name by name, and follows no
 * link. The memory of a listing is that of its names. Thread-safe.
 */
final class TreeVolume implements Volume, Branch.Likeness {
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final Set<Errno> ABSENT = Set.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP);

  /** Lustre's time stamps are of a second; another for clocks that differ. */
  private static final Duration SETTLING = Duration.ofSeconds(2);

  private final PosixTree tree;
  private final PathBytes hidden;
  private final Basis basis;
  private final Place root;

  /**
   * What the tree is compared with.
   *
   * @param snapshot the snapshot
   * @param taken when its taking began
   * @param namers names chunks as the snapshot's domain does
   * @param gate says what must not be read
   */
  record Basis(
      SnapshotVolume snapshot, Instant taken, Supplier<ChunkNamer> namers, ContentGate gate) {}

  /** An entry, as it was when it was found. */
  record Place(PathBytes path, FileStat stat) implements Node {
    private static final int BLOCK = 512;

    /** The bytes that it takes, holes not counted. */
    long allocated() {
      return Math.min(stat.size(), BLOCK * stat.blocks());
    }
  }

  /** A tree in which one name at the top is not looked at. */
  TreeVolume(PosixTree tree, PathBytes hidden, Basis basis) throws IOException {
    this.tree = tree;
    this.hidden = hidden;
    this.basis = basis;
    this.root = new Place(PathBytes.EMPTY, tree.stat(PathBytes.EMPTY));
  }

  PosixTree tree() {
    return tree;
  }

  SnapshotVolume snapshot() {
    return basis.snapshot();
  }

  static boolean isAbsent(IOException e) {
    return e instanceof ProviderException p && p.errno().filter(ABSENT::contains).isPresent();
  }

  @Override
  public Node root() {
    return root;
  }

  @Override
  public @Nullable Place at(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      return new Place(path, tree.stat(path));
    }
    if (path.equals(hidden)) {
      return null;
    }
    try (PosixDirectory directory = tree.openDirectory(path.parent())) {
      return directory.find(path.name()).map(stat -> new Place(path, stat)).orElse(null);
    } catch (IOException e) {
      if (isAbsent(e)) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public @Nullable Place find(Node directory, PathBytes name) throws IOException {
    return at(((Place) directory).path().resolve(name));
  }

  @Override
  public Names names(Node directory) throws IOException {
    PathBytes path = ((Place) directory).path();
    TreeSet<PathBytes> all = new TreeSet<>();
    try (PosixDirectory open = tree.openDirectory(path);
        DirectoryCursor cursor = open.entries()) {
      for (List<DirectoryEntry> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        some.forEach(entry -> all.add(entry.name()));
      }
    }
    if (path.isEmpty()) {
      all.remove(hidden);
    }
    Iterator<PathBytes> names = all.iterator();
    return () -> names.hasNext() ? names.next() : null;
  }

  @Override
  public Facts facts(Node node) {
    return facts((Place) node);
  }

  static Facts facts(Place place) {
    FileStat stat = place.stat();
    boolean isLinked = stat.links() > 1 && !stat.isDirectory();
    return new Facts(
        isLinked ? new SnapshotVolume.LinkKey(stat.device(), stat.inode()) : place.path(),
        stat.type(),
        stat.mode(),
        stat.uid(),
        stat.gid(),
        stat.mtime(),
        stat.ctime(),
        stat.inode(),
        stat.device(),
        stat.isDirectory() ? 1 : stat.links(),
        stat.isDirectory() ? 0 : stat.size(),
        stat.rdev());
  }

  /** A step in an open directory. */
  private interface Step<T> {
    T run(PosixDirectory directory, PathBytes name) throws IOException;
  }

  private <T> T in(Node node, Step<T> step) throws IOException {
    PathBytes path = ((Place) node).path();
    try (PosixDirectory directory = tree.openDirectory(path.parent())) {
      return step.run(directory, path.name());
    }
  }

  @Override
  public PathBytes target(Node link) throws IOException {
    return in(link, PosixDirectory::readSymlink);
  }

  @Override
  public List<PathBytes> attributes(Node node) throws IOException {
    List<PathBytes> names;
    try {
      if (((Place) node).path().isEmpty()) {
        try (PosixDirectory top = tree.openRoot()) {
          names = top.xattrNames();
        }
      } else {
        names = in(node, PosixDirectory::xattrNames);
      }
    } catch (ProviderException e) {
      if (e.errno().filter(Errno.EOPNOTSUPP::equals).isPresent()) {
        return List.of();
      }
      throw e;
    }
    return names.stream().filter(XattrFilter::isContent).sorted().toList();
  }

  @Override
  public byte @Nullable [] attribute(Node node, PathBytes name) throws IOException {
    if (((Place) node).path().isEmpty()) {
      try (PosixDirectory top = tree.openRoot()) {
        return top.xattr(name).orElse(null);
      }
    }
    return in(node, (directory, entry) -> directory.xattr(entry, name)).orElse(null);
  }

  @Override
  public Bytes content(Node file) throws IOException {
    PosixFile open = in(file, (directory, name) -> directory.openFile(name, READ));
    try {
      if (basis.gate().instead(open, ((Place) file).stat()).isPresent()) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot read "
                + ((Place) file).path()
                + ": its bytes are in an archive, and reading would restore it. Restore it first.");
      }
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
    return new FileBytes(open, ((Place) file).stat().size());
  }

  private record FileBytes(PosixFile file, long size) implements Bytes {
    @Override
    public int read(long offset, ByteBuffer target, boolean isSequential) throws IOException {
      int done = 0;
      while (target.hasRemaining()) {
        int count = file.read(target, offset + done);
        if (count <= 0) {
          break;
        }
        done += count;
      }
      return done;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @Override
  public void close() {
    // The tree is the caller's.
  }

  // Comparing with the snapshot.

  /**
   * Whether a file has the bytes of the snapshot's: by its stamps where they can't lie, else by the
   * names of its chunks, or the bytes where there are holes. One that may not be read is judged by
   * size and time.
   */
  @Override
  public boolean hasBytesOf(SnapshotVolume.Entry base, Node file) throws IOException {
    Place place = (Place) file;
    FileStat stat = place.stat();
    if (stat.size() != base.node().size()) {
      return false;
    }
    boolean isTimed = stat.mtime().equals(base.node().mtime());
    boolean isSettled =
        stat.ctime().toInstant().isBefore(basis.taken().minus(SETTLING))
            && stat.ctime().equals(base.node().ctime())
            && stat.inode() == base.node().inode();
    if (isTimed && isSettled) {
      return true;
    }
    try (PosixFile open = in(file, (directory, name) -> directory.openFile(name, READ))) {
      if (basis.gate().instead(open, stat).isPresent() || !SnapshotVolume.hasBytes(base)) {
        return isTimed;
      }
      if (base.node().content() instanceof Content.Data data) {
        return hasChunks(open, data);
      }
    }
    return Contents.areEqual(basis.snapshot(), base, this, file);
  }

  private boolean hasChunks(PosixFile file, Content.Data data) throws IOException {
    ChunkNamer namer = basis.namers().get();
    try {
      ChunkLists.visit(
          data.chunks(),
          basis.snapshot().chunks(),
          0,
          data.size(),
          (chunk, offset, length) -> {
            byte[] bytes = new byte[Math.toIntExact(length)];
            int count = new FileBytes(file, data.size()).read(offset, ByteBuffer.wrap(bytes), true);
            if (count < length || !namer.name(bytes, 0, bytes.length).equals(chunk)) {
              throw new DiffersException();
            }
          });
      return true;
    } catch (DiffersException e) {
      return false;
    }
  }

  /** Ends a comparison at the first difference. */
  private static final class DiffersException extends IOException {
    private static final long serialVersionUID = 1;
  }
}
