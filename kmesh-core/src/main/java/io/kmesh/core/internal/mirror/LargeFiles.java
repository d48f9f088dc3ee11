// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.journal.FileStamp;
import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.core.internal.mirror.journal.UploadRecord;
import io.kmesh.core.internal.transfer.LocalWorker;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.WorkPlace;
import io.kmesh.engine.WorkResult;
import io.kmesh.engine.WorkUnit;
import io.kmesh.engine.Worker;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Stores the large files of an export in parts. With a journal, what an earlier export sent of one
 * that did not change is read and summed, and not sent again. Thread-safe.
 */
final class LargeFiles {
  /** Uploads of a key that nobody here knows are aborted when they began longer ago. */
  static final Duration ABANDONED = Duration.ofDays(7);

  /** A stamp that is younger may hide a later change: where it has a fraction of a second. */
  private static final Duration TICK = Duration.ofMillis(100);

  /** The same where it has none, which may be all that the file system keeps. */
  private static final Duration LONG_TICK = Duration.ofSeconds(2);

  private static final String SOURCE = "source";
  private static final String TARGET = "target";

  /** What is known only after the content was read. */
  private static final Set<String> LATE =
      Set.of(MirrorAttributes.SHA256, MirrorAttributes.CRC32C, MirrorAttributes.BODY_SHA256);

  private final MirrorSettings settings;
  private final TreeOptions options;
  private final PathBytes root;
  private final MirrorObjects objects;
  private final TreeRun run;
  private final Worker worker;
  private final TreeJournal journals;
  private final @Nullable MirrorJournal journal;

  /** Keys whose uploads stay for the next export. */
  private final Set<String> kept = ConcurrentHashMap.newKeySet();

  /**
   * The large files of an export.
   *
   * @param root the exported directory's path in the tree
   * @param journals remembers them, where it can
   */
  LargeFiles(
      MirrorSettings settings,
      TreeOptions options,
      PosixTree tree,
      PathBytes root,
      MirrorObjects objects,
      TreeRun run,
      TreeJournal journals) {
    this.settings = settings;
    this.options = options;
    this.root = root;
    this.objects = objects;
    this.run = run;
    this.worker =
        new LocalWorker(settings.budget()).tree(SOURCE, tree).store(TARGET, settings.store);
    this.journals = journals;
    this.journal = journals.orNull();
  }

  /**
   * Stores a file.
   *
   * @param attributes all that its object says, but for checksums
   * @param condition what is in its place
   * @return the bytes that were sent
   */
  long store(
      PosixFile file,
      PathBytes path,
      String key,
      FileStat stat,
      Extents extents,
      MirrorAttributes attributes,
      Condition condition)
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
    if (extents.isPacked()) {
      attributes.put(MirrorAttributes.EXTENTS, extents.text());
    }
    Way way = resumeOrBegin(path, key, stat, extents, attributes);
    try {
      LargeExport.Result sent = send(file, path, stat, extents, way);
      EntryExport.checkUnchanged(file, stat, path);
      SortedMap<String, String> side = new TreeMap<>(way.split.side());
      side.put(MirrorAttributes.SHA256, sent.digests().content().toString());
      side.put(MirrorAttributes.CRC32C, sent.crc32c().toString());
      if (extents.isPacked()) {
        side.put(MirrorAttributes.BODY_SHA256, sent.digests().body().toString());
      }
      objects.putSide(Retrier.Check.NONE, MirrorKeys.SIDE + way.attempt, way.attempt, side);
      objects.complete(
          Retrier.Check.NONE,
          way.upload,
          key,
          way.attempt,
          sent.parts(),
          condition,
          extents.bodySize(),
          sent.digests().body());
      forget(way);
      return sent.moved();
    } catch (IOException | RuntimeException e) {
      if (mayGoOn(way, e)) {
        keep(way.upload);
      } else {
        try {
          discard(key, way.upload.id(), way.attempt);
          forget(way);
        } catch (IOException second) {
          e.addSuppressed(second);
        }
      }
      throw e;
    }
  }

  /** An upload that stays as it is for the next export. */
  void keep(Upload upload) {
    kept.add(upload.key());
  }

  /** Ends the uploads of earlier exports that this one, which is whole, had no use for. */
  void endOthers() throws IOException {
    MirrorJournal remembered = journal;
    if (remembered == null) {
      return;
    }
    for (UploadRecord record : remembered.uploads()) {
      Optional<String> key = objects.relative(record.key());
      if (key.isPresent() && !kept.contains(record.key())) {
        discard(key.get(), record);
      }
    }
  }

  /**
   * An upload to go on with.
   *
   * @param record null where it is not remembered
   * @param held the parts that the store has
   */
  private record Way(
      Upload upload,
      String attempt,
      SplitAttributes split,
      int partSize,
      @Nullable UploadRecord record,
      Map<Integer, LargeExport.Sent> held) {}

  private Way resumeOrBegin(
      PathBytes path, String key, FileStat stat, Extents extents, MirrorAttributes attributes)
      throws IOException {
    int partSize = settings.partSize(objects, path.toString(), extents.bodySize());
    MirrorJournal remembered = journals.forLargeFile();
    Optional<UploadRecord> old =
        remembered == null ? Optional.empty() : remembered.upload(objects.full(key));
    if (old.isPresent()) {
      Optional<Way> resumed = resume(old.get(), partSize, stat, extents, attributes);
      if (resumed.isPresent()) {
        return resumed.get();
      }
      discard(key, old.get());
    }
    return begin(key, partSize, stat, extents, attributes);
  }

  /** Goes on with an upload when it is of the same file, in the same state, and still there. */
  private Optional<Way> resume(
      UploadRecord old, int partSize, FileStat stat, Extents extents, MirrorAttributes attributes)
      throws IOException {
    String attempt = old.attributes().get(MirrorAttributes.ATTEMPT);
    MirrorAttributes said = MirrorAttributes.ofType(attributes.type()).with(old.attributes());
    boolean isSame =
        attempt != null
            && old.stamp().equals(FileStamp.of(stat))
            && old.bodySize() == extents.bodySize()
            && old.partSize() == partSize
            && EntryExport.comparable(said).equals(EntryExport.comparable(attributes))
            && said.text(MirrorAttributes.EXTENTS)
                .equals(attributes.text(MirrorAttributes.EXTENTS));
    if (!isSame || attempt == null) {
      return Optional.empty();
    }
    Upload upload = new Upload(old.key(), old.uploadId());
    Optional<List<UploadPart>> there = objects.listParts(Retrier.Check.NONE, upload);
    if (there.isEmpty()) {
      return Optional.empty();
    }
    SortedMap<Integer, UploadRecord.Part> parts = new TreeMap<>(old.parts());
    parts.values().removeIf(part -> !there.get().contains(part.part()));
    // Written anew: what a killed process wrote last may be half a record.
    UploadRecord record = old.with(parts);
    boolean isKept = journal != null && journal.begin(record);
    Map<Integer, LargeExport.Sent> held = new HashMap<>();
    parts.forEach(
        (number, part) -> held.put(number, new LargeExport.Sent(part.part(), part.crc32c())));
    return Optional.of(
        new Way(upload, attempt, split(said, attempt), partSize, isKept ? record : null, held));
  }

  private Way begin(
      String key, int partSize, FileStat stat, Extents extents, MirrorAttributes attributes)
      throws IOException {
    String attempt = settings.attempts.get();
    attributes.put(MirrorAttributes.ATTEMPT, attempt);
    SplitAttributes split = split(attributes, attempt);
    objects.abortAbandoned(key, settings.abandonedBefore());
    Upload upload = objects.startOneOfSeveral(key, split.metadata(), null);
    UploadRecord record =
        new UploadRecord(
            upload.key(),
            upload.id(),
            FileStamp.of(stat),
            extents.bodySize(),
            partSize,
            attributes.values(),
            new TreeMap<>());
    boolean isKept = journal != null && journal.begin(record);
    return new Way(upload, attempt, split, partSize, isKept ? record : null, Map.of());
  }

  private SplitAttributes split(MirrorAttributes attributes, String attempt) {
    return SplitAttributes.of(
        attributes.values(), objects.metadataLimit(), LATE, MirrorKeys.SIDE + attempt);
  }

  private LargeExport.Result send(
      PosixFile file, PathBytes path, FileStat stat, Extents extents, Way way) throws IOException {
    if (options.isPlan) {
      return planned(way.upload, extents.bodySize(), way.partSize);
    }
    LargeExport.Sender sender =
        extents.isPacked()
            ? packed(way.upload, file, extents, path)
            : plain(way.upload, path, LocalWorker.nanos(stat));
    return new LargeExport(
            run,
            settings.budget(),
            file,
            extents,
            path.toString(),
            way.partSize,
            remembered(sender, stat, way),
            way.held)
        .send();
  }

  /** Writes down what was sent, once the stamp tells later changes from what was read. */
  private LargeExport.Sender remembered(LargeExport.Sender sender, FileStat stat, Way way) {
    UploadRecord record = way.record;
    MirrorJournal remembered = journal;
    if (record == null || remembered == null) {
      return sender;
    }
    return (number, at, length) -> {
      boolean isYoung = isYoung(stat.ctime());
      LargeExport.Sent sent = sender.send(number, at, length);
      if (!isYoung) {
        remembered.add(record, new UploadRecord.Part(sent.part(), sent.crc32c()));
      }
      return sent;
    };
  }

  private boolean isYoung(FileTime ctime) {
    Duration tick = ctime.nanos() == 0 ? LONG_TICK : TICK;
    return ctime.toInstant().isAfter(settings.time.now().minus(tick));
  }

  /** Whether the upload stays as it is for the next export. */
  private static boolean mayGoOn(Way way, Exception failure) {
    return way.record != null && Failures.isPassing(failure);
  }

  private void forget(Way way) {
    if (journal != null && way.record != null) {
      journal.forgetUpload(way.upload.key());
    }
  }

  void discard(String key, UploadRecord record) throws IOException {
    discard(key, record.uploadId(), record.attributes().get(MirrorAttributes.ATTEMPT));
    if (journal != null) {
      journal.forgetUpload(record.key());
    }
  }

  /** Aborts an upload, and removes what belongs to it unless it had become the object. */
  void discard(String key, String uploadId, @Nullable String attempt) throws IOException {
    objects.abort(key, uploadId);
    if (attempt != null
        && objects
            .retry(() -> Optional.of(objects.byAttempt(key, attempt).isEmpty()))
            .orElse(false)) {
      objects.deleteOwn(MirrorKeys.SIDE + attempt);
    }
  }

  /** What sending a body in parts would be, without its bytes. */
  private LargeExport.Result planned(Upload upload, long bodySize, int partSize)
      throws IOException {
    List<UploadPart> parts = new ArrayList<>();
    for (long at = 0; at < bodySize; at += partSize) {
      int number = parts.size() + 1;
      objects.uploadPart(Retrier.Check.NONE, upload, number, EntryExport.NOTHING);
      parts.add(new UploadPart(number, "planned", Math.min(partSize, bodySize - at)));
    }
    run.tally().content(bodySize);
    return new LargeExport.Result(
        parts,
        new Content.Digests(EntryExport.UNREAD, EntryExport.UNREAD),
        new Crc32c(0),
        bodySize);
  }

  /** Parts that are ranges of the file. */
  private LargeExport.Sender plain(Upload upload, PathBytes path, long version) {
    return (number, at, length) -> {
      WorkUnit unit =
          new WorkUnit(
              upload.id(),
              SOURCE,
              new WorkPlace.AtPath(whole(path)),
              version,
              at,
              length,
              TARGET,
              new WorkPlace.AtPart(upload.key(), upload.id(), number),
              0,
              List.of());
      WorkResult result = objects.retry(() -> checked(worker.run(unit)));
      return new LargeExport.Sent(
          new UploadPart(number, result.partEtag(), result.bytes()), result.crc32c());
    };
  }

  /** Parts that leave the holes out. */
  private LargeExport.Sender packed(
      Upload upload, PosixFile file, Extents extents, PathBytes path) {
    return (number, at, length) -> {
      BodyReader reader = new BodyReader(file, extents, path.toString());
      reader.seek(at);
      CRC32C crc = new CRC32C();
      try (ByteBudget.Piece piece = settings.budget().acquire(length)) {
        reader.fill(piece.buffer());
        crc.update(piece.buffer().duplicate());
        return new LargeExport.Sent(
            objects.uploadPart(Retrier.Check.NONE, upload, number, piece.buffer()),
            (int) crc.getValue());
      }
    };
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
}
