// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.mirror.dialect.Attribute;
import io.kmesh.core.internal.mirror.dialect.DialectWords;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTree;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A tree that is pulled after its translation is the tree before it, but for what was declared. */
class TranslatedTreeTest {
  private static final Set<FileType> PLAIN =
      EnumSet.of(FileType.REGULAR, FileType.DIRECTORY, FileType.SYMLINK);

  /** An entry that a tool stored; its name is its place in the list. */
  record Stored(FileType type, FileStat stat, Set<Attribute> unknown, int parent, String content) {}

  @Provide
  Arbitrary<List<Stored>> trees() {
    Arbitrary<FileTime> times =
        Combinators.combine(
                Arbitraries.longs().between(-2_000_000_000L, 8_000_000_000L),
                Arbitraries.oneOf(
                    Arbitraries.just(0), Arbitraries.integers().between(0, 999_999_999)))
            .as(FileTime::new);
    Arbitrary<FileType> types =
        Arbitraries.of(
            FileType.REGULAR, FileType.DIRECTORY, FileType.SYMLINK, FileType.FIFO, FileType.SOCKET);
    Arbitrary<Set<Attribute>> unknown =
        Arbitraries.of(Attribute.UID, Attribute.GID, Attribute.ATIME).set().ofMaxSize(3);
    return Combinators.combine(
            types,
            Arbitraries.integers().between(0, 07777),
            Arbitraries.longs().between(0, 0xfffffffeL),
            times,
            times,
            unknown,
            Arbitraries.integers().between(0, 7),
            Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(20))
        .as(
            (type, mode, id, atime, mtime, missing, parent, content) ->
                new Stored(
                    type,
                    new FileStat(
                        type,
                        mode,
                        id,
                        id / 2,
                        content.length(),
                        0,
                        1,
                        0,
                        0,
                        0,
                        atime,
                        mtime,
                        mtime),
                    missing,
                    parent,
                    content))
        .list()
        .ofMinSize(1)
        .ofMaxSize(8);
  }

  /** The path of an entry: below an earlier directory, where its number says one. */
  private static String path(List<Stored> tree, int i) {
    int parent = tree.get(i).parent();
    return parent < i && tree.get(parent).type() == FileType.DIRECTORY
        ? path(tree, parent) + "/" + i
        : Integer.toString(i);
  }

  private static void store(TranslationWorld world, MirrorDialect from, List<Stored> tree)
      throws IOException {
    for (int i = 0; i < tree.size(); i++) {
      Stored entry = tree.get(i);
      boolean isCarried =
          PLAIN.contains(entry.type())
              || from == MirrorDialect.AZCOPY
              || from == MirrorDialect.RCLONE
              || from == MirrorDialect.S3FS;
      if (!isCarried) {
        continue;
      }
      boolean hasBody = entry.type() == FileType.REGULAR || entry.type() == FileType.SYMLINK;
      boolean hasSlash =
          entry.type() == FileType.DIRECTORY
              && from != MirrorDialect.AMLFS
              && from != MirrorDialect.AZCOPY;
      world.put(
          "a/" + path(tree, i) + (hasSlash ? "/" : ""),
          hasBody ? entry.content() : "",
          DialectWords.of(from, entry.stat(), entry.unknown(), world.store.uri()));
    }
  }

  /** What is seen of an entry. */
  private record Seen(FileStat stat, String content) {}

  private static Map<String, Seen> pull(TranslationWorld world, String prefix, Path place)
      throws IOException {
    Map<String, Seen> seen = new TreeMap<>();
    try (PosixTree tree = JnaPosix.open(Files.createDirectory(place))) {
      assertThat(
              MirrorTree.in(world.store, ManualTime.skipping())
                  .prefix(prefix)
                  .foreign()
                  .importTo(tree, PathBytes.EMPTY)
                  .failed())
          .isEmpty();
      try (PosixDirectory root = tree.openRoot()) {
        add(root, PathBytes.EMPTY, seen);
      }
    }
    return seen;
  }

  private static void add(PosixDirectory directory, PathBytes path, Map<String, Seen> seen)
      throws IOException {
    List<PathBytes> names = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> b = cursor.next(); !b.isEmpty(); b = cursor.next()) {
        b.forEach(e -> names.add(e.name()));
      }
    }
    for (PathBytes name : names) {
      FileStat stat = directory.stat(name);
      String content = "";
      if (stat.isDirectory()) {
        try (PosixDirectory below = directory.openDirectory(name)) {
          add(below, path.resolve(name), seen);
        }
      } else if (stat.type() == FileType.SYMLINK) {
        content = directory.readSymlink(name).toString();
      } else if (stat.isRegular()) {
        try (PosixFile file =
            directory.openFile(name, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
          ByteBuffer buffer = ByteBuffer.allocate(64);
          int length = file.read(buffer, 0);
          content = new String(buffer.array(), 0, Math.max(0, length), StandardCharsets.UTF_8);
        }
      }
      seen.put(path.resolve(name).toString(), new Seen(stat, content));
    }
  }

  /** What must be the same when these words were declared lost. */
  private static String kept(Seen seen, Set<String> lost, Set<Attribute> unknown) {
    FileStat stat = seen.stat();
    StringBuilder kept = new StringBuilder(stat.type() + " " + seen.content());
    boolean isLink = stat.type() == FileType.SYMLINK;
    if (!isLink && !lost.contains("permissions")) {
      kept.append(" mode ").append(stat.mode() & (lost.contains("sticky") ? 0777 : 01777));
    }
    kept.append(lost.contains("uid") ? "" : " uid " + stat.uid());
    kept.append(lost.contains("gid") ? "" : " gid " + stat.gid());
    kept.append(" mtime ").append(time(stat.mtime(), lost, "mtime"));
    // Listing a directory and reading a link change the time of access.
    if (stat.isRegular() && !unknown.contains(Attribute.ATIME)) {
      kept.append(" atime ").append(time(stat.atime(), lost, "atime"));
    }
    return kept.toString();
  }

  private static String time(FileTime time, Set<String> lost, String word) {
    if (lost.contains(word)) {
      return "";
    }
    return time.seconds() + (lost.contains(word + "-fraction") ? "" : "." + time.nanos());
  }

  @Property(tries = 60)
  void pulledAfterItsTranslation_isWhatItWasButForTheDeclaredLosses(
      @ForAll("trees") List<Stored> tree,
      @ForAll("written") MirrorDialect from,
      @ForAll("written") MirrorDialect to)
      throws IOException {
    Path folder = Files.createTempDirectory("translated");
    try {
      TranslationWorld world = new TranslationWorld();
      store(world, from, tree);
      Map<String, SortedSet<String>> lost = new ConcurrentHashMap<>();
      Set<String> leftOut = ConcurrentHashMap.newKeySet();
      MirrorTranslationReport report =
          world
              .translate("a/")
              .to(world.store, "b/")
              .onEntry(
                  e -> {
                    String path = e.key().substring(2).replaceAll("/$", "");
                    lost.put(path, e.losses());
                    if (e.outcome() == MirrorTranslationReport.Outcome.LEFT_OUT) {
                      leftOut.add(path);
                    }
                  })
              .run(to);
      assertThat(report.failed()).isEmpty();
      Map<String, Seen> before = pull(world, "a/", folder.resolve("a"));
      Map<String, Seen> after = pull(world, "b/", folder.resolve("b"));
      before.keySet().removeAll(leftOut);
      assertThat(after.keySet()).isEqualTo(before.keySet());
      before.forEach(
          (path, seen) -> {
            Set<String> words = lost.getOrDefault(path, new TreeSet<>());
            Set<Attribute> unknown = new TreeSet<>(tree.get(number(path)).unknown());
            if (from == MirrorDialect.AMLFS) {
              unknown.add(Attribute.ATIME); // It has no word for it.
            }
            assertThat(kept(after.get(path), words, unknown))
                .as("%s from %s to %s without %s", path, from, to, words)
                .isEqualTo(kept(seen, words, unknown));
          });
    } finally {
      delete(folder);
    }
  }

  private static int number(String path) {
    return Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
  }

  @Provide
  Arbitrary<MirrorDialect> written() {
    return Arbitraries.of(MirrorDialect.written());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
