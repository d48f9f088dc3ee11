// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.journal.FileStamp;
import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.core.internal.mirror.journal.UploadRecord;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Objects of an export that the store copies part by part. With a journal, parts that it copied for
 * an earlier export of the same file from the same object stay. Thread-safe.
 */
final class LargeCopies {
  /** What the journal says of the source besides the attributes; no attribute has such a name. */
  private static final String SOURCE = "copy-source";

  private final MirrorSettings settings;
  private final MirrorObjects objects;
  private final TreeRun run;
  private final TreeJournal journals;
  private final LargeFiles files;

  LargeCopies(
      MirrorSettings settings,
      MirrorObjects objects,
      TreeRun run,
      TreeJournal journals,
      LargeFiles files) {
    this.settings = settings;
    this.objects = objects;
    this.run = run;
    this.journals = journals;
    this.files = files;
  }

  /** An upload to go on with. */
  private record Way(
      Upload upload,
      String attempt,
      @Nullable UploadRecord record,
      Map<Integer, UploadPart> held) {}

  /**
   * Copies the object of a file.
   *
   * @param from its key
   * @param stat of the file, whose content it has
   * @param attributes all that the copy says, its checksum included
   * @param condition what is in the copy's place
   */
  void copy(
      ObjectInfo source,
      String from,
      String key,
      FileStat stat,
      MirrorAttributes attributes,
      Condition condition)
      throws IOException {
    PartCopy.Source whole = new PartCopy.Source(objects.full(from), source.size(), source.etag());
    Sha256 sha256 = Sha256.parse(attributes.text(MirrorAttributes.SHA256).orElseThrow());
    Way way = resumeOrBegin(whole, key, stat, attributes);
    try {
      SplitAttributes split = split(attributes, way.attempt);
      if (split.sideKey().isPresent()) {
        objects.putSide(Retrier.Check.NONE, split.sideKey().get(), way.attempt, split.side());
      }
      List<UploadPart> parts =
          new PartCopy(objects, run::checkStop, whole, way.upload, partSize(key, source), way.held)
              .send();
      objects.complete(
          Retrier.Check.NONE, way.upload, key, way.attempt, parts, condition, whole.size(), sha256);
      forget(way);
    } catch (IOException | RuntimeException e) {
      if (way.record != null && Failures.isPassing(e)) {
        files.keep(way.upload);
      } else {
        try {
          files.discard(key, way.upload.id(), way.attempt);
          forget(way);
        } catch (IOException second) {
          e.addSuppressed(second);
        }
      }
      throw e;
    }
  }

  private int partSize(String key, ObjectInfo source) throws IOException {
    return Math.toIntExact(objects.copyPartSize(objects.full(key), source.size()));
  }

  private SplitAttributes split(MirrorAttributes attributes, String attempt) {
    attributes.put(MirrorAttributes.ATTEMPT, attempt);
    return SplitAttributes.of(
        attributes.values(), objects.metadataLimit(), Set.of(), MirrorKeys.SIDE + attempt);
  }

  private void forget(Way way) {
    MirrorJournal journal = journals.orNull();
    if (journal != null && way.record != null) {
      journal.forgetUpload(way.upload.key());
    }
  }

  private Way resumeOrBegin(
      PartCopy.Source source, String key, FileStat stat, MirrorAttributes attributes)
      throws IOException {
    MirrorJournal journal = journals.forLargeFile();
    SortedMap<String, String> said = new TreeMap<>(attributes.values());
    said.put(SOURCE, source.etag() + " " + source.key());
    UploadRecord fresh =
        new UploadRecord(
            objects.full(key),
            "",
            FileStamp.of(stat),
            source.size(),
            Math.toIntExact(objects.copyPartSize(objects.full(key), source.size())),
            said,
            new TreeMap<>());
    Optional<UploadRecord> old =
        journal == null ? Optional.empty() : journal.upload(objects.full(key));
    if (old.isPresent()) {
      Optional<Way> resumed = resume(old.get(), fresh);
      if (resumed.isPresent()) {
        return resumed.get();
      }
      files.discard(key, old.get());
    }
    return begin(journal, fresh, key, attributes);
  }

  /**
   * All parts of an upload were bound to the source that its record names: what the store lists is
   * of it.
   */
  private Optional<Way> resume(UploadRecord old, UploadRecord fresh) throws IOException {
    String attempt = old.attributes().get(MirrorAttributes.ATTEMPT);
    boolean isSame =
        attempt != null
            && old.stamp().equals(fresh.stamp())
            && old.bodySize() == fresh.bodySize()
            && old.partSize() == fresh.partSize()
            && withoutPassing(old).equals(withoutPassing(fresh));
    if (!isSame || attempt == null) {
      return Optional.empty();
    }
    Upload upload = new Upload(old.key(), old.uploadId());
    Optional<List<UploadPart>> there = objects.listParts(Retrier.Check.NONE, upload);
    if (there.isEmpty()) {
      return Optional.empty();
    }
    Map<Integer, UploadPart> held = new HashMap<>();
    there.get().forEach(part -> held.put(part.number(), part));
    return Optional.of(new Way(upload, attempt, old, held));
  }

  /** The attributes are those that the upload began with, but for what each attempt says anew. */
  private static Map<String, String> withoutPassing(UploadRecord record) {
    Map<String, String> attributes = new TreeMap<>(record.attributes());
    attributes.remove(MirrorAttributes.ATTEMPT);
    attributes.remove(MirrorAttributes.ATIME);
    return attributes;
  }

  private Way begin(
      @Nullable MirrorJournal journal, UploadRecord fresh, String key, MirrorAttributes attributes)
      throws IOException {
    String attempt = settings.attempts.get();
    SplitAttributes split = split(attributes, attempt);
    objects.abortAbandoned(key, settings.abandonedBefore());
    Upload upload = objects.startOneOfSeveral(key, split.metadata(), null);
    SortedMap<String, String> said = new TreeMap<>(fresh.attributes());
    said.put(MirrorAttributes.ATTEMPT, attempt);
    UploadRecord record =
        new UploadRecord(
            upload.key(),
            upload.id(),
            fresh.stamp(),
            fresh.bodySize(),
            fresh.partSize(),
            said,
            new TreeMap<>());
    boolean isKept = journal != null && journal.begin(record);
    return new Way(upload, attempt, isKept ? record : null, Map.of());
  }
}
