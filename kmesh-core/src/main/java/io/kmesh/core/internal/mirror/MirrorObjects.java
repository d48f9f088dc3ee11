// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.cache.AnswerCache;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Cuts;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.OpenUpload;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StreamedReads;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The mirror's calls of its store: below the prefix, tried again where that is safe, and looked at
 * where the outcome is unknown, by the attempt that each object carries. Keys are without the
 * prefix. Thread-safe.
 */
public final class MirrorObjects {
  /** The most bytes of metadata that the format uses. */
  public static final int METADATA_LIMIT = 2000;

  private static final int COPY_PIECE = 8 << 20;

  private final ObjectStore store;
  private final ObjectStore waited;
  private final BlockingObjectStore calls;
  private final String prefix;
  private final Retrier retrier;
  private volatile @Nullable AnswerCache cache;

  public MirrorObjects(ObjectStore store, String prefix, Retrier retrier) {
    this.store = store;
    this.waited = store.onCallersThread(Cuts.NONE);
    this.calls = waited.blocking();
    this.prefix = prefix;
    this.retrier = retrier;
  }

  /** The objects of these settings. */
  public static MirrorObjects of(MirrorSettings settings) {
    return new MirrorObjects(
        settings.store,
        settings.prefix,
        new Retrier(settings.time, settings.retry, settings.random, settings.observer));
  }

  /** Refuses a store that can't do what the mirror needs. */
  static void checkCapabilities(MirrorSettings settings, String verb) throws ProviderException {
    checkCapabilities(settings.store, verb);
  }

  /** Refuses a store that can't do what is needed to write the mirror form. */
  public static void checkCapabilities(ObjectStore store, String verb) throws ProviderException {
    Set<StoreCapability> missing = java.util.EnumSet.copyOf(NEEDED);
    missing.removeAll(store.capabilities());
    if (!missing.isEmpty()) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot "
              + verb
              + " "
              + store.uri()
              + ": the store lacks "
              + missing
              + ". Use a store that has them.");
    }
  }

  /** Runs something that may be repeated. */
  public <T> T retry(Retrier.Call<T> call) throws IOException {
    return retrier.mutate(Retrier.Check.NONE, call, Optional::empty);
  }

  /** What became of a conditional delete. */
  public enum Deletion {
    /** It is gone. */
    GONE,
    /** Another object is there; it was left alone. */
    REPLACED
  }

  public String full(String key) {
    return prefix + key;
  }

  public Optional<String> relative(String fullKey) {
    return fullKey.startsWith(prefix)
        ? Optional.of(fullKey.substring(prefix.length()))
        : Optional.empty();
  }

  public ObjectStore store() {
    return store;
  }

  /** The store's reads that hand on bytes as they come, where it has them; for one that waits. */
  Optional<StreamedReads> streamedReads() {
    return waited.streamedReads();
  }

  public boolean can(StoreCapability capability) {
    return store.capabilities().contains(capability);
  }

  public int metadataLimit() {
    return (int) Math.min(METADATA_LIMIT, store.limits().maxMetadata().bytes());
  }

  public Optional<ObjectInfo> find(Retrier.Check check, String key) throws IOException {
    AnswerCache noting = cache;
    if (noting == null) {
      return retrier.read(check, () -> calls.find(full(key)));
    }
    Instant asked = noting.now();
    Optional<ObjectInfo> found = retrier.read(check, () -> calls.find(full(key)));
    found.ifPresent(info -> noting.answered(info, asked));
    return found;
  }

  /** From now on notes what the store says, and knows what was noted. */
  void noteIn(AnswerCache answers) {
    cache = answers;
  }

  /** What the store said of an object when it was listed; empty when it has to be asked. */
  Optional<ObjectInfo> known(String key) {
    AnswerCache answers = cache;
    return answers == null ? Optional.empty() : answers.known(key);
  }

  /** As {@link #known}, and asks where nothing is. */
  Optional<ObjectInfo> knownOrFound(String key) throws IOException {
    Optional<ObjectInfo> known = known(key);
    AnswerCache answers = cache;
    if (known.isPresent() || (answers != null && answers.isAbsent(key))) {
      return known;
    }
    return find(Retrier.Check.NONE, key);
  }

  /** Does what makes an object, and notes it as sent. */
  private ObjectInfo noted(Retrier.Call<ObjectInfo> call) throws IOException {
    return noted(call, null);
  }

  private ObjectInfo noted(Retrier.Call<ObjectInfo> call, byte @Nullable [] body)
      throws IOException {
    AnswerCache noting = cache;
    if (noting == null) {
      return call.run();
    }
    Instant asked = noting.now();
    ObjectInfo info = call.run();
    noting.sent(info, body, asked);
    return info;
  }

  public ObjectRange read(Retrier.Check check, String key, String etag, long offset, int length)
      throws IOException {
    return retrier.read(
        check, () -> calls.read(full(key), offset, length, Condition.matches(etag)));
  }

  /** Makes what takes a range. */
  @FunctionalInterface
  interface Arrivals {
    /**
     * One for one answer.
     *
     * @param isFirst whether none was made before
     */
    RangeArrival next(boolean isFirst);
  }

  /** Reads a range that is handed on as it comes, and says what took all of it. */
  RangeArrival stream(
      StreamedReads reads, String key, String etag, long offset, int length, Arrivals arrivals)
      throws IOException {
    AtomicBoolean isFirst = new AtomicBoolean(true);
    return retrier.read(
        Retrier.Check.NONE,
        () -> {
          RangeArrival arrival = arrivals.next(isFirst.getAndSet(false));
          try {
            calls.read(reads, full(key), offset, length, Condition.matches(etag), arrival);
          } finally {
            arrival.end();
          }
          if (arrival.came() != length) {
            throw wrongRange("import", key, arrival.came(), offset, length, offset);
          }
          return arrival;
        });
  }

  /** Reads an object's first bytes, of which the answer says what it is; empty when it is gone. */
  Optional<ObjectRange> begin(Retrier.Check check, String key, int length) throws IOException {
    AnswerCache noting = cache;
    Instant asked = noting == null ? Instant.EPOCH : noting.now();
    try {
      ObjectRange range =
          retrier.read(check, () -> calls.read(full(key), 0, length, Condition.none()));
      // Of the objects of others a read does not say the checksum, which is then wanted.
      if (noting != null && range.info().metadata().containsKey(MirrorAttributes.FORMAT)) {
        noting.answered(range.info(), asked);
      }
      return Optional.of(range);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The failure of a read that was answered with other bytes than those that were asked for. */
  ProviderException wrongRange(
      String doing, String key, ObjectRange range, long offset, long length) {
    return wrongRange(doing, key, range.data().remaining(), range.offset(), length, offset);
  }

  private ProviderException wrongRange(
      String doing, String key, long came, long cameAt, long length, long offset) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot "
            + doing
            + " "
            + full(key)
            + ": the store gave "
            + came
            + " bytes at "
            + cameAt
            + ", not "
            + length
            + " at "
            + offset
            + ". Check the store.");
  }

  public ListPage list(Retrier.Check check, ListRequest request) throws IOException {
    return retrier.read(check, () -> calls.list(request));
  }

  /** Puts an object whose metadata names the attempt. */
  public ObjectInfo put(
      Retrier.Check check,
      String key,
      ByteBuffer body,
      Map<String, String> metadata,
      Condition condition,
      Sha256 sha256)
      throws IOException {
    return put(check, key, body, new PutOptions(condition, metadata, null), sha256);
  }

  /** Puts an object whose metadata names the attempt. */
  public ObjectInfo put(
      Retrier.Check check, String key, ByteBuffer body, PutOptions options, Sha256 sha256)
      throws IOException {
    return put(check, key, body, options, sha256, null);
  }

  private ObjectInfo put(
      Retrier.Check check,
      String key,
      ByteBuffer body,
      PutOptions options,
      Sha256 sha256,
      byte @Nullable [] noted)
      throws IOException {
    PutOptions checked = withChecksum(options, sha256);
    return noted(
        () -> {
          ObjectInfo info =
              retrier.mutate(
                  check,
                  () -> calls.put(full(key), body, checked),
                  () -> byAttempt(key, options.metadata().get(MirrorAttributes.ATTEMPT)));
          return checked(key, info, body.remaining(), sha256);
        },
        noted);
  }

  /** The object at a key when this attempt wrote it. */
  public Optional<ObjectInfo> byAttempt(String key, @Nullable String attempt) throws IOException {
    return calls.find(full(key)).filter(info -> attempt != null && attempt.equals(attemptOf(info)));
  }

  public static @Nullable String attemptOf(ObjectInfo info) {
    return info.metadata().get(MirrorAttributes.ATTEMPT);
  }

  public Upload startUpload(Retrier.Check check, String key, Map<String, String> metadata)
      throws IOException {
    return retrier.mutate(
        check,
        () -> started(full(key), metadata, null),
        () -> {
          // Which of the uploads there is this one can't be told, but the key is reserved: none
          // stays.
          abortAll(key);
          return Optional.empty();
        });
  }

  /**
   * Starts an upload of a key that others may upload too. When the answer is lost, another one is
   * started, and the first, which has no part, is left to {@link #abortAbandoned}.
   *
   * @param storageClass to keep the object in; null for the store's default
   */
  public Upload startOneOfSeveral(
      String key, Map<String, String> metadata, @Nullable StorageClass storageClass)
      throws IOException {
    return retrier.mutate(
        Retrier.Check.NONE, () -> started(full(key), metadata, storageClass), Optional::empty);
  }

  /** Drops the uploads of a key that began before a time, where the store tells when. */
  public void abortAbandoned(String key, Instant before) throws IOException {
    List<OpenUpload> found =
        retrier.read(Retrier.Check.NONE, () -> calls.listOpenUploads(full(key)));
    for (OpenUpload open : found) {
      if (open.upload().key().equals(full(key))
          && open.begun().filter(before::isAfter).isPresent()) {
        abort(key, open.upload().id());
      }
    }
  }

  private Upload started(
      String fullKey, Map<String, String> metadata, @Nullable StorageClass storageClass)
      throws IOException {
    if (storageClass == null) {
      return calls.startUpload(fullKey, metadata);
    }
    try {
      return store.startUpload(fullKey, metadata, storageClass).toCompletableFuture().join();
    } catch (CompletionException e) {
      throw Failures.of(e);
    }
  }

  public UploadPart uploadPart(Retrier.Check check, Upload upload, int number, ByteBuffer body)
      throws IOException {
    return retrier.mutate(check, () -> calls.uploadPart(upload, number, body), Optional::empty);
  }

  /** The parts that an upload holds; empty when the upload is gone. */
  public Optional<List<UploadPart>> listParts(Retrier.Check check, Upload upload)
      throws IOException {
    try {
      return Optional.of(retrier.read(check, () -> calls.listParts(upload)));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  public ObjectInfo complete(
      Retrier.Check check,
      Upload upload,
      String key,
      String attempt,
      List<UploadPart> parts,
      Condition condition,
      long size,
      Sha256 sha256)
      throws IOException {
    PutOptions plain = PutOptions.NONE.withCondition(condition);
    PutOptions options = can(StoreCapability.UPLOAD_SHA256) ? withChecksum(plain, sha256) : plain;
    ObjectInfo info =
        retrier.mutate(
            check, () -> calls.complete(upload, parts, options), () -> byAttempt(key, attempt));
    return checked(key, info, size, sha256);
  }

  public void abort(String key, String uploadId) throws IOException {
    Upload upload = new Upload(full(key), uploadId);
    retrier.mutate(
        Retrier.Check.NONE,
        () -> {
          calls.abort(upload);
          return upload;
        },
        Optional::empty);
  }

  /** Drops all uploads of a key. */
  public void abortAll(String key) throws IOException {
    if (!can(StoreCapability.MULTIPART)) {
      return;
    }
    for (Upload upload : retrier.read(Retrier.Check.NONE, () -> calls.listUploads(full(key)))) {
      if (upload.key().equals(full(key))) {
        abort(key, upload.id());
      }
    }
  }

  /** Drops what a copy by parts to a key that nobody else uses left, where there are such. */
  void abortCopies(String key) throws IOException {
    if (copiesByParts(store.limits().maxObject().bytes())) {
      abortAll(key);
    }
  }

  /**
   * Copies an object to a key that nobody else uses.
   *
   * @param metadata the copy's metadata, the source's attempt included
   */
  public ObjectInfo copy(
      ObjectInfo source, String from, String to, SortedMap<String, String> metadata)
      throws IOException {
    return copy(source, from, to, metadata, Condition.absent());
  }

  /**
   * Copies an object, also onto itself.
   *
   * @param metadata the copy's metadata, with an attempt that the object in its place has not
   * @param condition what is in its place
   */
  public ObjectInfo copy(
      ObjectInfo source,
      String from,
      String to,
      SortedMap<String, String> metadata,
      Condition condition)
      throws IOException {
    Optional<ObjectInfo> copied = copyAtStore(source, from, to, metadata, condition);
    return copied.isPresent() ? copied.get() : copyThrough(source, from, to, metadata, condition);
  }

  /**
   * Copies an object without its bytes coming here, part by part where it is larger than the store
   * copies at once; empty when the store can't.
   */
  Optional<ObjectInfo> copyAtStore(
      ObjectInfo source,
      String from,
      String to,
      SortedMap<String, String> metadata,
      Condition condition)
      throws IOException {
    PutOptions options = new PutOptions(condition, metadata, null);
    PartCopy.Source whole = new PartCopy.Source(full(from), source.size(), source.etag());
    return copyWithin(
        Retrier.Check.NONE,
        whole,
        to,
        options,
        () -> startUpload(Retrier.Check.NONE, to, options.metadata()));
  }

  /**
   * Copies an object of the same store without moving its bytes through here.
   *
   * @param from its whole key, which may lie outside the prefix
   * @param size its bytes
   * @param etag the ETag that it must have
   * @param options what is in its place, and the copy's metadata, with an attempt that the object
   *     in its place has not
   * @return the copy; empty when the store can't copy at all, or not so much
   */
  public Optional<ObjectInfo> copyWithin(
      Retrier.Check check, String from, long size, String etag, String to, PutOptions options)
      throws IOException {
    return copyWithin(
        check,
        new PartCopy.Source(from, size, etag),
        to,
        options,
        () -> startOneOfSeveral(to, options.metadata(), options.storageClassOrNull()));
  }

  private Optional<ObjectInfo> copyWithin(
      Retrier.Check check,
      PartCopy.Source source,
      String to,
      PutOptions options,
      Retrier.Call<Upload> start)
      throws IOException {
    if (!canCopy(source.size())) {
      return Optional.empty();
    }
    try {
      if (copiesByParts(source.size())) {
        return Optional.of(copyParts(check, source, to, options, start));
      }
      return Optional.of(
          noted(
              () ->
                  retrier.mutate(
                      check,
                      () ->
                          calls.copy(
                              source.key(), Condition.matches(source.etag()), full(to), options),
                      () -> byAttempt(to, options.metadata().get(MirrorAttributes.ATTEMPT)))));
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.UNSUPPORTED && e.kind() != ErrorKind.INVALID) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private ObjectInfo copyParts(
      Retrier.Check check,
      PartCopy.Source source,
      String to,
      PutOptions options,
      Retrier.Call<Upload> start)
      throws IOException {
    Upload upload = start.run();
    try {
      long partSize = copyPartSize(full(to), source.size());
      List<UploadPart> parts = new PartCopy(this, check, source, upload, partSize, Map.of()).send();
      ObjectInfo info =
          retrier.mutate(
              check,
              () ->
                  calls.complete(upload, parts, PutOptions.NONE.withCondition(options.condition())),
              () -> byAttempt(to, options.metadata().get(MirrorAttributes.ATTEMPT)));
      if (info.size() != source.size()) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot copy "
                + source.key()
                + " to "
                + full(to)
                + " in "
                + store.uri()
                + ": the copy has "
                + info.size()
                + " bytes of "
                + source.size()
                + ". Check the store.");
      }
      return info;
    } catch (IOException | RuntimeException e) {
      try {
        abort(to, upload.id());
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** Copies a range of an object of this ETag to a part. */
  UploadPart copyPart(
      Retrier.Check check,
      Upload upload,
      int number,
      String source,
      String etag,
      long offset,
      long length)
      throws IOException {
    return retrier.mutate(
        check,
        () -> calls.copyPart(upload, number, source, Condition.matches(etag), offset, length),
        Optional::empty);
  }

  /** Whether the store copies an object of so many bytes, at once or part by part. */
  public boolean canCopy(long size) {
    return can(StoreCapability.COPY)
        && (size <= store.limits().maxCopy().bytes() || copiesByParts(size));
  }

  /** Whether a copy of so many bytes is an upload whose parts the store copies. */
  public boolean copiesByParts(long size) {
    return size > store.limits().maxCopy().bytes()
        && size <= store.limits().maxObject().bytes()
        && can(StoreCapability.COPY)
        && can(StoreCapability.PART_COPY)
        && can(StoreCapability.MULTIPART);
  }

  /** How many parts a copy by parts has. */
  public long copyParts(String name, long size) throws ProviderException {
    long partSize = copyPartSize(name, size);
    return (size + partSize - 1) / partSize;
  }

  /** The bytes of each part of a copy but the last. */
  long copyPartSize(String name, long size) throws ProviderException {
    return partSize(name, size, Math.min(PartCopy.PART, store.limits().maxCopy().bytes()));
  }

  /** Why an object that the store could copy is sent all the same; empty when it need not be. */
  public Optional<String> whyNotCopied(long size) {
    return can(StoreCapability.COPY) && !canCopy(size)
        ? Optional.of(
            "Sent anew, and not copied by the store: it has "
                + size
                + " bytes, and the store copies at most "
                + store.limits().maxCopy().bytes()
                + " at once.")
        : Optional.empty();
  }

  private ObjectInfo copyThrough(
      ObjectInfo source,
      String from,
      String to,
      SortedMap<String, String> metadata,
      Condition condition)
      throws IOException {
    int piece = (int) Math.max(partSize(full(from), source.size(), COPY_PIECE), 1);
    if (source.size() <= piece) {
      ByteBuffer body =
          read(Retrier.Check.NONE, from, source.etag(), 0, Math.max(1, (int) source.size())).data();
      return retrier.mutate(
          Retrier.Check.NONE,
          () -> calls.put(full(to), body, new PutOptions(condition, metadata, null)),
          () -> byAttempt(to, metadata.get(MirrorAttributes.ATTEMPT)));
    }
    Upload upload = startUpload(Retrier.Check.NONE, to, metadata);
    try {
      List<UploadPart> parts = new ArrayList<>();
      for (long at = 0; at < source.size(); at += piece) {
        int length = (int) Math.min(piece, source.size() - at);
        ByteBuffer body = read(Retrier.Check.NONE, from, source.etag(), at, length).data();
        parts.add(uploadPart(Retrier.Check.NONE, upload, parts.size() + 1, body));
      }
      return retrier.mutate(
          Retrier.Check.NONE,
          () -> calls.complete(upload, parts, PutOptions.NONE.withCondition(condition)),
          () -> byAttempt(to, metadata.get(MirrorAttributes.ATTEMPT)));
    } catch (IOException e) {
      try {
        abort(to, upload.id());
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /**
   * The bytes of each part of an object: what was asked, as far as the store's limits allow.
   *
   * @param name what is stored, for errors
   */
  public long partSize(String name, long bodySize, long asked) throws ProviderException {
    long least = store.limits().minPart().bytes();
    long most = store.limits().maxPut().bytes();
    long needed = (bodySize + store.limits().maxParts() - 1) / store.limits().maxParts();
    if (bodySize > store.limits().maxObject().bytes() || needed > most) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot store "
              + name
              + " of "
              + bodySize
              + " bytes in "
              + store.uri()
              + ": its largest object has "
              + Math.min(store.limits().maxObject().bytes(), most * store.limits().maxParts())
              + " bytes. Store the file elsewhere.");
    }
    return Math.min(most, Math.max(Math.max(asked, least), needed));
  }

  /** Deletes an object when it is still this one. */
  public Deletion delete(String key, String etag) throws IOException {
    return retrier.mutate(Retrier.Check.NONE, () -> deleteOnce(key, etag), Optional::empty);
  }

  private Deletion deleteOnce(String key, String etag) throws IOException {
    boolean conditional = can(StoreCapability.CONDITIONAL_DELETE);
    if (!conditional) {
      Optional<ObjectInfo> there = calls.find(full(key));
      if (there.isEmpty()) {
        return Deletion.GONE;
      }
      if (!there.get().etag().equals(etag)) {
        return Deletion.REPLACED;
      }
    }
    Condition condition = conditional ? Condition.matches(etag) : Condition.none();
    DeleteOutcome outcome = calls.delete(List.of(new DeleteTarget(full(key), condition))).get(0);
    ErrorKind error = outcome.errorOrNull();
    if (error == null || error == ErrorKind.NOT_FOUND) {
      return Deletion.GONE;
    }
    if (error == ErrorKind.PRECONDITION) {
      return calls.find(full(key)).isEmpty() ? Deletion.GONE : Deletion.REPLACED;
    }
    throw new ProviderException(
        error, "Cannot delete " + full(key) + " in " + store.uri() + ": " + outcome.message());
  }

  /** Deletes an object of a key that only one attempt ever writes. */
  public void deleteOwn(String key) throws IOException {
    retrier.mutate(
        Retrier.Check.NONE,
        () -> {
          DeleteOutcome outcome = calls.delete(List.of(DeleteTarget.of(full(key)))).get(0);
          ErrorKind error = outcome.errorOrNull();
          if (error != null && error != ErrorKind.NOT_FOUND) {
            throw new ProviderException(
                error,
                "Cannot delete " + full(key) + " in " + store.uri() + ": " + outcome.message());
          }
          return key;
        },
        Optional::empty);
  }

  /**
   * The attributes of an object with those of its side object.
   *
   * @throws ProviderException PRECONDITION when the object is another one meanwhile, so that its
   *     side object went; CORRUPT when that is missing or wrong
   */
  public MirrorAttributes attributes(Retrier.Check check, String key, ObjectInfo info)
      throws IOException {
    MirrorAttributes own = MirrorAttributes.read(full(key), info.metadata());
    Optional<String> side = own.text(MirrorAttributes.SIDE);
    if (side.isEmpty()) {
      return own;
    }
    if (!side.get().startsWith(MirrorKeys.SIDE)) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot use the object "
              + full(key)
              + ": its side object is not below "
              + MirrorKeys.SIDE
              + ". Archive the file again.");
    }
    AnswerCache answers = cache;
    Optional<byte[]> known = answers == null ? Optional.empty() : answers.knownBody(side.get());
    byte[] body = known.isPresent() ? known.get() : side(check, key, info, side.get());
    return own.with(SplitAttributes.readSide(full(side.get()), body));
  }

  private byte[] side(Retrier.Check check, String key, ObjectInfo info, String side)
      throws IOException {
    AnswerCache noting = cache;
    Instant asked = noting == null ? Instant.EPOCH : noting.now();
    Optional<ObjectInfo> found = find(check, side);
    if (found.isEmpty()) {
      throw withoutSide(check, key, info, side);
    }
    ObjectInfo sideInfo = found.get();
    if (sideInfo.size() > SIDE_LIMIT) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot use the side object "
              + full(side)
              + ": it has "
              + sideInfo.size()
              + " bytes, more than "
              + SIDE_LIMIT
              + ". Archive the file again.");
    }
    ByteBuffer body;
    try {
      body = read(check, side, sideInfo.etag(), 0, Math.max(1, (int) sideInfo.size())).data();
    } catch (ProviderException e) {
      throw e.kind() == ErrorKind.NOT_FOUND ? withoutSide(check, key, info, side) : e;
    }
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    if (noting != null) {
      noting.answered(sideInfo, bytes, asked);
    }
    return bytes;
  }

  /**
   * Who replaces an object removes the side object of the one that was there. An ETag may be that
   * of the bytes alone, as on S3, and stay when other metadata is written in place; the side object
   * that is named does not.
   */
  private ProviderException withoutSide(
      Retrier.Check check, String key, ObjectInfo info, String side) throws IOException {
    Optional<ObjectInfo> now = find(check, key).filter(i -> i.etag().equals(info.etag()));
    boolean isSame =
        now.isPresent()
            && MirrorAttributes.read(full(key), now.get().metadata())
                .text(MirrorAttributes.SIDE)
                .filter(side::equals)
                .isPresent();
    if (!isSame) {
      return new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot use the object "
              + full(key)
              + ": it was replaced or removed while its side object was read. Try again.");
    }
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot use the object "
            + full(key)
            + ": its side object "
            + full(side)
            + " is gone. Archive the file again.");
  }

  /** The largest side object that is read. */
  private static final int SIDE_LIMIT = 32 << 20;

  /** Puts a side object. */
  public void putSide(
      Retrier.Check check, String key, String attempt, SortedMap<String, String> side)
      throws IOException {
    byte[] body = SplitAttributes.sideBody(side);
    TreeMap<String, String> metadata =
        new TreeMap<>(MirrorAttributes.ofType(MirrorAttributes.TYPE_SIDE).values());
    metadata.put(MirrorAttributes.ATTEMPT, attempt);
    MessageDigest digest = Content.newDigest();
    // Written again by a repeated attempt: nobody else writes this key.
    put(
        check,
        key,
        ByteBuffer.wrap(body),
        new PutOptions(Condition.none(), metadata, null),
        new Sha256(digest.digest(body)),
        body);
  }

  private PutOptions withChecksum(PutOptions options, Sha256 sha256) {
    return can(StoreCapability.SHA256) ? options.withSha256(sha256) : options;
  }

  private ObjectInfo checked(String key, ObjectInfo info, long size, Sha256 sha256)
      throws ProviderException {
    Sha256 stored = info.sha256().orElse(sha256);
    if (info.size() != size || !stored.equals(sha256)) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot store "
              + full(key)
              + " in "
              + store.uri()
              + ": it holds "
              + info.size()
              + " bytes with SHA-256 "
              + stored
              + " of the "
              + size
              + " bytes with SHA-256 "
              + sha256
              + " that were sent. Check the store; the file stays as it was.");
    }
    return info;
  }

  /** The capabilities that the mirror cannot do without. */
  public static final Set<StoreCapability> NEEDED =
      Set.of(
          StoreCapability.CONDITIONAL_CREATE,
          StoreCapability.CONDITIONAL_REPLACE,
          StoreCapability.USER_METADATA,
          StoreCapability.STRONG_CONSISTENCY);
}
