// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.endpoints.Endpoints;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.archive.CatalogContents;
import io.kmesh.core.internal.snapshots.archive.CatalogScope;
import io.kmesh.core.internal.snapshots.archive.Catalogs;
import io.kmesh.core.internal.snapshots.archive.HsmEntry;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.StripePattern;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** A simulated Lustre whose archive is a repository, and trees on it that are random. */
final class LustreRestoreWorld implements AutoCloseable {
  static final PathBytes SOURCE = PathBytes.of("source");
  static final PathBytes BACK = PathBytes.of("back");
  static final int MIB = 1 << 20;
  static final Layout PFL =
      new Layout(
          List.of(
              new LayoutComponent(0, 64L * MIB, StripePattern.RAID0, 1, MIB, "fast"),
              new LayoutComponent(
                  64L * MIB, LayoutComponent.TO_EOF, StripePattern.RAID0, 2, 4 * MIB, "cheap")),
          false);

  private static final List<Layout> LAYOUTS =
      List.of(Layout.plain(1), Layout.plain(2, 4 * MIB, "cheap"), PFL, Layout.plain(-1, MIB, null));
  private static final int ARCHIVE = 3;
  private static final ObjectMapper JSON = new ObjectMapper();

  final ManualTime time = ManualTime.create();
  final MemoryStore store = MemoryStore.create();
  final SimulatedLustre lustre;
  private final Path folder;
  private final CatalogScope scope;
  private int contents;

  LustreRestoreWorld(long seed) throws IOException {
    folder = Files.createTempDirectory("kmesh-lustre-restore");
    lustre = SimulatedLustre.builder(folder).caller(0, 0).time(time).seed(seed).open();
    scope = new CatalogScope("lustre", FileSystemInstance.of(lustre), ARCHIVE);
    for (PathBytes name : List.of(SOURCE, BACK, PathBytes.of("contents"))) {
      directory(name);
    }
  }

  void directory(PathBytes path) throws IOException {
    try (PosixDirectory parent = lustre.tree().openDirectory(path.parent())) {
      parent.makeDirectory(path.name(), 0755);
    }
  }

  Fid write(PathBytes path, byte[] bytes) throws IOException {
    try (PosixFile file = lustre.tree().openFile(path, Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
    return lustre.identity().fid(path);
  }

  /** Makes a released file whose content is in the repository, as its archive. */
  Fid stub(PathBytes path, byte[] bytes, Layout layout) throws IOException {
    // The snapshot's tree has the content, and stays for others too.
    PathBytes copy = PathBytes.of("contents/" + contents++);
    write(copy, bytes);
    Content.File content;
    try (OpenSnapshot open = open(take(PathBytes.of("contents")))) {
      content = (Content.File) open.at(copy.name()).content();
    }
    FileTime mtime = new FileTime(1_000 + contents, contents);
    Fid fid =
        lustre
            .hsm()
            .importStub(
                path,
                ArchiveId.of(ARCHIVE),
                new ImportAttributes(0640, 1, 2, bytes.length, mtime, mtime),
                layout);
    FileStat stat = lustre.identity().stat(fid);
    TreeNode entry = HsmEntry.of(fid, 0, null, path, time.now(), stat, content).toNode();
    try (Catalogs catalogs = catalogs()) {
      catalogs.commit(
          scope.main(),
          () -> {
            Iterator<TreeNode> one = List.of(entry).iterator();
            return () -> one.hasNext() ? Edit.put(one.next()) : null;
          });
    }
    return fid;
  }

  Catalogs catalogs() throws IOException {
    return new Catalogs(SnapshotWorld.in(store).domain(), scope, time, "here");
  }

  private SnapshotStore snapshots(ObjectStore in) {
    return new SnapshotStore(SnapshotWorld.in(in).domain(), time, "here", 1);
  }

  OpenSnapshot open(String snapshot) throws IOException {
    return snapshots(store).open(snapshot);
  }

  String take(PathBytes path) throws IOException {
    time.advance(Duration.ofSeconds(10));
    ScanTally tally = new ScanTally();
    SnapshotStore.Request request =
        new SnapshotStore.Request(
            lustre.tree(),
            path,
            "s",
            path.toString(),
            Map.of(),
            new LustreGate(lustre),
            false,
            List.of());
    String id = snapshots(store).take(request, tally, Retrier.Check.NONE).manifest().id();
    assertThat(tally.problems()).isEmpty();
    return id;
  }

  ScanTally restore(String snapshot) throws IOException {
    return restore(snapshot, BACK, lustre, store, TreeRestore.Overwrite.NEVER);
  }

  ScanTally restore(
      String snapshot,
      PathBytes into,
      LustreBinding to,
      ObjectStore in,
      TreeRestore.Overwrite overwrite)
      throws IOException {
    ScanTally tally = new ScanTally();
    PosixTree back = Endpoints.below(to.tree(), into);
    try (OpenSnapshot open = snapshots(in).open(snapshot)) {
      open.restore(
          PathBytes.EMPTY, new RestoreTarget(back, to), overwrite, tally, Retrier.Check.NONE);
    }
    return tally;
  }

  /** The tree of a snapshot without what a new file can't have: its inode and change time. */
  Map<String, String> tree(String snapshot) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    try (OpenSnapshot open = open(snapshot);
        ArchivedContents archived =
            new CatalogContents(SnapshotWorld.in(store).domain(), time, "here")) {
      facts.put("", line(open.manifest().root(), archived));
      TreeVisit.walk(
          open, PathBytes.EMPTY, (path, node) -> facts.put("" + path, line(node, archived)));
    }
    return facts;
  }

  private static String words(Content content) {
    return content instanceof Content.Data data ? names(data.chunks()) : "" + content;
  }

  private static String names(ChunkList list) {
    return List.of(list.names()) + " " + list;
  }

  private static String line(TreeNode node, ArchivedContents archived) throws IOException {
    String content = node.content() instanceof Content.Directory ? "" : words(node.content());
    if (node.content() instanceof Content.Reference stored) {
      ArchiveReference reference = ArchiveReference.read(stored.reference());
      ArchivedContents.Archived found = archived.find(node, reference).archivedOrNull();
      assertThat(found).as("%s", reference).isNotNull();
      ObjectNode json = (ObjectNode) JSON.readTree(stored.reference());
      content = json.without("fid") + " " + words(found.content());
    }
    String attributes =
        node.attributes().stream()
            .map(a -> a.name() + "=" + new String(a.value(), StandardCharsets.UTF_8))
            .map(a -> a.replaceAll("(kmesh.reference=.*)\"fid\":\"[^\"]*\"", "$1"))
            .toList()
            .toString();
    return String.format(
        "%s %o %d:%d %s links %d %s %s",
        node.type(),
        node.mode(),
        node.uid(),
        node.gid(),
        node.mtime(),
        node.links(),
        attributes,
        content);
  }

  /** Makes a random tree below a directory. */
  void fill(PathBytes directory, Random random, int depth) throws IOException {
    int entries = 1 + random.nextInt(depth == 0 ? 6 : 3);
    for (int i = 0; i < entries; i++) {
      PathBytes path = directory.resolve(PathBytes.of("e" + i));
      Layout layout = LAYOUTS.get(random.nextInt(LAYOUTS.size()));
      byte[] bytes = HostileTree.random(random.nextInt(), random.nextInt(3000));
      Fid fid;
      switch (random.nextInt(depth < 2 ? 4 : 3)) {
        case 0 -> {
          fid = lustre.layouts().createFile(path, 0600 | random.nextInt(0200), layout);
          write(path, bytes);
        }
        case 1 -> fid = stub(path, bytes, layout);
        case 2 -> fid = write(path, bytes);
        default -> {
          directory(path);
          fid = lustre.identity().fid(path);
          if (random.nextBoolean()) {
            lustre.layouts().changeDirectoryDefault(fid, layout);
          }
          fill(path, random, depth + 1);
        }
      }
      decorate(fid, path, random);
    }
  }

  private void decorate(Fid fid, PathBytes path, Random random) throws IOException {
    if (random.nextInt(3) == 0) {
      lustre.identity().changeProject(fid, 1 + random.nextInt(9));
    }
    try (PosixDirectory parent = lustre.tree().openDirectory(path.parent())) {
      if (parent.stat(path.name()).isRegular() && random.nextInt(3) == 0) {
        HsmFlag flag = random.nextBoolean() ? HsmFlag.NORELEASE : HsmFlag.NOARCHIVE;
        lustre.hsm().changeState(fid, Set.of(flag), Set.of(), ArchiveId.ANY);
      }
      if (parent.stat(path.name()).isRegular() && random.nextInt(4) == 0) {
        parent.link(path.name(), parent, PathBytes.of(path.name() + "-too"));
      }
      if (random.nextInt(3) == 0) {
        parent.setTimes(path.name(), new FileTime(77, 1), new FileTime(random.nextInt(), 5));
      }
    }
  }

  long recalls() {
    return lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE)
        + lustre.coordinator().actions().size();
  }

  @Override
  public void close() throws IOException {
    lustre.close();
    SnapshotWorld.delete(folder);
  }
}
