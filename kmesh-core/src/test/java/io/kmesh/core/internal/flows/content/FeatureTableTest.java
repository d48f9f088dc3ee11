// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/**
 * What is known of files' chunks: the table C of docs/format/flow-base.md, and chunks in memory.
 */
class FeatureTableTest {
  private static final NodeId NONE = new NodeId(1, 1);
  private final FlowBase base;

  FeatureTableTest() throws IOException {
    base = FlowBase.open(new MemoryOrdered(), 5);
  }

  /** A file that is here. */
  private NodeId file(long number, Dot content) throws IOException {
    NodeId id = new NodeId(0xa0, number);
    FileTime time = new FileTime(1, 2);
    Version version = new Version(content, VersionVector.of(0xa0, content.counter()));
    base.change(
        new Node(
            id,
            FileType.REGULAR,
            0,
            PathBytes.EMPTY,
            new Attributes(0600, 0, 0),
            version,
            new Content(5, time),
            version,
            new Local(new LocalKey(3, number), 5, time, time, content, content),
            List.of(),
            0));
    return id;
  }

  private static Dot dot(long counter) {
    return new Dot(0xa0, counter);
  }

  private static List<NodeId> ids(List<FeatureTable.Found> found) {
    return found.stream().map(f -> f.node().id()).toList();
  }

  @Test
  void files_areFoundByWhatTheyShare_mostFirst() throws IOException {
    FeatureTable table = FeatureTable.open(base, 100);
    NodeId first = file(7, dot(7));
    NodeId second = file(8, dot(8));
    table.put(first, dot(7), Set.of(1L, 2L, 3L));
    table.put(second, dot(8), Set.of(3L, -4L, 5L, 6L));
    table.put(new NodeId(0xa0, 9), dot(9), Set.of(3L)); // comes yet
    List<Long> all = List.of(1L, 2L, 3L, -4L, 5L, 6L);
    assertThat(ids(table.find(all, NONE, 9))).containsExactly(second, first);
    assertThat(ids(table.find(all, NONE, 1))).containsExactly(second);
    assertThat(ids(table.find(all, second, 9))).containsExactly(first);
    assertThat(ids(table.find(List.of(1L, 3L, -4L, 5L), NONE, 9)))
        .as("what has little that is new")
        .containsExactly(second);
    assertThat(table.find(Set.of(60L), NONE, 9)).isEmpty();

    file(7, dot(20)); // has other bytes now
    assertThat(table.find(Set.of(1L), NONE, 9))
        .singleElement()
        .satisfies(f -> assertThat(f.isSame()).isFalse());
    assertThat(ids(FeatureTable.open(base, 100).find(Set.of(2L), NONE, 9))).containsExactly(first);
  }

  @Test
  void whatManyFilesShare_isKeptOfThoseThatAreHere() throws IOException {
    FeatureTable table = FeatureTable.open(base, 100);
    for (int i = 1; i <= 9; i++) {
      table.put(new NodeId(0xa0, i), dot(i), Set.of(3L)); // never came
    }
    List<NodeId> here = new ArrayList<>();
    for (int i = 11; i <= 19; i++) {
      here.add(file(i, dot(i)));
      table.put(here.get(here.size() - 1), dot(i), Set.of(3L));
    }
    assertThat(table.count()).isEqualTo(4);
    assertThat(here).containsAll(ids(table.find(Set.of(3L), NONE, 9)));
    assertThat(table.find(Set.of(3L), NONE, 9)).hasSize(1);
  }

  @Test
  void fullTable_losesHalf_andFindsTheRest() throws IOException {
    FeatureTable table = FeatureTable.open(base, 64);
    Random random = new Random(1);
    Map<NodeId, Set<Long>> all = new HashMap<>();
    for (int i = 1; i <= 100; i++) {
      Set<Long> features = random.longs(3).boxed().collect(Collectors.toSet());
      all.put(file(i, dot(i)), features);
      table.put(new NodeId(0xa0, i), dot(i), features);
      assertThat(table.count()).isLessThanOrEqualTo(64);
    }
    FeatureTable again = FeatureTable.open(base, 64);
    assertThat(again.count()).isEqualTo(table.count());
    int found = 0;
    for (Map.Entry<NodeId, Set<Long>> one : all.entrySet()) {
      found += ids(again.find(one.getValue(), NONE, 1)).contains(one.getKey()) ? 1 : 0;
    }
    assertThat(found).isBetween(15, 64);
  }

  @Test
  void features_areTheLeastNames_ofWhatWasCutByItsBytes() {
    List<Chunk> chunks = new ArrayList<>();
    for (int i = 20; i > 0; i--) {
      chunks.add(new Chunk(100, new ChunkName(i, 0, 0)));
    }
    chunks.add(new Chunk(100, new ChunkName(-1, 0, 0)));
    chunks.add(new Chunk(ChunkLevel.longest(8), new ChunkName(0, 0, 0)));
    chunks.add(new Chunk(100, null));
    assertThat(FeatureTable.features(0, chunks, 8)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
  }

  @Test
  void table_isTheGoldenVector() throws IOException {
    FeatureTable.open(base, 100).put(new NodeId(0xa0, 7), dot(200), Set.of(-2L));
    List<String> lines = new ArrayList<>();
    try (OrderedStore.Cursor all = base.area('C').all()) {
      while (all.next()) {
        HexFormat hex = HexFormat.of();
        lines.add(hex.formatHex(all.key()) + " = " + hex.formatHex(all.value()));
      }
    }
    assertThat(lines)
        .containsExactly(
            "46fffffffffffffffe00000000000000a00000000000000007 = 00000000000000a0c801",
            "48 = 000001");
  }

  @Tag("fuzz")
  @Property
  void entriesOfAnyBytes_areReadOrRefused(
      @ForAll @Size(max = 20) byte[] key,
      @ForAll @Size(max = 20) byte[] value,
      @ForAll @Size(max = 12) byte[] head)
      throws IOException {
    Area area = base.area('C');
    byte[] whole = new byte[9 + key.length];
    whole[0] = 'F';
    System.arraycopy(key, 0, whole, 9, key.length);
    area.put(whole, value);
    if (head.length > 0) {
      area.put(new byte[] {'H'}, head);
    }
    try {
      FeatureTable table = FeatureTable.open(base, 100);
      table.find(Set.of(0L), NONE, 9);
      table.put(NONE, dot(1), Set.of(0L));
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(e).hasMessageContaining("what a flow knows of files' chunks");
    } finally {
      area.remove(whole);
      area.remove(new byte[] {'H'});
    }
  }

  @Test
  void headOfAnotherFormat_isRefused() throws IOException {
    base.area('C').put(new byte[] {'H'}, new byte[] {1, 0, 0});
    assertThatThrownBy(() -> FeatureTable.open(base, 100)).hasMessageContaining("format 1");
  }

  @Test
  void chunks_areFoundInMemory_upToABound() {
    ChunkTable table = new ChunkTable();
    Random random = new Random(2);
    Map<ChunkName, Long> places = new HashMap<>();
    for (int i = 0; i < 5000; i++) {
      ChunkName name = new ChunkName(random.nextLong(), random.nextLong(), 0);
      places.put(name, (long) i);
      assertThat(table.put(name, i % 3, i)).isTrue();
    }
    places.forEach(
        (name, i) -> {
          assertThat(ChunkTable.offset(table.find(name))).isEqualTo(i);
          assertThat(ChunkTable.file(table.find(name))).isEqualTo((int) (i % 3));
        });
    assertThat(table.find(new ChunkName(1, 1, 1))).isEqualTo(ChunkTable.NONE);
    boolean hasRoom = true;
    int count = 5000;
    while (hasRoom) {
      hasRoom = table.put(new ChunkName(random.nextLong(), 0, 0), 0, 0);
      count += hasRoom ? 1 : 0;
    }
    assertThat(count).isEqualTo(ChunkTable.MOST);
  }
}
