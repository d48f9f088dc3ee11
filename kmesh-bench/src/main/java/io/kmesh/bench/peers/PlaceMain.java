// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.peers;

import com.sun.management.OperatingSystemMXBean;
import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.flows.place.PlaceSettings;
import io.kmesh.core.internal.flows.place.Placer;
import io.kmesh.core.internal.state.OrderedFile;
import io.kmesh.core.internal.state.SqliteStore;
import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * The target side of a flow alone: {@code STATE TARGET FILES} places small files of 0 to 4,096
 * bytes, a hundred a directory, in batches of 2,000, durably. Prints the processor time.
 */
public final class PlaceMain {
  private static final int IN_DIRECTORY = 100;
  private static final int BATCH = 2000;
  private static final long SOURCE = 7;

  private final FlowBase base;
  private final Placer placer;
  private final Random random = new Random(1);
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(4096);
  private long counter;

  private PlaceMain(FlowBase base, Placer placer) {
    this.base = base;
    this.placer = placer;
  }

  /**
   * Places them.
   *
   * @param args the file of the base, the target's directory, the number of files
   */
  public static void main(String[] args) throws IOException {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    Path target = Files.createDirectories(Path.of(args[1]));
    int files = Integer.parseInt(args[2]);
    long begin = System.nanoTime();
    try (PosixTree tree = PosixTrees.open(target);
        FlowBase base =
            FlowBase.open(
                OrderedFile.open(Path.of(args[0]), SqliteStore.Use.EXCLUSIVE, SystemTime.INSTANCE),
                9);
        Placer placer = Placer.begin(tree, base, PlaceSettings.of("bench", LocalKeys.POSIX))) {
      PlaceMain main = new PlaceMain(base, placer);
      for (int done = 0; done < files; done += BATCH) {
        main.batch(Math.min(BATCH, files - done), done);
      }
      placer.flush();
      System.out.printf(
          "files=%d settled=%b problems=%d cpu=%.1fs wall=%.1fs%n",
          files,
          placer.isSettled(),
          placer.problems().size(),
          system.getProcessCpuTime() / 1e9,
          (System.nanoTime() - begin) / 1e9);
    }
  }

  private Version version() {
    return Version.NONE.next(new Dot(SOURCE, ++counter));
  }

  private NodeId make(NodeId directory, String name, FileType type, int size) throws IOException {
    NodeId id = new NodeId(SOURCE, ++counter);
    FileTime time = new FileTime(1_600_000_000 + counter, 5);
    int mode = type == FileType.DIRECTORY ? 0755 : 0644;
    base.change(
        new Node(
            id,
            type,
            0,
            PathBytes.EMPTY,
            new Attributes(mode, 0, 0),
            version(),
            new Content(size, time),
            version(),
            null,
            List.of(),
            0));
    Link link = new Link(directory, PathBytes.of(name));
    Dirent before = base.dirent(link);
    base.change(before, before.to(id, version()));
    placer.changed(id);
    placer.changed(link);
    return id;
  }

  private void batch(int files, int from) throws IOException {
    Node[] nodes = new Node[files];
    NodeId directory = NodeId.ROOT;
    for (int i = 0; i < files; i++) {
      if (i % IN_DIRECTORY == 0) {
        directory = make(NodeId.ROOT, "d" + (from + i) / IN_DIRECTORY, FileType.DIRECTORY, 0);
      }
      NodeId id =
          make(directory, "file-" + (from + i), FileType.REGULAR, random.nextInt(bytes.capacity()));
      nodes[i] = base.require(id);
    }
    placer.step();
    for (Node node : nodes) {
      bytes.clear().limit((int) node.content().size());
      if (!placer.put(node.id(), node.contentVersion().origin(), bytes)) {
        throw new IOException("The content of " + node.id() + " is not wanted.");
      }
    }
    placer.finish();
  }
}
