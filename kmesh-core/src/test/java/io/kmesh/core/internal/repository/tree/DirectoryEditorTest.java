// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** An edited directory is the one that writing it whole gives, at the price of a few pages. */
class DirectoryEditorTest {
  private static final int LARGE = 200_000;

  private final MemoryChunks chunks = new MemoryChunks();

  private static TreeNode node(PathBytes name, int number, int filler) {
    List<Attribute> attributes =
        filler == 0 ? List.of() : List.of(Attribute.of(PathBytes.of("user.a"), new byte[filler]));
    return new TreeNode(
        name,
        FileType.FIFO,
        0644,
        1,
        2,
        new FileTime(number, 3),
        new FileTime(4, 5),
        number,
        0,
        1,
        attributes,
        Content.none());
  }

  private static PathBytes name(int number) {
    return PathBytes.of(String.format("f%07d", number));
  }

  private Content.Directory write(Map<PathBytes, TreeNode> entries) throws IOException {
    DirectoryWriter writer = new DirectoryWriter(chunks);
    for (TreeNode node : entries.values()) {
      writer.add(node);
    }
    return writer.end();
  }

  private Content.Directory edit(
      Content.Directory directory, Map<PathBytes, TreeNode> entries, List<Edit> edits)
      throws IOException {
    for (Edit edit : edits) {
      TreeNode after = edit.change().apply(entries.get(edit.name()));
      if (after == null) {
        entries.remove(edit.name());
      } else {
        entries.put(edit.name(), after);
      }
    }
    return new DirectoryEditor(chunks, chunks).apply(directory, edits);
  }

  @Property(tries = 40)
  void anyEdits_giveWhatWritingItWholeGives(
      @ForAll @IntRange(max = 5000) int count,
      @ForAll @IntRange(max = 3) int fill,
      @ForAll @IntRange(max = 6) int kind,
      @ForAll long seed)
      throws IOException {
    chunks.clear();
    Random random = new Random(seed);
    int filler = fill == 3 ? 1000 : 0;
    TreeMap<PathBytes, TreeNode> entries = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      PathBytes name = name(random.nextInt(20_000));
      entries.put(name, node(name, i, filler));
    }
    Content.Directory directory = write(entries);
    for (int round = 0; round < 4; round++) {
      List<Edit> edits = edits(random, kind, filler, new ArrayList<>(entries.keySet()));
      directory = edit(directory, entries, edits);
      assertThat(directory).isEqualTo(write(entries));
    }
  }

  private static List<Edit> edits(Random random, int kind, int filler, List<PathBytes> there) {
    TreeMap<PathBytes, Edit> edits = new TreeMap<>();
    int from = there.isEmpty() ? 0 : random.nextInt(there.size());
    int to = from + (there.isEmpty() ? 0 : random.nextInt(there.size() - from + 1));
    switch (kind) {
      case 0 -> there.forEach(name -> edits.put(name, Edit.remove(name)));
      case 1 -> there.subList(from, to).forEach(name -> edits.put(name, Edit.remove(name)));
      case 2 -> there.subList(0, from).forEach(name -> edits.put(name, Edit.remove(name)));
      case 3 -> there.subList(from, there.size()).forEach(n -> edits.put(n, Edit.remove(n)));
      default -> {}
    }
    int more = kind == 0 ? random.nextInt(3) : kind == 4 ? 3000 : random.nextInt(8);
    for (int i = 0; i < more; i++) {
      PathBytes name = name(random.nextInt(25_000));
      Edit edit =
          random.nextInt(3) == 0
              ? Edit.remove(name)
              : Edit.put(node(name, random.nextInt(100), filler));
      edits.put(name, edit);
    }
    return List.copyOf(edits.values());
  }

  /** Inner pages of two heights. */
  @Property(tries = 2)
  void largeDirectories_giveWhatWritingThemWholeGives(@ForAll long seed) throws IOException {
    chunks.clear();
    Random random = new Random(seed);
    TreeMap<PathBytes, TreeNode> entries = new TreeMap<>();
    for (int i = 0; i < 60_000; i++) {
      PathBytes name = PathBytes.of(String.format("n%07d", i));
      entries.put(name, node(name, i, i % 9 == 0 ? 1000 : 0));
    }
    Content.Directory directory = write(entries);
    assertThat(directory.height()).isEqualTo(2);
    for (int round = 0; round < 6; round++) {
      List<PathBytes> there = new ArrayList<>(entries.keySet());
      int from = random.nextInt(there.size());
      int to = Math.min(there.size(), from + (round % 2 == 0 ? 1 : random.nextInt(40_000)));
      directory =
          edit(directory, entries, there.subList(from, to).stream().map(Edit::remove).toList());
      assertThat(directory).isEqualTo(write(entries));
    }
  }

  @Test
  void oneEdit_ofALargeDirectory_readsAndWritesAFewPages() throws IOException {
    TreeMap<PathBytes, TreeNode> entries = new TreeMap<>();
    for (int i = 0; i < LARGE; i++) {
      entries.put(name(2 * i), node(name(2 * i), i, 0));
    }
    Content.Directory directory = write(entries);
    int pages = chunks.size();
    Random random = new Random(7);
    int mostReads = 0;
    int mostWrites = 0;
    for (int i = 0; i < 200; i++) {
      int at = random.nextInt(2 * LARGE);
      Edit edit = i % 2 == 0 ? Edit.put(node(name(at), i, 0)) : Edit.remove(name(at & ~1));
      int before = chunks.size();
      chunks.forgetReads();
      directory = edit(directory, entries, List.of(edit));
      mostReads = Math.max(mostReads, chunks.reads());
      mostWrites = Math.max(mostWrites, chunks.size() - before);
    }
    assertThat(directory).isEqualTo(write(entries));
    assertThat(pages).isGreaterThan(200);
    // The way down to the name and that to the end, each with a page more where an end has moved.
    assertThat(mostReads).isLessThanOrEqualTo(4 * (directory.height() + 1));
    assertThat(mostWrites).isLessThanOrEqualTo(3 * (directory.height() + 1));
  }

  @Test
  void noEdit_givesTheSameDirectory() throws IOException {
    TreeMap<PathBytes, TreeNode> entries = new TreeMap<>();
    assertThat(edit(write(entries), entries, List.of())).isEqualTo(write(entries));
    for (int i = 0; i < 3000; i++) {
      entries.put(name(i), node(name(i), i, 0));
    }
    assertThat(edit(write(entries), entries, List.of())).isEqualTo(write(entries));
  }

  @Test
  void editsOutOfOrder_orOfAnotherName_areRefused() throws IOException {
    Content.Directory empty = write(new TreeMap<>());
    DirectoryEditor editor = new DirectoryEditor(chunks, chunks);
    List<Edit> turned = List.of(Edit.put(node(name(2), 2, 0)), Edit.put(node(name(1), 1, 0)));
    List<Edit> other = List.of(new Edit(name(1), before -> node(name(2), 2, 0)));

    assertThatThrownBy(() -> editor.apply(empty, turned))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> editor.apply(empty, other))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void pagesThatOverlap_areDamaged() throws IOException {
    TreeMap<PathBytes, TreeNode> entries = new TreeMap<>();
    for (int i = 0; i < 4000; i++) {
      entries.put(name(i), node(name(i), i, 0));
    }
    Page.Inner inner = (Page.Inner) chunks.page(write(entries).page());
    ChunkName page = inner.children().get(1).page();
    chunks.replace(inner.children().get(0).page(), chunks.read(page));

    assertThatThrownBy(
            () ->
                new DirectoryEditor(chunks, chunks)
                    .apply(write(entries), List.of(Edit.remove(name(0)))))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("damaged");
  }
}
