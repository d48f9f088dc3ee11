// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.dialect.Dialects;
import io.kmesh.core.internal.mirror.dialect.ForeignEntry;
import io.kmesh.core.internal.transfer.AsideName;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.MirrorChecksum;
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
import io.kmesh.spi.posix.SyncMode;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a mirrored tree into a directory: first everything but the directories' attributes, by
 * several threads, then hard links, then the directories from the deepest up. Names come from
 * objects that anybody may have written: each is checked, and no symbolic link is followed on the
 * way. A file is written aside and gets its name once it is verified. Used once.
 */
public final class TreeImport {
  private static final Set<OpenFlag> READ = Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME);
  private static final int BATCH = 16;

  private final MirrorSettings settings;
  private final TreeOptions options;
  private final PosixTree tree;
  private final PathBytes root;
  private final MirrorObjects objects;
  private final ImportRequests requests;
  private final TreeRun run;
  private final TreeTally tally;
  private final List<Later> directories = new ArrayList<>(); // guarded by this
  private final List<Later> links = new ArrayList<>(); // guarded by this
  private volatile PartialFiles partials = new PartialFiles(TreeJournal.none());
  private volatile NameClashes clashes = NameClashes.none();
  private final Set<PathBytes> changed = new HashSet<>(); // guarded by this

  /**
   * An object that is listed.
   *
   * @param key without the prefix
   * @param info with the whole key
   * @param isKnown whether that is all that the store says of it
   */
  private record Listed(String key, ObjectInfo info, boolean isKnown) {}

  /** An entry whose turn comes after the files. */
  private record Later(PathBytes path, String key, ObjectInfo info, MirrorAttributes attributes) {}

  /** An import into a directory. */
  public TreeImport(MirrorSettings settings, TreeOptions options, PosixTree tree, PathBytes path) {
    this.settings = settings;
    this.options = options;
    this.tree = tree;
    this.root = path;
    this.objects = MirrorObjects.of(settings);
    this.requests = new ImportRequests(settings, objects);
    this.run = new TreeRun(options, "import " + settings.store.uri());
    this.tally = run.tally();
  }

  /** Imports. */
  public MirrorTreeReport run() throws IOException {
    try (PosixDirectory top = tree.openDirectory(root);
        TreeJournal journal =
            TreeJournal.open(
                options,
                run,
                "pull",
                MirrorSettings.placeOf(settings.store),
                settings.prefix,
                tree.description(),
                root.toString());
        PassCache cache = new PassCache(settings, options, objects, run, false)) {
      partials = new PartialFiles(journal);
      try (run) {
        if (options.countsFirst) {
          run.submit(() -> TreeTotals.ofStore(run, objects));
        }
        list(top, cache);
      } catch (IOException | RuntimeException | Error e) {
        run.fail(e);
      }
      if (run.isWhole()) {
        finish(top);
      }
      if (run.isWhole()) {
        partials.forgetOthers();
      }
    } catch (IOException | RuntimeException | Error e) {
      run.fail(e);
    } finally {
      run.close();
    }
    return run.report();
  }

  private void list(PosixDirectory top, PassCache cache) throws IOException {
    // A plan makes no file to ask with.
    if (options.hasPortableNames || (!options.isPlan && FoldingProbe.folds(top))) {
      clashes = NameClashes.of(this::listPaths, NameClashes.MOST);
    }
    List<Listed> batch = new ArrayList<>();
    cache.list(
        (key, info, isKnown) -> {
          batch.add(new Listed(key, info, isKnown));
          if (batch.size() == BATCH) {
            submit(top, List.copyOf(batch));
            batch.clear();
          }
        });
    submit(top, List.copyOf(batch));
  }

  private interface KeyTaker {
    void take(String key) throws IOException;
  }

  private void listKeys(KeyTaker taker) throws IOException {
    ListRequest request = ListRequest.prefix(objects.full(""));
    while (true) {
      ListPage page = objects.list(Retrier.Check.NONE, request);
      for (ObjectInfo listed : page.objects()) {
        run.checkStop();
        Optional<String> key = objects.relative(listed.key());
        if (key.isPresent() && isEntry(key.get())) {
          taker.take(key.get());
        }
      }
      if (page.nextAfter().isEmpty()) {
        return;
      }
      request = request.following(page);
    }
  }

  /** The paths of all objects, with those of the directories above them. */
  private void listPaths(NameClashes.Taker taker) throws IOException {
    listKeys(
        key -> {
          for (PathBytes path : pathsOf(key)) {
            PathBytes at = PathBytes.EMPTY;
            for (PathBytes name : path.names()) {
              at = at.resolve(name);
              taker.take(at);
            }
          }
        });
  }

  /** The paths that an object may have: its key's, as Kmesh and as others write keys. */
  private List<PathBytes> pathsOf(String key) throws IOException {
    List<PathBytes> paths = new ArrayList<>();
    try {
      if (!MirrorKeys.saysPath(key)) {
        Optional<ObjectInfo> info = objects.find(Retrier.Check.NONE, key);
        if (info.isPresent()) {
          paths.add(objects.attributes(Retrier.Check.NONE, key, info.get()).path(key));
        }
      } else if (!key.equals(MirrorKeys.ROOT)) {
        paths.add(MirrorKeys.pathOf(key));
        if (options.bringsForeign) {
          paths.add(MirrorKeys.foreignPathOf(key));
        }
      }
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT && e.kind() != ErrorKind.INVALID) {
        throw e;
      }
      // It fails by itself when its turn comes.
    }
    return paths;
  }

  private void submit(PosixDirectory top, List<Listed> batch) {
    run.submit(
        () -> {
          try (ImportPlaces places = new ImportPlaces(top, options.isPlan)) {
            for (Listed listed : batch) {
              run.attempt(Subject.object(objects, listed.key), () -> object(places, listed));
            }
          }
        });
  }

  /** What needs all files: their other names, and what their writing changed of directories. */
  private synchronized void finish(PosixDirectory top) throws IOException {
    try (ImportPlaces places = new ImportPlaces(top, options.isPlan);
        ImportPlaces targets = new ImportPlaces(top, options.isPlan)) {
      for (Later link : links) {
        run.attempt(subject(link), () -> link(places, targets, link));
      }
      directories.sort((a, b) -> b.path.compareTo(a.path));
      for (Later directory : directories) {
        run.attempt(subject(directory), () -> seal(places, directory));
      }
      if (options.isDurable) {
        for (PathBytes path : changed) {
          run.attempt(
              Subject.entry(path, ""),
              () -> {
                tally.later();
                places.make(path).sync(SyncMode.ALL);
              });
        }
      }
    }
  }

  private synchronized void changed(PathBytes directory) {
    if (options.isDurable) {
      changed.add(directory);
    }
  }

  private synchronized void later(List<Later> list, Later entry) {
    tally.later();
    list.add(entry);
  }

  private Subject subject(Later later) {
    return Subject.object(objects, later.key).at(later.path);
  }

  /** Whether a key, without the prefix, may be that of an entry. */
  static boolean isEntry(String key) {
    return !key.isEmpty() && !key.startsWith(MirrorKeys.SIDE) && !key.startsWith(MirrorKeys.KEPT);
  }

  private void object(ImportPlaces places, Listed listed) throws IOException {
    ObjectInfo info = listed.info;
    try {
      object(places, listed.key, requests.ask(places, listed.key, info, listed.isKnown));
    } catch (ProviderException e) {
      boolean mayBeOld =
          listed.isKnown && (e.kind() == ErrorKind.PRECONDITION || e.kind() == ErrorKind.NOT_FOUND);
      Optional<ObjectInfo> now =
          mayBeOld ? objects.find(Retrier.Check.NONE, listed.key) : Optional.of(info);
      if (now.isPresent() && now.get().etag().equals(info.etag())) {
        throw e;
      }
      object(places, listed.key, now.map(FirstAnswer::of)); // replaced since it was listed
    }
  }

  private void object(ImportPlaces places, String key, Optional<FirstAnswer> answer)
      throws IOException {
    if (answer.isEmpty()) {
      tally.later();
      return; // gone since it was listed
    }
    try (FirstAnswer first = answer.get()) {
      if (options.bringsForeign
          && !first.info().metadata().containsKey(MirrorAttributes.FORMAT)
          && !key.startsWith(MirrorKeys.OWN)) {
        foreign(places, key, first);
      } else {
        own(places, key, first);
      }
    }
  }

  private void own(ImportPlaces places, String key, FirstAnswer first) throws IOException {
    ObjectInfo info = first.info();
    MirrorAttributes attributes = objects.attributes(Retrier.Check.NONE, key, info);
    if (key.equals(MirrorKeys.ROOT)) {
      changed(PathBytes.EMPTY);
      later(directories, new Later(PathBytes.EMPTY, key, info, attributes));
      return;
    }
    Dialects.contradiction(info.metadata(), attributes)
        .ifPresent(
            dialect ->
                tally.note(
                    objects.full(key),
                    "Kmesh's own words say other attributes than those of "
                        + dialect.word()
                        + ", which somebody changed, and are taken"));
    place(places, key, attributes.path(key), first, attributes, null);
  }

  /** An object of somebody else, with what its metadata says in the words of others. */
  private void foreign(ImportPlaces places, String key, FirstAnswer asked) throws IOException {
    Optional<FirstAnswer> answer = requests.withChecksum(key, asked);
    if (answer.isEmpty()) {
      tally.later();
      return; // gone since it was read
    }
    try (FirstAnswer first = answer.get()) {
      foreign(places, key, first, first.info());
    }
  }

  private void foreign(ImportPlaces places, String key, FirstAnswer first, ObjectInfo info)
      throws IOException {
    PathBytes path = MirrorKeys.foreignPathOf(key);
    String own = MirrorKeys.escape(path);
    if (!own.equals(key)
        && !key.endsWith("/")
        && objects.find(Retrier.Check.NONE, own).isPresent()) {
      throw new ProviderException(
          ErrorKind.EXISTS,
          "Cannot import "
              + objects.full(key)
              + ": the object "
              + objects.full(own)
              + " is of the same path. Rename one of them.");
    }
    ForeignEntry entry = ForeignEntry.read(info);
    MirrorAttributes attributes = entry.attributes();
    FileType type = attributes.fileType().orElseThrow();
    if (type == FileType.DIRECTORY && info.size() > 0) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot import "
              + objects.full(key)
              + ": its key is that of a directory, and it has "
              + info.size()
              + " bytes. Rename it.");
    }
    if (entry.isDevice()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot import "
              + objects.full(key)
              + ": it is a device, and Kmesh did not write it. Make the device yourself if it is"
              + " meant.");
    }
    if (attributes.text(MirrorAttributes.MODE).isEmpty() && type != FileType.SYMLINK) {
      attributes.put(MirrorAttributes.MODE, type == FileType.DIRECTORY ? "0755" : "0644");
    }
    for (String note : entry.notes()) {
      tally.note(objects.full(key), note);
    }
    place(places, key, path, first, attributes, entry.linkTextOrNull());
  }

  private void place(
      ImportPlaces places,
      String key,
      PathBytes path,
      FirstAnswer first,
      MirrorAttributes attributes,
      @Nullable PathBytes linkText)
      throws IOException {
    tally.at(path);
    if (clashes.hasAnyOf(path)) {
      throw NameClashes.failure("import", objects.full(key));
    }
    if (AsideName.isOne(path.name())) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot import "
              + objects.full(key)
              + ": Kmesh gives such names to files that are not whole yet. Rename the object.");
    }
    changed(path.parent());
    if (attributes.type().equals(MirrorAttributes.TYPE_HARD_LINK) || isCopy(attributes)) {
      later(links, new Later(path, key, first.info(), attributes));
      return;
    }
    entry(places, key, path, first, attributes, linkText);
  }

  /** Whether an object has the bytes of a file that another name holds too. */
  private static boolean isCopy(MirrorAttributes attributes) {
    return attributes.fileType().isPresent()
        && attributes.text(MirrorAttributes.TARGET).isPresent();
  }

  private void entry(
      ImportPlaces places,
      String key,
      PathBytes path,
      FirstAnswer first,
      MirrorAttributes attributes,
      @Nullable PathBytes linkText)
      throws IOException {
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
      if (!options.isPlan) {
        places.make(path);
      }
      changed(path);
      later(directories, new Later(path, key, first.info(), attributes));
      return;
    }
    PathBytes text =
        type == FileType.SYMLINK && linkText == null ? requests.linkText(key, first) : linkText;
    PosixDirectory parent = places.openOrMake(path.parent());
    if (parent == null) { // A plan, of what is new.
      if (type == FileType.REGULAR) {
        plan(key, first, attributes.extents());
      }
      tally.there(type);
      return;
    }
    Optional<FileStat> there = first.found(parent, path);
    PathBytes name =
        isLinkTo(parent, path.name(), there, text)
            ? path.name()
            : placeFor(parent, path.name(), there, key, attributes);
    if (name == null) {
      return;
    }
    if (type == FileType.REGULAR) {
      Optional<FileStat> before = name.equals(path.name()) ? there : parent.find(name);
      file(places, parent, name, before, key, first, attributes);
    } else if (text != null) {
      symlink(parent, name, text, attributes);
    } else {
      special(parent, name, type, attributes);
    }
    tally.there(type);
  }

  /** Whether a symbolic link with this text is there. */
  private static boolean isLinkTo(
      PosixDirectory parent, PathBytes name, Optional<FileStat> there, @Nullable PathBytes text)
      throws IOException {
    return text != null
        && there.filter(stat -> stat.type() == FileType.SYMLINK).isPresent()
        && parent.readSymlink(name).equals(text);
  }

  /**
   * The name under which an entry is brought: its own, or one beside it where that was changed here
   * since; null where the policy leaves what is there.
   */
  private @Nullable PathBytes placeFor(
      PosixDirectory parent,
      PathBytes name,
      Optional<FileStat> there,
      String key,
      MirrorAttributes attributes)
      throws IOException {
    Optional<String> why =
        there.isPresent() ? ConflictRule.ofEntry(there.get(), attributes) : Optional.empty();
    if (why.isEmpty()) {
      return name;
    }
    String whole = objects.full(key);
    switch (options.conflicts) {
      case FAIL -> throw ConflictRule.failure("import", whole, why.get());
      case REMOTE_WINS -> {
        tally.note(whole, "Overwritten in the tree: " + why.get());
        return name;
      }
      case KEEP_BOTH -> {
        PathBytes beside = ConflictRule.beside(name, "store", attributes);
        Optional<FileStat> other = parent.find(beside);
        if (other.isPresent() && !ConflictRule.isVersion(other.get(), attributes)) {
          throw ConflictRule.failure(
              "import", whole, "something else has the name that a conflict gave it, " + beside);
        }
        tally.note(whole, "Brought as " + beside + ", since " + why.get());
        return beside;
      }
      case SKIP, LOCAL_WINS -> {}
    }
    tally.left(whole, "Left as it is in the tree, since " + why.get());
    return null;
  }

  /** Refuses what somebody changed while its object was read. */
  private static void checkUnchanged(Optional<FileStat> before, Optional<FileStat> now, String key)
      throws ProviderException {
    boolean isSame =
        before.isPresent() == now.isPresent()
            && (before.isEmpty()
                || (before.get().inode() == now.get().inode()
                    && before.get().size() == now.get().size()
                    && before.get().mtime().equals(now.get().mtime())));
    if (!isSame) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot import "
              + key
              + ": its entry was changed here while the object was read. Import it again.");
    }
  }

  private void file(
      ImportPlaces places,
      PosixDirectory parent,
      PathBytes name,
      Optional<FileStat> there,
      String key,
      FirstAnswer first,
      MirrorAttributes attributes)
      throws IOException {
    Extents extents = attributes.extents();
    if (there.isPresent() && isEqual(there.get(), extents, attributes)) {
      if (options.isPlan && !hasMode(there.get(), attributes)) {
        tally.content(extents.bodySize());
        return;
      }
      if (!hasMode(there.get(), attributes)) {
        try (PosixFile file = parent.openFile(name, READ)) {
          EntryAttributes.apply(attributes, file);
        }
      } else {
        tally.wasEqual();
      }
      tally.content(extents.bodySize());
      return;
    }
    if (options.isPlan) {
      plan(key, first, extents);
      return;
    }
    checkSize(key, first, extents);
    PathBytes aside = AsideName.of(name);
    String whole = objects.full(key);
    PartialFile partial =
        partials.open(parent, aside, whole, first.etag(), extents, requests.range());
    try (PosixFile target = partial.file()) {
      write(partial, key, first, extents, attributes);
      FileStat now = target.stat();
      if (now.size() != extents.size()) {
        target.truncate(extents.size());
      }
      EntryAttributes.applyToNew(attributes, target, now, places.handsDownXattrs());
      if (options.isDurable) {
        target.sync(SyncMode.ALL);
      }
      checkUnchanged(there, parent.find(name), whole);
      if (there.isPresent() && there.get().isDirectory()) {
        parent.removeDirectory(name);
      }
      parent.rename(aside, parent, name, RenameMode.REPLACE);
    } catch (IOException | RuntimeException e) {
      partials.failed(parent, aside, whole, partial, e);
      throw e;
    }
    partials.done(whole);
    tally.moved(partial.moved());
  }

  private void checkSize(String key, FirstAnswer first, Extents extents) throws ProviderException {
    if (first.size() != extents.bodySize()) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot import "
              + objects.full(key)
              + ": it has "
              + first.size()
              + " bytes, not "
              + extents.bodySize()
              + ". Store it again.");
    }
  }

  /** Counts a file that would be brought. */
  private void plan(String key, FirstAnswer first, Extents extents) throws ProviderException {
    checkSize(key, first, extents);
    requests.planRead(first, extents.bodySize());
    tally.content(extents.bodySize());
    tally.moved(extents.bodySize());
  }

  /** A second name of something else is no copy: what is written to one shows in the other. */
  private static boolean isEqual(FileStat there, Extents extents, MirrorAttributes attributes)
      throws IOException {
    return there.isRegular()
        && there.size() == extents.size()
        && attributes.time(MirrorAttributes.MTIME).filter(there.mtime()::equals).isPresent()
        && (there.links() == 1 || attributes.text(MirrorAttributes.LINKS).isPresent());
  }

  private static boolean hasMode(FileStat there, MirrorAttributes attributes) throws IOException {
    return attributes.mode().orElse(there.mode()) == there.mode()
        && attributes.number(MirrorAttributes.UID, 0xffffffffL).orElse(there.uid()) == there.uid()
        && attributes.number(MirrorAttributes.GID, 0xffffffffL).orElse(there.gid()) == there.gid();
  }

  private void write(
      PartialFile target,
      String key,
      FirstAnswer first,
      Extents extents,
      MirrorAttributes attributes)
      throws IOException {
    Optional<Crc32c> crc32c =
        options.checksum == MirrorChecksum.CRC32C
                && first.info().metadata().containsKey(MirrorAttributes.FORMAT)
            ? attributes.crc32c()
            : Optional.empty();
    if (crc32c.isPresent()) {
      Crc32c found =
          new SummedImport(run, objects, settings.budget(), key, first, requests.range(), target)
              .bring();
      if (!found.equals(crc32c.get())) {
        throw otherContent(key, "CRC-32C " + found, crc32c.get().toString());
      }
      return;
    }
    Optional<Sha256> wanted = wanted(key, first.info(), attributes);
    Sha256 found =
        new LargeImport(
                run, objects, settings.budget(), key, first, extents, requests.range(), target)
            .bring();
    if (wanted.isPresent() && !found.equals(wanted.get())) {
      throw otherContent(key, "SHA-256 " + found, wanted.get().toString());
    }
  }

  private ProviderException otherContent(String key, String found, String wanted) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot import "
            + objects.full(key)
            + ": its content has "
            + found
            + ", not "
            + wanted
            + ". Look for a version or backup of it.");
  }

  /** The checksum of an object; that of others is the store's, where it has one. */
  private Optional<Sha256> wanted(String key, ObjectInfo info, MirrorAttributes attributes)
      throws ProviderException {
    if (!info.metadata().containsKey(MirrorAttributes.FORMAT)) {
      return info.sha256();
    }
    return Optional.of(
        attributes
            .sha256(MirrorAttributes.SHA256)
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.CORRUPT,
                        "Cannot import "
                            + objects.full(key)
                            + ": it has no checksum. Store it again.")));
  }

  private void special(
      PosixDirectory parent, PathBytes name, FileType type, MirrorAttributes attributes)
      throws IOException {
    Optional<FileStat> there = parent.find(name);
    if (there.isPresent()
        && there.get().type() == type
        && there.get().rdev() == attributes.rdev()
        && hasMode(there.get(), attributes)
        && hasTime(there.get(), attributes)) {
      tally.wasEqual();
      return;
    }
    if (options.isPlan) {
      return;
    }
    clear(parent, name);
    parent.makeNode(name, type, attributes.mode().orElse(0600), attributes.rdev());
    EntryAttributes.apply(attributes, parent, name);
  }

  private static boolean hasTime(FileStat there, MirrorAttributes attributes) throws IOException {
    return attributes.time(MirrorAttributes.MTIME).filter(there.mtime()::equals).isPresent();
  }

  private void symlink(
      PosixDirectory parent, PathBytes name, PathBytes target, MirrorAttributes attributes)
      throws IOException {
    Optional<FileStat> there = parent.find(name);
    if (isLinkTo(parent, name, there, target)) {
      if (hasTime(there.orElseThrow(), attributes)) {
        tally.wasEqual();
        return;
      }
    } else if (!options.isPlan) {
      clear(parent, name);
      parent.makeSymlink(name, target);
    }
    if (options.isPlan) {
      return;
    }
    EntryAttributes.apply(attributes, parent, name);
  }

  private void link(ImportPlaces firsts, ImportPlaces places, Later link) throws IOException {
    PathBytes first = link.attributes.target(link.key);
    if (options.isPlan) {
      planLink(firsts, places, link, first);
      return;
    }
    if (isCopy(link.attributes) && !holds(firsts, first, link.attributes)) {
      // Its first name is gone, or is another file now: what it has of its own is right.
      entry(places, link.key, link.path, FirstAnswer.of(link.info), link.attributes, null);
      return;
    }
    PosixDirectory from = firsts.make(first.parent());
    PosixDirectory to = places.make(link.path.parent());
    FileStat original = from.stat(first.name());
    Optional<FileStat> there = to.find(link.path.name());
    if (there.isPresent()
        && there.get().inode() == original.inode()
        && there.get().device() == original.device()) {
      tally.wasEqual();
    } else {
      PathBytes name =
          placeFor(to, link.path.name(), there, link.key, MirrorAttributes.of(original));
      if (name == null) {
        return;
      }
      clear(to, name);
      from.link(first.name(), to, name);
    }
    tally.linked();
  }

  /** A further name that would be made; of what is not there yet it is not known which it is. */
  private void planLink(ImportPlaces firsts, ImportPlaces places, Later link, PathBytes first)
      throws IOException {
    Optional<FileStat> original = firsts.find(first);
    PosixDirectory to = places.openOrMake(link.path.parent());
    Optional<FileStat> there = to == null ? Optional.empty() : to.find(link.path.name());
    if (to != null && original.isPresent() && there.isPresent()) {
      if (there.get().inode() == original.get().inode()
          && there.get().device() == original.get().device()) {
        tally.wasEqual();
      } else if (placeFor(
              to, link.path.name(), there, link.key, MirrorAttributes.of(original.get()))
          == null) {
        return;
      }
    }
    tally.linked();
  }

  /** Whether the entry at a path is the one of which a copy was stored. */
  private static boolean holds(ImportPlaces places, PathBytes path, MirrorAttributes copy)
      throws IOException {
    Optional<FileStat> stat = places.find(path);
    return stat.isPresent()
        && MirrorAttributes.typeName(stat.get().type()).equals(copy.type())
        && !stat.get().isDirectory()
        && hasTime(stat.get(), copy)
        && (!stat.get().isRegular() || stat.get().size() == copy.extents().size());
  }

  private void seal(ImportPlaces places, Later later) throws IOException {
    PosixDirectory directory = places.openOrMake(later.path);
    if (directory == null) { // A plan, of what is new.
      tally.there(FileType.DIRECTORY);
      return;
    }
    FileStat there = directory.stat();
    if (hasMode(there, later.attributes)
        && hasTime(there, later.attributes)
        && EntryAttributes.hasXattrs(later.attributes, directory)) {
      tally.wasEqual();
    } else if (!options.isPlan) {
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
