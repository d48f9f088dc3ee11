// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.posix.NameSorter;
import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.ChunkList;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryEditor;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.DirectoryWriter;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.store.DirectoryStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A directory of ten million names is sorted, stored, read and edited in a JVM with a small heap,
 * and keeps no more alive there than one of half a million. Prints its figures.
 */
@Tag("scale")
class LargeDirectoryScaleTest {
  private static final int FEW = 10_000;
  private static final int MANY = Integer.getInteger("kmesh.scale.names", 10_000_000);
  private static final String HEAP = "-Xmx96m";

  /** What is the same from some 100,000 names on: names to sort, packs, a cache of pages. */
  private static final long BUFFERS = 32 << 20;

  /** What twenty times the names may keep alive besides: more sorted files, a higher tree. */
  private static final long MORE = 4 << 20;

  /** As packs of 32 MiB would need most of the heap, whatever is in them. */
  private static final int PACK_TARGET = 4 << 20;

  @TempDir private Path directory;

  @Test
  @Timeout(3600)
  void directoryOfTenMillionNames_needsNoMoreMemoryThanASmallOne() throws Exception {
    long few = live(FEW);
    long some = live(MANY / 20);
    long many = live(MANY);

    assertThat(many).isLessThan(some + MORE).isLessThan(few + BUFFERS);
  }

  private long live(int names) throws Exception {
    Path folder = Files.createDirectory(directory.resolve("of-" + names));
    Path output = folder.resolve("live");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Child.class.getName(),
                Integer.toString(names),
                folder.toString(),
                output.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).as("exit code with %d names", names).isZero();
    return Long.parseLong(Files.readString(output));
  }

  /** The process with the small heap. */
  static final class Child {
    private static final int SAMPLES = 8;

    private final int names;
    private final Session session;
    private final SnapshotWorld world;
    private long live;
    private long began = SystemTime.INSTANCE.nanoTime();

    private Child(int names, SnapshotWorld world, Session session) {
      this.names = names;
      this.world = world;
      this.session = session;
    }

    /** Number of names, folder, file for what was alive at most. */
    public static void main(String[] arguments) throws IOException {
      int names = Integer.parseInt(arguments[0]);
      Path folder = Path.of(arguments[1]);
      try (DirectoryStore store = DirectoryStore.at(folder.resolve("store"))) {
        SnapshotWorld world = SnapshotWorld.in(store, PACK_TARGET, folder.resolve("cache"));
        try (Session session =
            Session.begin(world.domain(), RandomIds.session(), 0, "h", List.of(), PACK_TARGET)) {
          Child child = new Child(names, world, session);
          child.run();
          Files.writeString(Path.of(arguments[2]), Long.toString(child.live));
        }
      }
    }

    private void run() throws IOException {
      Content.Directory written = write();
      session.publish(h -> h);
      long stored = session.stored();
      told("sorted and stored, " + stored / 1_000_000 + " MB");
      try (ChunkReader reader = new ChunkReader(world.domain(), session.index(), 8 << 20)) {
        read(reader, written);
        told("read");
        edit(reader, written);
        told("one name edited, " + (session.stored() - stored) / 1000 + " KB more");
        // Pages are padded to 4 KiB in their pack.
        assertThat(session.stored() - stored).isLessThan(1 << 20);
      }
      session.abandon();
      System.out.printf("%,d names: at most %,d KiB alive%n", names, live >> 10);
    }

    private Content.Directory write() throws IOException {
      try (NameSorter sorter = new NameSorter();
          MetadataWriter metadata = session.metadataWriter()) {
        for (int i = 0; i < names; i++) {
          sorter.add(name(i));
          sample(i);
        }
        NameSorter.Sorted sorted = sorter.sorted();
        DirectoryWriter writer = new DirectoryWriter(metadata);
        int count = 0;
        for (PathBytes name = sorted.next(); name != null; name = sorted.next()) {
          writer.add(node(name, 1));
          sample(count++);
        }
        assertThat(count).isEqualTo(names);
        Content.Directory directory = writer.end();
        metadata.flush();
        return directory;
      }
    }

    private void read(ChunkReader reader, Content.Directory directory) throws IOException {
      DirectoryReader entries = new DirectoryReader(reader, directory);
      PathBytes last = PathBytes.EMPTY;
      int count = 0;
      for (TreeNode node = entries.next(); node != null; node = entries.next()) {
        assertThat(last.compareTo(node.name())).isNegative();
        assertThat(node).isEqualTo(node(node.name(), 1));
        last = node.name();
        sample(count++);
      }
      assertThat(count).isEqualTo(names);
    }

    private void edit(ChunkReader reader, Content.Directory directory) throws IOException {
      PathBytes name = name(names / 2);
      Content.Directory edited;
      try (MetadataWriter metadata = session.metadataWriter()) {
        edited =
            new DirectoryEditor(reader, metadata)
                .apply(directory, List.of(Edit.put(node(name, 2))));
        metadata.flush();
      }
      session.publish(h -> h);
      assertThat(DirectoryReader.find(reader, edited, name)).contains(node(name, 2));
      assertThat(DirectoryReader.find(reader, directory, name)).contains(node(name, 1));
      PathBytes other = name(names / 3);
      assertThat(DirectoryReader.find(reader, edited, other)).contains(node(other, 1));
    }

    /** In no order, as a file system gives them; none twice. */
    private static PathBytes name(int i) {
      String digits = HexFormat.of().toHexDigits(i * 0x9e3779b1);
      return PathBytes.of(("sample-" + digits + ".dat").getBytes(StandardCharsets.US_ASCII));
    }

    /** A file of one chunk. */
    private static TreeNode node(PathBytes name, long seed) {
      long hash = name.hashCode() * 0x9e3779b97f4a7c15L;
      ChunkName chunk = new ChunkName(hash, hash * seed, seed);
      FileTime time = new FileTime(1_700_000_000 + (hash >>> 48), (int) (hash & 0xffffff));
      return new TreeNode(
          name,
          FileType.REGULAR,
          0644,
          1000,
          1000,
          time,
          time,
          hash & 0xffffffffL,
          0,
          1,
          List.of(),
          new Content.Data(4096, ChunkList.of(chunk, 4096)));
    }

    /** Looks now and then what is alive. */
    private void sample(int i) {
      if (i % (names / SAMPLES) == names / SAMPLES - 1) {
        System.gc();
        live = Math.max(live, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
      }
    }

    private void told(String what) {
      long now = SystemTime.INSTANCE.nanoTime();
      System.out.printf("%,d names %s: %.1f s%n", names, what, (now - began) / 1e9);
      began = now;
    }
  }
}
