// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.engine.MirrorEntry;
import io.kmesh.engine.StorePace;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The mirror archive over a store and an index of what is in it. */
public final class IndexedMirrorArchive implements MirrorArchive {
  private final MirrorSettings settings;
  private final MirrorObjects objects;
  private final MirrorIndex index;
  private final Publisher publisher;
  private final Settler settler;
  private final LargeUploader uploader;
  private final ObjectReader reader;
  private final KeyMover mover;

  private IndexedMirrorArchive(MirrorSettings settings) {
    this.settings = settings;
    MirrorEvents events = new MirrorEvents(settings.observer, settings.time, settings.name);
    KeyLocks locks = new KeyLocks();
    MirrorKeys keys = MirrorKeys.of(settings);
    this.objects = MirrorObjects.of(settings);
    this.index = new MirrorIndex(settings.state(), settings.name);
    this.mover = new KeyMover(objects, index, locks, keys, events, settings);
    this.publisher = new Publisher(objects, index, locks, mover, keys, events);
    this.settler = new Settler(objects, index, locks, events);
    this.uploader =
        new LargeUploader(settings, objects, index, locks, publisher, settler, mover, keys);
    this.reader = new ObjectReader(settings, objects, index);
  }

  /**
   * Opens an archive: checks what the store can do, then finishes what was begun. A store without a
   * pace gets one.
   */
  public static MirrorArchive open(MirrorSettings given) throws IOException {
    MirrorSettings settings =
        given.over(StorePace.DEFAULT.over(given.store, given.time, given.observer));
    MirrorObjects.checkCapabilities(settings, "open the mirror " + settings.name + " in");
    IndexedMirrorArchive archive = new IndexedMirrorArchive(settings);
    new MirrorRecovery(
            archive.objects, archive.index, archive.publisher, archive.settler, archive.mover)
        .run(settings.time.now().toEpochMilli());
    return archive;
  }

  @Override
  public String name() {
    return settings.name;
  }

  @Override
  public void settle(Fid fid) throws IOException {
    settler.settle(fid);
  }

  @Override
  public PendingArchive archive(ArchiveAction action) throws IOException {
    Retrier.Check check = action::checkCancelled;
    check.run();
    List<PathBytes> paths = action.paths();
    if (paths.isEmpty()) {
      throw new ProviderException(
          Errno.ENOENT,
          "Cannot archive " + action.fid() + ": it has no name any more. It was deleted.");
    }
    if (!action.stat().isRegular()) {
      throw new ProviderException(
          Errno.EINVAL,
          "Cannot archive "
              + paths.get(0)
              + " ("
              + action.fid()
              + "): it is a "
              + MirrorAttributes.typeName(action.stat().type())
              + ". Only regular files are archived.");
    }
    PathBytes path =
        publisher.choosePath(paths, index.entry(action.fid()).map(MirrorIndex.Versioned::value));
    Draft draft =
        new Draft(
            action.fid(),
            path,
            MirrorAttributes.of(action.stat()).xattrs(xattrs(action.source())),
            Extents.of(action.source(), action.stat(), true),
            action.dataVersion(),
            action.archiveId().value(),
            settings.attempts.get());
    return draft.extents().bodySize() <= settings.largestPut()
        ? small(action, draft, check)
        : uploader.archive(action, draft, check);
  }

  private PendingArchive small(ArchiveAction action, Draft draft, Retrier.Check check)
      throws IOException {
    int size = (int) draft.extents().bodySize();
    ByteBudget.Piece piece = size == 0 ? null : settings.budget().acquire(size);
    try {
      BodyReader body = new BodyReader(action.source(), draft.extents(), draft.path().toString());
      Content content = new Content(draft.extents());
      if (piece != null) {
        body.fill(piece.buffer());
        content.add(piece.buffer(), (bytes, offset) -> {});
        action.copied(size);
      }
      body.checkEnd();
      return new SmallArchive(publisher, settler, objects, draft, content.end(), piece, check);
    } catch (IOException | RuntimeException | Error e) {
      if (piece != null) {
        piece.close();
      }
      throw e;
    }
  }

  private static SortedMap<PathBytes, byte[]> xattrs(PosixFile file) throws IOException {
    SortedMap<PathBytes, byte[]> xattrs = new TreeMap<>();
    for (PathBytes name : file.xattrNames()) {
      if (io.kmesh.core.internal.transfer.XattrFilter.isContent(name)) {
        file.xattr(name).ifPresent(value -> xattrs.put(name, value));
      }
    }
    return xattrs;
  }

  @Override
  public void restore(RestoreAction action) throws IOException {
    PosixFile target = action.target();
    FileSink sink = new FileSink(target, action);
    try {
      IndexEntry entry = reader.read(action.fid(), sink, action::checkCancelled);
      sink.end(entry.size());
    } catch (IOException e) {
      try {
        target.truncate(0);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  @Override
  public void read(Fid fid, ContentConsumer consumer) throws IOException {
    reader.read(
        fid,
        new ObjectReader.Sink() {
          private boolean hasGiven;

          @Override
          public void begin() throws IOException {
            if (hasGiven) {
              throw new ProviderException(
                  ErrorKind.TRANSIENT,
                  "Cannot read " + fid + " to its end: its object moved meanwhile. Read it again.");
            }
          }

          @Override
          public void place(ByteBuffer piece, long offset) throws IOException {
            hasGiven = true;
            consumer.accept(piece, offset);
          }
        },
        Retrier.Check.NONE);
  }

  @Override
  public void remove(RemoveAction action) throws IOException {
    action.checkCancelled();
    Fid fid = action.fid();
    if (index.entry(fid).isEmpty()) {
      throw nothingToRemove(fid);
    }
    String attempt = settings.attempts.get();
    index.apply(List.of(index.put(new Intent.Remove(attempt, fid))));
    if (!settler.removeAll(fid, attempt)) {
      throw nothingToRemove(fid);
    }
  }

  @Override
  public List<Fid> archived(Optional<Fid> after, int limit) throws IOException {
    return index.fids(after, limit);
  }

  private ProviderException nothingToRemove(Fid fid) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot remove "
            + fid
            + " from "
            + settings.store.uri()
            + ": nothing of it is archived there.");
  }

  @Override
  public Optional<MirrorEntry> find(Fid fid) throws IOException {
    return index.entry(fid).map(MirrorIndex.Versioned::value).map(this::entryOf);
  }

  private MirrorEntry entryOf(IndexEntry e) {
    return new MirrorEntry(
        e.fid(),
        ArchiveId.of(e.archive()),
        e.dataVersion(),
        objects.full(e.key()),
        e.etag(),
        e.size(),
        e.sha256());
  }

  @Override
  public boolean stillHolds(ArchiveReceipt receipt) throws IOException {
    Optional<IndexEntry> entry = index.entry(receipt.fid()).map(MirrorIndex.Versioned::value);
    if (entry.isEmpty()
        || !receipt.store().equals(settings.name)
        || entry.get().dataVersion() != receipt.dataVersion()
        || entry.get().size() != receipt.size()
        || !entry.get().sha256().equals(receipt.sha256())) {
      return false;
    }
    // The index may have moved the object to another key; its content is the same.
    IndexEntry e = entry.get();
    Optional<ObjectInfo> info = objects.find(Retrier.Check.NONE, e.key());
    if (info.isEmpty()
        || !info.get().etag().equals(e.etag())
        || info.get().size() != e.bodySize()) {
      return false;
    }
    Optional<Sha256> stored = info.get().sha256();
    String noted =
        info.get().metadata().getOrDefault(MirrorAttributes.SHA256, e.sha256().toString());
    boolean isWhole = e.bodySize() == e.size();
    return noted.equals(e.sha256().toString())
        && (!isWhole || stored.isEmpty() || stored.get().equals(e.sha256()));
  }

  @Override
  public long rebuild() throws IOException {
    return new IndexRebuild(objects, index).run();
  }
}
