// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.LocalWorker;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.TreeCopy;
import io.kmesh.engine.WorkPlace;
import io.kmesh.engine.WorkResult;
import io.kmesh.engine.WorkUnit;
import io.kmesh.engine.Worker;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Stores a tree in the mirror form. Large files go in parts, each a unit of work for a {@link
 * Worker}, so that the bytes can be moved by another process; the object is completed here. One
 * thread; used once.
 */
public final class TreeExport {
  private static final String SOURCE = "source";
  private static final String TARGET = "target";
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final Set<String> LATE =
      Set.of(MirrorAttributes.SHA256, MirrorAttributes.BODY_SHA256);

  private final MirrorSettings settings;
  private final TreeCopy.ReadGate gate;
  private final PosixTree tree;
  private final PathBytes root;
  private final MirrorObjects objects;
  private final MirrorKeys keys;
  private final Worker worker;
  private final TreeTally tally = new TreeTally();
  private final Map<Inode, PathBytes> firstNames = new HashMap<>();
  private final boolean canSeek;

  private record Inode(long device, long inode) {}

  /** An export of a directory. */
  public TreeExport(
      MirrorSettings settings, TreeCopy.ReadGate gate, PosixTree tree, PathBytes path) {
    this.settings = settings;
    this.gate = gate;
    this.tree = tree;
    this.root = path;
    this.objects = MirrorObjects.of(settings);
    this.keys = MirrorKeys.of(settings);
    this.worker =
        new LocalWorker(settings.budget()).tree(SOURCE, tree).store(TARGET, settings.store);
    this.canSeek = tree.capabilities().contains(PosixCapability.SPARSE);
  }

  /** Exports. */
  public MirrorTreeReport run() throws IOException {
    MirrorObjects.checkCapabilities(settings, "export a tree to");
    try (PosixDirectory directory = tree.openDirectory(root)) {
      directory(directory, PathBytes.EMPTY);
    }
    return tally.report();
  }

  private void directory(PosixDirectory directory, PathBytes path) throws IOException {
    try {
      FileStat stat = directory.stat();
      MirrorAttributes attributes = MirrorAttributes.of(stat).xattrs(xattrs(directory));
      empty(keys.ofDirectory(path), path, attributes);
      tally.there(FileType.DIRECTORY);
    } catch (IOException e) {
      tally.failed(path.toString(), e);
    }
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> batch = cursor.next(); !batch.isEmpty(); batch = cursor.next()) {
        for (DirectoryEntry entry : batch) {
          PathBytes below = path.resolve(entry.name());
          try {
            entry(directory, entry.name(), below);
          } catch (IOException e) {
            tally.failed(below.toString(), e);
          }
        }
      }
    } catch (ProviderException e) {
      tally.failed(path.toString(), e);
    }
  }

  private void entry(PosixDirectory parent, PathBytes name, PathBytes path) throws IOException {
    FileStat stat = parent.stat(name);
    if (stat.isDirectory()) {
      try (PosixDirectory below = parent.openDirectory(name)) {
        directory(below, path);
      }
      return;
    }
    if (stat.links() > 1) {
      Inode inode = new Inode(stat.device(), stat.inode());
      PathBytes first = firstNames.get(inode);
      if (first != null) {
        MirrorAttributes link =
            MirrorAttributes.ofType(MirrorAttributes.TYPE_HARD_LINK)
                .path(MirrorAttributes.TARGET, first);
        empty(keys.ofFile(path), path, link);
        tally.linked();
        return;
      }
      only(parent, name, path, stat);
      firstNames.put(inode, path);
    } else {
      only(parent, name, path, stat);
    }
  }

  private void only(PosixDirectory parent, PathBytes name, PathBytes path, FileStat stat)
      throws IOException {
    if (stat.isRegular()) {
      if (!gate.mayRead(parent, name, stat)) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot export " + path + ": its data are in the archive only. Recall it first.");
      }
      try (PosixFile file = parent.openFile(name, READ)) {
        file(file, path);
      }
    } else {
      MirrorAttributes attributes = MirrorAttributes.of(stat).xattrs(xattrs(parent, name));
      ByteBuffer body = ByteBuffer.allocate(0);
      if (stat.type() == FileType.SYMLINK) {
        body = ByteBuffer.wrap(parent.readSymlink(name).toBytes());
      }
      put(keys.ofFile(path), path, attributes, body);
    }
    tally.there(stat.type());
  }

  private void empty(String key, PathBytes path, MirrorAttributes attributes) throws IOException {
    put(key, path, attributes, ByteBuffer.allocate(0));
  }

  private void put(String key, PathBytes path, MirrorAttributes attributes, ByteBuffer body)
      throws IOException {
    MirrorAttributes named = named(key, path, attributes);
    Optional<ObjectInfo> there = objects.find(Retrier.Check.NONE, key);
    boolean isEqual = there.isPresent() && isEqual(there.get(), named, body.remaining());
    if (isEqual && body.hasRemaining()) {
      ByteBuffer old =
          objects.read(Retrier.Check.NONE, key, there.get().etag(), 0, body.remaining()).data();
      isEqual = old.equals(body);
    }
    if (isEqual) {
      tally.wasEqual();
      return;
    }
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    Content.Digests digests = digests(Extents.whole(bytes.length), body);
    store(key, named, body, digests, there);
  }

  private static Content.Digests digests(Extents extents, ByteBuffer body) throws IOException {
    Content content = new Content(extents);
    content.add(body, (piece, offset) -> {});
    return content.end();
  }

  private MirrorAttributes named(String key, PathBytes path, MirrorAttributes attributes) {
    return MirrorKeys.saysPath(key) ? attributes : attributes.path(MirrorAttributes.PATH, path);
  }

  private void file(PosixFile file, PathBytes path) throws IOException {
    FileStat stat = file.stat();
    String key = keys.ofFile(path);
    Extents extents = Extents.of(file, stat, canSeek);
    MirrorAttributes attributes = named(key, path, MirrorAttributes.of(stat).xattrs(xattrs(file)));
    Optional<ObjectInfo> there = objects.find(Retrier.Check.NONE, key);
    if (there.isPresent() && isEqual(there.get(), attributes, extents.bodySize())) {
      tally.wasEqual();
      return;
    }
    if (extents.bodySize() <= settings.largestPut()) {
      small(file, path, key, stat, extents, attributes, there);
    } else {
      large(file, path, key, stat, extents, attributes, there);
    }
    tally.moved(extents.bodySize());
  }

  private void small(
      PosixFile file,
      PathBytes path,
      String key,
      FileStat stat,
      Extents extents,
      MirrorAttributes attributes,
      Optional<ObjectInfo> there)
      throws IOException {
    int size = (int) extents.bodySize();
    try (ByteBudget.Piece piece = settings.budget().acquire(size)) {
      BodyReader reader = new BodyReader(file, extents, path.toString());
      reader.fill(piece.buffer());
      reader.checkEnd();
      checkUnchanged(file, stat, path);
      Content.Digests digests = digests(extents, piece.buffer());
      attributes.content(extents, digests.content(), digests.body());
      store(key, attributes, piece.buffer(), digests, there);
    }
  }

  private void store(
      String key,
      MirrorAttributes attributes,
      ByteBuffer body,
      Content.Digests digests,
      Optional<ObjectInfo> there)
      throws IOException {
    String attempt = settings.attempts.get();
    SplitAttributes split =
        SplitAttributes.of(
            attributes.put(MirrorAttributes.ATTEMPT, attempt).values(),
            objects.metadataLimit(),
            Set.of(),
            MirrorKeys.SIDE + attempt);
    if (split.sideKey().isPresent()) {
      objects.putSide(Retrier.Check.NONE, split.sideKey().get(), attempt, split.side());
    }
    objects.put(
        Retrier.Check.NONE, key, body, split.metadata(), condition(key, there), digests.body());
    dropSide(there);
  }

  private void large(
      PosixFile file,
      PathBytes path,
      String key,
      FileStat stat,
      Extents extents,
      MirrorAttributes attributes,
      Optional<ObjectInfo> there)
      throws IOException {
    if (!objects.can(StoreCapability.MULTIPART)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot export "
              + path
              + " of "
              + extents.size()
              + " bytes to "
              + settings.store.uri()
              + ": the store has no uploads in parts. Use another store.");
    }
    Condition condition = condition(key, there);
    String attempt = settings.attempts.get();
    // A large body is always the whole file: a unit of work is one range of it.
    Extents whole = Extents.whole(stat.size());
    attributes.put(MirrorAttributes.ATTEMPT, attempt).put(MirrorAttributes.SHA256, "");
    SplitAttributes split =
        SplitAttributes.of(
            attributes.values(), objects.metadataLimit(), LATE, MirrorKeys.SIDE + attempt);
    int partSize = settings.partSize(objects, whole.bodySize());
    Upload upload = objects.startUpload(Retrier.Check.NONE, key, split.metadata());
    try {
      List<UploadPart> parts = new ArrayList<>();
      Content content = new Content(whole);
      BodyReader reader = new BodyReader(file, whole, path.toString());
      for (long at = 0; at < stat.size(); at += partSize) {
        int length = (int) Math.min(partSize, stat.size() - at);
        parts.add(part(upload, path, stat, at, length, parts.size() + 1, reader, content));
      }
      checkUnchanged(file, stat, path);
      Content.Digests digests = content.end();
      SortedMap<String, String> side = new TreeMap<>(split.side());
      side.put(MirrorAttributes.SHA256, digests.content().toString());
      objects.putSide(Retrier.Check.NONE, MirrorKeys.SIDE + attempt, attempt, side);
      objects.complete(
          Retrier.Check.NONE, upload, key, attempt, parts, condition, stat.size(), digests.body());
    } catch (IOException | RuntimeException | Error e) {
      try {
        objects.abort(key, upload.id());
        objects.deleteOwn(MirrorKeys.SIDE + attempt);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
    dropSide(there);
  }

  /** One part by the worker, summed here too: what it sent is what this coordinator read. */
  private UploadPart part(
      Upload upload,
      PathBytes path,
      FileStat stat,
      long at,
      int length,
      int number,
      BodyReader reader,
      Content content)
      throws IOException {
    WorkUnit unit =
        new WorkUnit(
            upload.id(),
            SOURCE,
            new WorkPlace.AtPath(whole(path)),
            LocalWorker.nanos(stat),
            at,
            length,
            TARGET,
            new WorkPlace.AtPart(upload.key(), upload.id(), number),
            0,
            List.of());
    WorkResult result = objects.retry(() -> checked(worker.run(unit)));
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    try (ByteBudget.Piece piece = settings.budget().acquire(length)) {
      reader.fill(piece.buffer());
      crc.update(piece.buffer().duplicate());
      content.add(piece.buffer(), (bytes, offset) -> {});
    }
    if ((int) crc.getValue() != result.crc32c() || result.bytes() != length) {
      throw new ProviderException(
          ErrorKind.TRANSIENT, "Cannot export " + path + ": it changed while it was read.");
    }
    return new UploadPart(number, result.partEtag(), length);
  }

  private static WorkResult checked(WorkResult result) throws ProviderException {
    if (result.error().isPresent()) {
      throw new ProviderException(result.error().get(), result.message());
    }
    return result;
  }

  private PathBytes whole(PathBytes path) {
    PathBytes whole = root;
    for (PathBytes name : path.names()) {
      whole = whole.resolve(name);
    }
    return whole;
  }

  private static void checkUnchanged(PosixFile file, FileStat stat, PathBytes path)
      throws IOException {
    FileStat now = file.stat();
    if (now.size() != stat.size()
        || !now.mtime().equals(stat.mtime())
        || !now.ctime().equals(stat.ctime())) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot export " + path + ": it changed while it was read. Export it again.");
    }
  }

  private Condition condition(String key, Optional<ObjectInfo> there) throws IOException {
    if (there.isEmpty()) {
      return Condition.absent();
    }
    // One that is not ours is INVALID here, and stays as it is.
    MirrorAttributes.read(objects.full(key), there.get().metadata());
    return Condition.matches(there.get().etag());
  }

  private void dropSide(Optional<ObjectInfo> replaced) throws IOException {
    Optional<String> side = replaced.map(info -> info.metadata().get(MirrorAttributes.SIDE));
    if (side.isPresent() && side.get().startsWith(MirrorKeys.SIDE)) {
      objects.deleteOwn(side.get());
    }
  }

  /**
   * Whether an object has the same attributes and a body of the same length; access times don't
   * count.
   */
  private boolean isEqual(ObjectInfo there, MirrorAttributes wanted, long bodySize)
      throws IOException {
    if (there.size() != bodySize || !there.metadata().containsKey(MirrorAttributes.FORMAT)) {
      return false;
    }
    String key = objects.relative(there.key()).orElse(there.key());
    MirrorAttributes stored;
    try {
      stored = objects.attributes(Retrier.Check.NONE, key, there);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CORRUPT) {
        return false; // stored anew
      }
      throw e;
    }
    return comparable(stored).equals(comparable(wanted));
  }

  private static SortedMap<String, String> comparable(MirrorAttributes attributes) {
    SortedMap<String, String> values = new TreeMap<>(attributes.values());
    values
        .keySet()
        .removeAll(
            Set.of(
                MirrorAttributes.ATIME,
                MirrorAttributes.ATTEMPT,
                MirrorAttributes.SIDE,
                MirrorAttributes.SHA256,
                MirrorAttributes.BODY_SHA256,
                MirrorAttributes.EXTENTS));
    return values;
  }

  private static SortedMap<PathBytes, byte[]> xattrs(io.kmesh.spi.posix.PosixInode inode)
      throws IOException {
    SortedMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    for (PathBytes name : inode.xattrNames()) {
      if (XattrFilter.isContent(name)) {
        inode.xattr(name).ifPresent(value -> xattrs.put(name, value));
      }
    }
    return xattrs;
  }

  private SortedMap<PathBytes, byte[]> xattrs(PosixDirectory parent, PathBytes name)
      throws IOException {
    SortedMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    try {
      for (PathBytes xattr : parent.xattrNames(name)) {
        if (XattrFilter.isContent(xattr)) {
          parent.xattr(name, xattr).ifPresent(value -> xattrs.put(xattr, value));
        }
      }
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.UNSUPPORTED) {
        throw e;
      }
      // A tree that has no attributes on links and special files has none to lose.
      return xattrs;
    }
    return xattrs;
  }
}
