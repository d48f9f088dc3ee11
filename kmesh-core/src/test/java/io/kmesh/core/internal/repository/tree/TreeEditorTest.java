// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Edits by paths give the tree that writing it whole gives. */
class TreeEditorTest {
  private final MemoryChunks chunks = new MemoryChunks();

  /** A tree in memory: a directory has a map, all else none. */
  private static final class Plain {
    private final int number;
    private final @Nullable Map<PathBytes, Plain> entries;

    Plain(int number, @Nullable Map<PathBytes, Plain> entries) {
      this.number = number;
      this.entries = entries;
    }
  }

  private TreeNode write(PathBytes name, Plain plain) throws IOException {
    if (plain.entries == null) {
      return node(name, FileType.FIFO, plain.number, Content.none());
    }
    DirectoryWriter writer = new DirectoryWriter(chunks);
    for (Map.Entry<PathBytes, Plain> entry : plain.entries.entrySet()) {
      writer.add(write(entry.getKey(), entry.getValue()));
    }
    return node(name, FileType.DIRECTORY, plain.number, writer.end());
  }

  private static TreeNode node(PathBytes name, FileType type, int number, Content content) {
    return new TreeNode(
        name,
        type,
        0755,
        1,
        2,
        new FileTime(number, 3),
        new FileTime(4, 5),
        number,
        0,
        1,
        List.of(),
        content);
  }

  private static Plain random(Random random, int depth) {
    if (depth == 0 || random.nextInt(3) == 0) {
      return new Plain(random.nextInt(1000), null);
    }
    return directory(random, depth);
  }

  private static Plain directory(Random random, int depth) {
    TreeMap<PathBytes, Plain> entries = new TreeMap<>();
    boolean isLarge = depth < 4 && random.nextInt(20) == 0;
    int count = isLarge ? 700 : random.nextInt(6);
    for (int i = 0; i < count; i++) {
      entries.put(name(random, count), random(random, isLarge ? 0 : depth - 1));
    }
    return new Plain(random.nextInt(1000), entries);
  }

  /** Names that sort otherwise than paths do: a, a.b before and behind the slash. */
  private static PathBytes name(Random random, int range) {
    return PathBytes.of("a" + (random.nextBoolean() ? "." : "") + random.nextInt(range + 2));
  }

  @Property(tries = 100)
  void anyEdits_giveWhatWritingTheTreeWholeGives(@ForAll long seed) throws IOException {
    chunks.clear();
    Random random = new Random(seed);
    Plain top = directory(random, 4);
    TreeNode root = write(PathBytes.EMPTY, top);
    Map<PathBytes, TreeEdit> edits = new HashMap<>();
    for (int i = random.nextInt(12); i > 0; i--) {
      List<PathBytes> path = new ArrayList<>();
      Plain above = top;
      Plain at = top;
      while (at != null && at.entries != null && (path.isEmpty() || random.nextInt(4) != 0)) {
        above = at;
        Map<PathBytes, Plain> entries = Objects.requireNonNull(at.entries);
        List<PathBytes> names = List.copyOf(entries.keySet());
        path.add(
            names.isEmpty() || random.nextInt(4) == 0
                ? name(random, 5)
                : names.get(random.nextInt(names.size())));
        at = entries.get(path.get(path.size() - 1));
      }
      PathBytes whole = path.stream().reduce(PathBytes.EMPTY, PathBytes::resolve);
      boolean isNested =
          edits.keySet().stream().anyMatch(p -> p.isAtOrBelow(whole) || whole.isAtOrBelow(p));
      if (isNested) {
        continue;
      }
      PathBytes last = path.get(path.size() - 1);
      Map<PathBytes, Plain> entries = Objects.requireNonNull(above.entries);
      if (random.nextInt(3) == 0) {
        entries.remove(last);
        edits.put(whole, TreeEdit.remove(whole));
      } else {
        Plain put = random(random, 2);
        entries.put(last, put);
        edits.put(whole, TreeEdit.put(whole, write(PathBytes.of("any"), put)));
      }
    }
    assertThat(new TreeEditor(chunks, chunks).apply(root, edits.values()))
        .isEqualTo(write(PathBytes.EMPTY, top));
  }

  @Test
  void directoryAndWhatIsBelowIt_areChangedAtOnce() throws IOException {
    Plain inner = new Plain(3, new TreeMap<>(Map.of(PathBytes.of("old"), new Plain(4, null))));
    Plain top = new Plain(1, new TreeMap<>(Map.of(PathBytes.of("d"), inner)));
    TreeNode root = write(PathBytes.EMPTY, top);
    TreeNode file = node(PathBytes.of("x"), FileType.FIFO, 9, Content.none());

    TreeNode changed =
        new TreeEditor(chunks, chunks)
            .apply(
                root,
                List.of(
                    TreeEdit.put(PathBytes.of("d/new"), file),
                    TreeEdit.remove(PathBytes.of("d/old")),
                    new TreeEdit(
                        PathBytes.of("d"),
                        d ->
                            node(
                                PathBytes.of("d"),
                                FileType.DIRECTORY,
                                7,
                                Objects.requireNonNull(d).content())),
                    new TreeEdit(
                        PathBytes.EMPTY,
                        t ->
                            node(
                                PathBytes.EMPTY,
                                FileType.DIRECTORY,
                                8,
                                Objects.requireNonNull(t).content()))));

    Plain newInner = new Plain(7, new TreeMap<>(Map.of(PathBytes.of("new"), new Plain(9, null))));
    Plain newTop = new Plain(8, new TreeMap<>(Map.of(PathBytes.of("d"), newInner)));
    assertThat(changed).isEqualTo(write(PathBytes.EMPTY, newTop));
  }

  @Test
  void whatIsBelowNoDirectory_canBeRemoved_butNotPut() throws IOException {
    Plain top = new Plain(1, new TreeMap<>(Map.of(PathBytes.of("f"), new Plain(2, null))));
    TreeNode root = write(PathBytes.EMPTY, top);
    TreeEditor editor = new TreeEditor(chunks, chunks);
    TreeNode file = node(PathBytes.of("x"), FileType.FIFO, 9, Content.none());

    assertThat(editor.apply(root, List.of())).isEqualTo(root);
    assertThat(
            editor.apply(
                root,
                List.of(
                    TreeEdit.remove(PathBytes.of("f/x")), TreeEdit.remove(PathBytes.of("g/x/y")))))
        .isEqualTo(root);
    assertThatThrownBy(() -> editor.apply(root, List.of(TreeEdit.put(PathBytes.of("f/x"), file))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no directory");
    assertThatThrownBy(() -> editor.apply(root, List.of(TreeEdit.put(PathBytes.of("g/x"), file))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> editor.apply(root, List.of(TreeEdit.remove(PathBytes.EMPTY))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                editor.apply(
                    root,
                    List.of(
                        TreeEdit.remove(PathBytes.of("f")), TreeEdit.remove(PathBytes.of("/f")))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("twice");
  }
}
