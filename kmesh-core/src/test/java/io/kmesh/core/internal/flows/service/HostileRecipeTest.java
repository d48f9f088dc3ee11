// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.core.internal.flows.content.Chunk;
import io.kmesh.core.internal.flows.content.ChunkKeys;
import io.kmesh.core.internal.flows.content.Outliner;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.MessageCodec;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A peer lies about the chunks of a file: it is parted with, or its file does not come. */
class HostileRecipeTest {
  private static final long REPLICA = 0xbad;
  private static final NodeId FILE = new NodeId(REPLICA, 1);
  private static final Dot CONTENT = new Dot(REPLICA, 2);
  private static final PathBytes NAME = PathBytes.of("file");
  private static final int SIZE = 5_000;

  private final byte[] here = new byte[SIZE];
  private TwoSites sites;
  private HostileWay way;

  @BeforeEach
  void open() throws Exception {
    sites = new TwoSites(7, TwoSites.Finding.BY_SCAN);
    sites.recipes = new RecipeSettings(500, 8, 1000, 2000, 3000);
    sites.endTarget();
    new Random(1).nextBytes(here);
    Files.write(target(), here); // somebody's, in the place of what comes
    way = new HostileWay();
    sites.target().attach(way);
    say(new Message.Hello("f", "mallory", REPLICA, 0, Map.of()));
    Version version = new Version(CONTENT, VersionVector.of(REPLICA, 2));
    Node node =
        new Node(
            FILE,
            FileType.REGULAR,
            0,
            PathBytes.EMPTY,
            new Attributes(0600, 0, 0),
            version,
            new Content(SIZE, new FileTime(1, 0)),
            version,
            null,
            List.of(),
            0);
    Dirent name = Dirent.none(new Link(NodeId.ROOT, NAME)).to(FILE, version);
    say(
        new Message.Batch(
            3,
            Message.Tail.END,
            List.of(
                new Message.Change(node, null, Message.Delivery.ON_DEMAND),
                new Message.Change(null, name, Message.Delivery.ON_DEMAND))));
  }

  @AfterEach
  void close() throws Exception {
    sites.close();
  }

  private Path target() {
    return sites.folder().resolve("target/file");
  }

  private void say(Message message) throws Exception {
    sites.target().received(way, MessageCodec.encode(message));
    for (int i = 0; i < 4; i++) {
      sites.target().step();
    }
  }

  private void tell(long from, List<Chunk> chunks) throws Exception {
    say(new Message.Recipe(FILE, CONTENT, from, 8, chunks));
  }

  private Chunk chunk(int from, int length) {
    return new Chunk(length, new Outliner(ChunkKeys.of("f"), 8).name(here, from, length));
  }

  /** The begin and the end that are asked for, as they are here. */
  private void tellProbes() throws Exception {
    assertThat(way.heard(Message.Compare.class))
        .singleElement()
        .satisfies(
            c ->
                assertThat(c.parts())
                    .containsExactly(
                        new Message.Part(FILE, CONTENT, 0, 1000, 8),
                        new Message.Part(FILE, CONTENT, SIZE - 1000, 1000, 8)));
    sites.target().step();
    List<Chunk> chunks = new ArrayList<>();
    try (PosixTree tree = PosixTrees.open(sites.folder().resolve("target"));
        PosixDirectory top = tree.openRoot();
        PosixFile file = top.openFile(NAME, Set.of(OpenFlag.READ))) {
      new Outliner(ChunkKeys.of("f"), 8)
          .outline(
              file,
              SIZE,
              0,
              (offset, chunk) -> {
                chunks.add(chunk);
                return offset + chunk.length() < 1000;
              });
    }
    tell(0, chunks);
    tell(SIZE - 1000, List.of(chunk(SIZE - 1000, 500), chunk(SIZE - 500, 500)));
  }

  @Test
  void chunksBehindTheEnd_areRefused() throws Exception {
    tell(SIZE - 1000, List.of(chunk(0, 500), chunk(0, 501)));
    assertThat(way.broken).contains("its chunks end behind its 5000 bytes");
  }

  @Test
  void holeBehindTheEnd_isRefused() throws Exception {
    tell(0, List.of(new Chunk(1L << 50, null)));
    assertThat(way.broken).contains("its chunks end behind its 5000 bytes");
  }

  @Test
  void whatWasNotAskedFor_isPassedOver() throws Exception {
    for (int i = 0; i < 100; i++) {
      tell(1 + i, List.of(chunk(0, 500)));
      say(new Message.Recipe(FILE, new Dot(REPLICA, 5), 0, 8, List.of(chunk(0, 5))));
      say(new Message.Recipe(FILE, CONTENT, 0, 9, List.of(chunk(0, 5))));
      say(new Message.Recipe(new NodeId(3, 3), CONTENT, 0, 8, List.of(chunk(0, 5))));
    }
    assertThat(way.broken).isNull();
    assertThat(way.heard(Message.Compare.class)).hasSize(1);
    assertThat(way.heard(Message.Fetch.class)).isEmpty();
    assertThat(way.heard(Message.Want.class)).isEmpty();
  }

  @Test
  void chunksThatAreNowhere_areFetched_eachOnce_andJoined() throws Exception {
    tellProbes();
    assertThat(way.heard(Message.Compare.class)).hasSize(2);
    Chunk none = new Chunk(500, new ChunkName(1, 2, 3));
    tell(0, Collections.nCopies(4, none));
    assertThat(way.heard(Message.Fetch.class))
        .singleElement()
        .satisfies(
            f -> assertThat(f.ranges()).containsExactly(new Message.Range(FILE, CONTENT, 0, 2000)));
    tell(0, Collections.nCopies(4, none));
    assertThat(way.heard(Message.Fetch.class)).hasSize(1);
  }

  @Test
  void wrongName_isNotFilledWithWhatIsHere() throws Exception {
    tellProbes();
    Chunk right = chunk(0, 500);
    ChunkName name = right.name();
    assertThat(name).isNotNull();
    // The same first 64 bits: found, read, and not taken.
    Chunk forged = new Chunk(500, new ChunkName(name == null ? 0 : name.first(), 0, 0));
    tell(0, List.of(forged, chunk(500, 1000), chunk(1500, 500)));
    assertThat(way.heard(Message.Fetch.class))
        .isNotEmpty()
        .allSatisfy(f -> assertThat(f.ranges().get(0).from()).isZero());
    assertThat(Files.readAllBytes(target())).isEqualTo(here);
  }

  @Test
  void manyHoles_costLittle_andTheFileIsNotThereBeforeAllCame() throws Exception {
    tellProbes();
    tell(0, Collections.nCopies(SIZE - 1, new Chunk(1, null)));
    tell(SIZE - 1, List.of(new Chunk(1, new ChunkName(1, 2, 3))));
    assertThat(way.broken).isNull();
    assertThat(Files.readAllBytes(target())).isEqualTo(here);
    assertThat(way.heard(Message.Fetch.class)).hasSize(1);
  }
}
