// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.dialect.Dialects;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Stores one entry of a tree that is exported, unless its object is there and equal. Thread-safe.
 */
final class EntryExport {
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);

  /** Stand for what a plan does not read. */
  static final Sha256 UNREAD = Sha256.parse("0".repeat(64));

  private static final String UNREAD_CRC32C = "00000000";

  static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  /** What is not compared: what passes, and what follows from the rest. */
  private static final Set<String> INCOMPARABLE =
      Set.of(
          MirrorAttributes.ATIME,
          MirrorAttributes.ATTEMPT,
          MirrorAttributes.TRANSLATED,
          MirrorAttributes.SIDE,
          MirrorAttributes.SHA256,
          MirrorAttributes.CRC32C,
          MirrorAttributes.BODY_SHA256,
          MirrorAttributes.EXTENTS);

  private static final Set<String> PASSING = Dialects.passing();

  private final MirrorSettings settings;
  private final TreeOptions options;
  private final MirrorObjects objects;
  private final MirrorKeys keys;
  private final ExportDialect dialect;
  private final TreeRun run;
  private final LargeFiles large;
  private final LargeCopies copies;
  private final boolean canSeek;
  private volatile @Nullable FewKeys fewKeys;
  private volatile MovedObjects moved = MovedObjects.none();

  /**
   * An export of entries.
   *
   * @param large stores those that go in parts
   * @param copies has the store copy those that it copies in parts
   */
  EntryExport(
      MirrorSettings settings,
      TreeOptions options,
      PosixTree tree,
      MirrorObjects objects,
      MirrorKeys keys,
      ExportDialect dialect,
      TreeRun run,
      LargeFiles large,
      LargeCopies copies) {
    this.settings = settings;
    this.options = options;
    this.objects = objects;
    this.keys = keys;
    this.dialect = dialect;
    this.run = run;
    this.large = large;
    this.copies = copies;
    this.canSeek = tree.capabilities().contains(PosixCapability.SPARSE);
  }

  /** Looks there for what files may have been; before the first entry. */
  void moved(MovedObjects found) {
    moved = found;
  }

  /** Takes what is known to be in the store before anything is stored. */
  void know(FewKeys keysThere) {
    fewKeys = keysThere;
  }

  /** Stores a directory's own attributes. */
  void directory(PosixDirectory directory, PathBytes path) throws IOException {
    FileStat stat = directory.stat();
    MirrorAttributes attributes = MirrorAttributes.of(stat).xattrs(EntryXattrs.of(directory));
    String key = keys.ofDirectory(path);
    if (!path.isEmpty()) {
      dialect.say(attributes, stat);
    }
    if (put(key, path, attributes, ByteBuffer.allocate(0)) == Placed.LEFT) {
      return;
    }
    if (!path.isEmpty()) {
      dialect.note(run.tally(), key, path, attributes, stat);
    }
    run.tally().there(FileType.DIRECTORY);
  }

  /** Stores another name of a file. */
  void hardLink(PathBytes path, PathBytes first) throws IOException {
    MirrorAttributes link =
        MirrorAttributes.ofType(MirrorAttributes.TYPE_HARD_LINK)
            .path(MirrorAttributes.TARGET, first);
    if (put(keys.ofFile(path), path, link, ByteBuffer.allocate(0)) != Placed.LEFT) {
      run.tally().linked();
    }
  }

  /** Stores another name of an entry for readers who know of none: with its bytes. */
  void copy(PosixDirectory parent, PathBytes name, PathBytes path, FileStat stat, PathBytes first)
      throws IOException {
    if (entry(parent, name, path, stat, first) != Placed.LEFT) {
      run.tally().linked();
    }
  }

  /**
   * Stores what is no directory.
   *
   * @return whether its own key has it, and not somebody else's object
   */
  boolean entry(PosixDirectory parent, PathBytes name, PathBytes path, FileStat stat)
      throws IOException {
    Placed placed = entry(parent, name, path, stat, null);
    if (placed != Placed.LEFT) {
      run.tally().there(stat.type());
    }
    return placed == Placed.THERE;
  }

  /** Where an entry is now. */
  private enum Placed {
    THERE,
    BESIDE,
    LEFT
  }

  private Placed entry(
      PosixDirectory parent,
      PathBytes name,
      PathBytes path,
      FileStat stat,
      @Nullable PathBytes first)
      throws IOException {
    if (stat.isRegular()) {
      if (!options.gate.mayRead(parent, name, stat)) {
        if (isStoredAlready(parent, name, path, stat, first)) {
          return Placed.THERE;
        }
        throw new ProviderException(
            ErrorKind.ARCHIVED,
            "Cannot export " + path + ": its data are in the archive only. Recall it first.");
      }
      try (PosixFile file = parent.openFile(name, READ)) {
        return quietFile(file, path, first);
      }
    } else {
      MirrorAttributes attributes =
          said(MirrorAttributes.of(stat).xattrs(EntryXattrs.of(parent, name)), stat, first);
      ByteBuffer body = ByteBuffer.allocate(0);
      if (stat.type() == FileType.SYMLINK) {
        body = ByteBuffer.wrap(parent.readSymlink(name).toBytes());
      }
      String key = keys.ofFile(path);
      Placed placed = put(key, path, attributes, body);
      if (placed != Placed.LEFT) {
        dialect.note(run.tally(), key, path, attributes, stat);
      }
      return placed;
    }
  }

  /** Whether a file that must not be read, nor asked for its holes, was stored before as it is. */
  private boolean isStoredAlready(
      PosixDirectory parent,
      PathBytes name,
      PathBytes path,
      FileStat stat,
      @Nullable PathBytes first)
      throws IOException {
    String key = keys.ofFile(path);
    MirrorAttributes attributes =
        named(
            key,
            path,
            said(MirrorAttributes.of(stat).xattrs(EntryXattrs.of(parent, name)), stat, first));
    Optional<ObjectInfo> there = objects.knownOrFound(key);
    MirrorAttributes stored = there.isPresent() ? stored(there.get()) : null;
    if (there.isEmpty()
        || stored == null
        || !comparable(stored).equals(comparable(attributes))
        || there.get().size() != stored.extents().bodySize()) {
      return false;
    }
    run.tally().wasEqual();
    dialect.note(run.tally(), key, path, attributes, stat);
    return true;
  }

  /** With the words of the dialect, and of a further name with the first. */
  private MirrorAttributes said(
      MirrorAttributes attributes, FileStat stat, @Nullable PathBytes first) {
    if (first != null) {
      attributes.path(MirrorAttributes.TARGET, first);
    }
    return dialect.say(attributes, stat);
  }

  private Optional<ObjectInfo> find(String key) throws IOException {
    FewKeys few = fewKeys;
    return few != null && few.isAbsent(key)
        ? Optional.empty()
        : objects.find(Retrier.Check.NONE, key);
  }

  /** Does it again when something is at a key that was not there at the beginning. */
  private <T> T orAgain(String key, Retrier.Call<T> call) throws IOException {
    try {
      return call.run();
    } catch (ProviderException e) {
      FewKeys few = fewKeys;
      boolean isSurprise =
          (e.kind() == ErrorKind.PRECONDITION || e.kind() == ErrorKind.EXISTS)
              && few != null
              && few.appeared(key);
      if (!isSurprise) {
        throw e;
      }
      return call.run();
    }
  }

  private Placed put(String key, PathBytes path, MirrorAttributes attributes, ByteBuffer body)
      throws IOException {
    return orAgain(key, () -> putOnce(key, path, attributes, body));
  }

  private Placed putOnce(String key, PathBytes path, MirrorAttributes attributes, ByteBuffer body)
      throws IOException {
    MirrorAttributes named = named(key, path, attributes);
    if (isKnown(key, named, body)) {
      return Placed.THERE;
    }
    Optional<ObjectInfo> there = find(key);
    if (isThere(there, named, body)) {
      return Placed.THERE;
    }
    if (there.isPresent()) {
      MirrorAttributes stored = stored(there.get());
      Optional<String> why =
          hasText(there.get(), stored, named, body)
              ? ConflictRule.changed(there.get(), stored)
              : ConflictRule.ofObject(there.get(), stored, named);
      if (why.isPresent()) {
        Way way = decide(path, key, why.get(), named);
        if (way == Way.LEAVE) {
          return Placed.LEFT;
        }
        if (way == Way.BESIDE) {
          putBeside(path, attributes, body);
          return Placed.BESIDE;
        }
      }
    }
    if (named.type().equals(MirrorAttributes.typeName(FileType.DIRECTORY))) {
      dropOtherForm(key, path);
    }
    noteShortened(key, path);
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    Content.Digests digests = digests(Extents.whole(bytes.length), body);
    store(key, named, body, digests, there);
    return Placed.THERE;
  }

  /** As {@link #isThere}, as far as is known without asking; what is not equal is asked for. */
  private boolean isKnown(String key, MirrorAttributes wanted, ByteBuffer body) throws IOException {
    try {
      return isThere(objects.known(key), wanted, body);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.PRECONDITION || e.kind() == ErrorKind.NOT_FOUND) {
        return false; // replaced since it was listed
      }
      throw e;
    }
  }

  private boolean isThere(Optional<ObjectInfo> there, MirrorAttributes wanted, ByteBuffer body)
      throws IOException {
    boolean isEqual =
        there.isPresent()
            && isEqual(there.get(), wanted, body.remaining())
            && (!body.hasRemaining() || hasBody(there.get(), body));
    if (isEqual) {
      run.tally().wasEqual();
    }
    return isEqual;
  }

  private boolean hasBody(ObjectInfo there, ByteBuffer body) throws IOException {
    if (there.sha256().isPresent()) {
      MessageDigest digest = Content.newDigest();
      digest.update(body.duplicate());
      return there.sha256().get().equals(new Sha256(digest.digest()));
    }
    String key = objects.relative(there.key()).orElseThrow();
    return objects
        .read(Retrier.Check.NONE, key, there.etag(), 0, body.remaining())
        .data()
        .equals(body);
  }

  /** Whether an object is the link that is to be there, but for its attributes. */
  private boolean hasText(
      ObjectInfo there, @Nullable MirrorAttributes stored, MirrorAttributes wanted, ByteBuffer text)
      throws IOException {
    return stored != null
        && stored.type().equals(MirrorAttributes.typeName(FileType.SYMLINK))
        && stored.type().equals(wanted.type())
        && there.size() == text.remaining()
        && text.hasRemaining()
        && hasBody(there, text);
  }

  private void putBeside(PathBytes path, MirrorAttributes attributes, ByteBuffer body)
      throws IOException {
    PathBytes shown = beside(path, attributes);
    String key = keys.ofFile(shown);
    MirrorAttributes named = named(key, shown, attributes);
    Optional<ObjectInfo> there = find(key);
    if (isThere(there, named, body)) {
      return;
    }
    checkFree(there, shown);
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    store(key, named, body, digests(Extents.whole(bytes.length), body), there);
  }

  /** What is done with an entry in whose place something else is. */
  private enum Way {
    OVERWRITE,
    LEAVE,
    BESIDE
  }

  /** Follows the policy, and reports what it does; FAIL is a failure here. */
  private Way decide(PathBytes path, String key, String why, MirrorAttributes wanted)
      throws ProviderException {
    String there = "the object " + objects.full(key) + " is in its place: " + why;
    boolean isDirectory = wanted.type().equals(MirrorAttributes.typeName(FileType.DIRECTORY));
    boolean isLink = wanted.type().equals(MirrorAttributes.TYPE_HARD_LINK);
    switch (options.conflicts) {
      case FAIL -> throw ConflictRule.failure("export", path.toString(), there);
      case LOCAL_WINS -> {
        run.tally().note(path.toString(), "Overwritten in the store: " + why);
        return Way.OVERWRITE;
      }
      case KEEP_BOTH -> {
        if (!isDirectory && !isLink) {
          run.tally()
              .note(path.toString(), "Stored as " + beside(path, wanted) + ", since " + there);
          return Way.BESIDE;
        }
      }
      case SKIP, REMOTE_WINS -> {}
    }
    run.tally().left(path.toString(), "Left as it is in the store, since " + there);
    return Way.LEAVE;
  }

  private static PathBytes beside(PathBytes path, MirrorAttributes attributes) {
    return path.parent().resolve(ConflictRule.beside(path.name(), "tree", attributes));
  }

  private static void checkFree(Optional<ObjectInfo> there, PathBytes shown)
      throws ProviderException {
    if (there.isPresent()) {
      throw ConflictRule.failure(
          "export", shown.toString(), "something else has the name that a conflict gave it");
    }
  }

  /** Removes what an export for readers of another form stored of a directory. */
  private void dropOtherForm(String key, PathBytes path) throws IOException {
    String other = keys.ofDirectoryOtherwise(path);
    Optional<ObjectInfo> old = other.equals(key) ? Optional.empty() : find(other);
    if (old.isPresent()
        && old.get().metadata().containsKey(MirrorAttributes.FORMAT)
        && MirrorAttributes.typeName(FileType.DIRECTORY)
            .equals(old.get().metadata().get(MirrorAttributes.TYPE))
        && objects.delete(other, old.get().etag()) == MirrorObjects.Deletion.GONE) {
      dropSide(old);
    }
  }

  private static Content.Digests digests(Extents extents, ByteBuffer body) throws IOException {
    Content content = new Content(extents);
    content.add(body, (piece, offset) -> {});
    return content.end();
  }

  private MirrorAttributes named(String key, PathBytes path, MirrorAttributes attributes) {
    return MirrorKeys.saysPath(key) ? attributes : attributes.path(MirrorAttributes.PATH, path);
  }

  /** Stores a file; one that changes meanwhile is read again. */
  private Placed quietFile(PosixFile file, PathBytes path, @Nullable PathBytes first)
      throws IOException {
    for (int attempt = 0; ; attempt++) {
      FileStat stat = file.stat();
      try {
        return orAgain(keys.ofFile(path), () -> file(file, stat, path, path, first));
      } catch (IOException e) {
        if (isUnchanged(stat, file.stat())) {
          throw e;
        }
        if (attempt >= options.rereads) {
          throw new ProviderException(
              ErrorKind.TRANSIENT,
              "Cannot export "
                  + path
                  + ": it changed each of the "
                  + (attempt + 1)
                  + " times that it was read. Export it when it is quiet.",
              e);
        }
        run.checkStop();
      }
    }
  }

  /**
   * Stores a file, unless a conflict leaves it.
   *
   * @param path where it is
   * @param shown the path that its object says
   */
  private Placed file(
      PosixFile file, FileStat stat, PathBytes path, PathBytes shown, @Nullable PathBytes first)
      throws IOException {
    String key = keys.ofFile(shown);
    Extents extents =
        dialect.isForOthers() ? Extents.whole(stat.size()) : Extents.of(file, stat, canSeek);
    MirrorAttributes attributes =
        named(
            key, shown, said(MirrorAttributes.of(stat).xattrs(EntryXattrs.of(file)), stat, first));
    // What is not equal is asked for, so that nothing is decided by what was known.
    Optional<ObjectInfo> known = objects.known(key);
    boolean isEqual = known.isPresent() && isEqual(known.get(), attributes, extents.bodySize());
    Optional<ObjectInfo> there = isEqual ? known : find(key);
    MirrorAttributes stored = isEqual || there.isEmpty() ? null : stored(there.get());
    if (!isEqual && there.isPresent() && stored != null) {
      isEqual =
          there.get().size() == extents.bodySize()
              && comparable(stored).equals(comparable(attributes));
    }
    if (isEqual) {
      run.tally().wasEqual();
      run.tally().content(extents.bodySize());
      dialect.note(run.tally(), key, path, attributes, stat);
      return Placed.THERE;
    }
    if (!shown.equals(path)) {
      checkFree(there, shown);
    }
    Optional<String> why =
        there.isPresent()
            ? ConflictRule.ofObject(there.get(), stored, attributes)
            : Optional.empty();
    if (why.isPresent()) {
      Way way = decide(path, key, why.get(), attributes);
      if (way == Way.LEAVE) {
        return Placed.LEFT;
      }
      if (way == Way.BESIDE) {
        file(file, stat, path, beside(path, attributes), first);
        return Placed.BESIDE;
      }
    } else if (there.isPresent() && stored != null) {
      boolean isLong = there.get().size() == extents.bodySize();
      if (isLong
          && !extents.isPacked()
          && rewritten(key, path, stat, there.get(), stored, attributes)) {
        run.tally().content(extents.bodySize());
        dialect.note(run.tally(), key, path, attributes, stat);
        return Placed.THERE;
      }
    }
    noteShortened(key, path);
    if (there.isEmpty()
        && !extents.isPacked()
        && copied(file, stat, key, extents, attributes, path)) {
      run.tally().content(extents.bodySize());
      dialect.note(run.tally(), key, path, attributes, stat);
      return Placed.THERE;
    }
    long sent = extents.bodySize();
    if (extents.bodySize() <= settings.largestPut()) {
      small(file, path, key, stat, extents, attributes, there);
      run.tally().content(extents.bodySize());
    } else {
      sent = large.store(file, path, key, stat, extents, attributes, condition(there));
      dropSide(there);
    }
    run.tally().moved(sent);
    dialect.note(run.tally(), key, path, attributes, stat);
    return Placed.THERE;
  }

  /** Says of what is stored that others who list the store don't see its path. */
  private void noteShortened(String key, PathBytes path) {
    if (MirrorKeys.isShortened(key) && !dialect.isForOthers()) {
      run.tally()
          .note(
              path.toString(), "Its path has no room in a key of the store: its object is " + key);
    }
  }

  /**
   * Has the store copy the object of a file that is gone and was the same; false when there is none
   * or the store can't.
   */
  private boolean copied(
      PosixFile file,
      FileStat stat,
      String key,
      Extents extents,
      MirrorAttributes wanted,
      PathBytes path)
      throws IOException {
    List<MovedObjects.Old> candidates = moved.of(stat);
    if (candidates.isEmpty() || isTooLargeToCopy(path, stat.size())) {
      return false;
    }
    Sums sums =
        options.isPlan
            ? new Sums(candidates.get(0).sha256(), candidates.get(0).crc32cOrNull())
            : sums(file, extents, path);
    checkUnchanged(file, stat, path);
    for (MovedObjects.Old old : candidates) {
      Optional<ObjectInfo> source =
          old.sha256().equals(sums.sha256)
              ? objects.find(Retrier.Check.NONE, old.key())
              : Optional.empty();
      if (source.isPresent() && source.get().etag().equals(old.etag())) {
        wanted.put(MirrorAttributes.SHA256, sums.sha256);
        if (sums.crc32cOrNull != null) {
          wanted.put(MirrorAttributes.CRC32C, sums.crc32cOrNull);
        }
        return copyWith(source.get(), old.key(), key, stat, wanted, Condition.absent());
      }
    }
    return false;
  }

  /** Whether the store would copy a file if it were smaller; then that is noted. */
  private boolean isTooLargeToCopy(PathBytes path, long size) {
    Optional<String> why = objects.whyNotCopied(size);
    why.ifPresent(text -> run.tally().note(path.toString(), text));
    return why.isPresent();
  }

  /** Of a whole content. */
  private record Sums(String sha256, @Nullable String crc32cOrNull) {}

  private Sums sums(PosixFile file, Extents extents, PathBytes path) throws IOException {
    Content content = new Content(extents);
    PiecedCrc32c crc32c = new PiecedCrc32c(extents.size());
    BodyReader reader = new BodyReader(file, extents, path.toString());
    int most = (int) Math.min(settings.partSize.bytes(), settings.budget().largestPiece().bytes());
    for (long at = 0; at < extents.bodySize(); at += most) {
      run.checkStop();
      int length = (int) Math.min(most, extents.bodySize() - at);
      try (ByteBudget.Piece piece = settings.budget().acquire(length)) {
        reader.fill(piece.buffer());
        content.add(piece.buffer(), (bytes, offset) -> crc32c.add(offset, bytes));
      }
    }
    return new Sums(content.end().content().toString(), crc32c.value().toString());
  }

  /** Copies at the store, with other attributes; false when the store can't. */
  private boolean copyWith(
      ObjectInfo source,
      String from,
      String to,
      FileStat stat,
      MirrorAttributes wanted,
      Condition condition)
      throws IOException {
    if (objects.copiesByParts(source.size())) {
      return copyByParts(source, from, to, stat, wanted, condition);
    }
    SplitAttributes split = split(wanted, settings.attempts.get());
    boolean isDone = objects.copyAtStore(source, from, to, split.metadata(), condition).isPresent();
    if (!isDone && split.sideKey().isPresent()) {
      objects.deleteOwn(split.sideKey().get());
    }
    return isDone;
  }

  private boolean copyByParts(
      ObjectInfo source,
      String from,
      String to,
      FileStat stat,
      MirrorAttributes wanted,
      Condition condition)
      throws IOException {
    try {
      copies.copy(source, from, to, stat, wanted, condition);
      return true;
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.UNSUPPORTED || e.kind() == ErrorKind.INVALID) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Gives an object that has a file's bytes, which their size and time of modification tell, other
   * attributes without sending them again; false when the store can't.
   */
  private boolean rewritten(
      String key,
      PathBytes path,
      FileStat stat,
      ObjectInfo there,
      MirrorAttributes stored,
      MirrorAttributes wanted)
      throws IOException {
    Optional<String> sum = stored.text(MirrorAttributes.SHA256);
    boolean hasBytes =
        stored.type().equals(wanted.type())
            && sum.isPresent()
            && stored.text(MirrorAttributes.EXTENTS).isEmpty()
            && stored.text(MirrorAttributes.SIZE).equals(wanted.text(MirrorAttributes.SIZE))
            && stored.text(MirrorAttributes.MTIME).equals(wanted.text(MirrorAttributes.MTIME));
    if (!hasBytes || !objects.can(StoreCapability.COPY) || isTooLargeToCopy(path, there.size())) {
      return false;
    }
    wanted.put(MirrorAttributes.SHA256, sum.get());
    stored.text(MirrorAttributes.CRC32C).ifPresent(crc -> wanted.put(MirrorAttributes.CRC32C, crc));
    boolean isDone = copyWith(there, key, key, stat, wanted, Condition.matches(there.etag()));
    if (isDone) {
      dropSide(Optional.of(there));
    }
    return isDone;
  }

  /** Divides the attributes, and stores those that have no room with the object. */
  private SplitAttributes split(MirrorAttributes attributes, String attempt) throws IOException {
    SplitAttributes split =
        SplitAttributes.of(
            attributes.put(MirrorAttributes.ATTEMPT, attempt).values(),
            objects.metadataLimit(),
            Set.of(),
            MirrorKeys.SIDE + attempt);
    if (split.sideKey().isPresent()) {
      objects.putSide(Retrier.Check.NONE, split.sideKey().get(), attempt, split.side());
    }
    return split;
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
    if (options.isPlan) {
      attributes.content(extents, UNREAD, UNREAD).put(MirrorAttributes.CRC32C, UNREAD_CRC32C);
      store(key, attributes, NOTHING, new Content.Digests(UNREAD, UNREAD), there);
      return;
    }
    try (ByteBudget.Piece piece = settings.budget().acquire(size)) {
      BodyReader reader = new BodyReader(file, extents, path.toString());
      reader.fill(piece.buffer());
      reader.checkEnd();
      checkUnchanged(file, stat, path);
      Content content = new Content(extents);
      PiecedCrc32c crc32c = new PiecedCrc32c(extents.size());
      content.add(piece.buffer(), (bytes, offset) -> crc32c.add(offset, bytes));
      Content.Digests digests = content.end();
      attributes
          .content(extents, digests.content(), digests.body())
          .put(MirrorAttributes.CRC32C, crc32c.value().toString());
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
    SplitAttributes split = split(attributes, settings.attempts.get());
    objects.put(Retrier.Check.NONE, key, body, split.metadata(), condition(there), digests.body());
    dropSide(there);
  }

  static boolean isUnchanged(FileStat stat, FileStat now) {
    return now.size() == stat.size()
        && now.mtime().equals(stat.mtime())
        && now.ctime().equals(stat.ctime());
  }

  static void checkUnchanged(PosixFile file, FileStat stat, PathBytes path) throws IOException {
    if (!isUnchanged(stat, file.stat())) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot export " + path + ": it changed while it was read. Export it again.");
    }
  }

  /** Only what was looked at is replaced. */
  private static Condition condition(Optional<ObjectInfo> there) {
    return there.map(info -> Condition.matches(info.etag())).orElse(Condition.absent());
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
    if (there.size() != bodySize) {
      return false;
    }
    MirrorAttributes stored = stored(there);
    return stored != null && comparable(stored).equals(comparable(wanted));
  }

  /** What an object of ours says; null when it is not, or when it has to be stored anew. */
  private @Nullable MirrorAttributes stored(ObjectInfo there) throws IOException {
    if (!there.metadata().containsKey(MirrorAttributes.FORMAT)) {
      return null;
    }
    String key = objects.relative(there.key()).orElse(there.key());
    try {
      return objects.attributes(Retrier.Check.NONE, key, there);
    } catch (ProviderException e) {
      // Where it was replaced meanwhile, what is put instead will find that.
      if (e.kind() == ErrorKind.CORRUPT || e.kind() == ErrorKind.PRECONDITION) {
        return null;
      }
      throw e;
    }
  }

  static SortedMap<String, String> comparable(MirrorAttributes attributes) {
    SortedMap<String, String> values = new TreeMap<>(attributes.values());
    values.keySet().removeAll(INCOMPARABLE);
    values.keySet().removeAll(PASSING);
    return values;
  }
}
