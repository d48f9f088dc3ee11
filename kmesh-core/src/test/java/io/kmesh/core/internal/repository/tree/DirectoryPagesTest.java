// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.objects.ChunkNamer;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Directories as pages: all that goes in comes out, and a change in one place is a few pages. */
class DirectoryPagesTest {
  private static final int LARGE = 200_000;

  private final Map<ChunkName, byte[]> chunks = new HashMap<>();
  private final ChunkNamer namer = new ChunkNamer(new byte[32]);
  private int largest;
  private int reads;

  private ChunkName store(byte[] bytes, int offset, int length) {
    ChunkName name = namer.name(bytes, offset, length);
    chunks.put(name, Arrays.copyOfRange(bytes, offset, offset + length));
    largest = Math.max(largest, length);
    return name;
  }

  private byte[] load(ChunkName name) {
    reads++;
    return chunks.get(name);
  }

  private static TreeNode node(String name, int number) {
    return new TreeNode(
        PathBytes.of(name),
        FileType.FIFO,
        0644,
        1,
        2,
        new FileTime(number, 3),
        new FileTime(4, 5),
        number,
        0,
        1,
        List.of(),
        Content.none());
  }

  private static String name(int number) {
    return String.format("f%07d", number);
  }

  private Content.Directory write(Iterable<Integer> numbers) throws IOException {
    DirectoryWriter writer = new DirectoryWriter(this::store);
    for (int number : numbers) {
      writer.add(node(name(number), number));
    }
    return writer.end();
  }

  private List<Integer> read(Content.Directory directory) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    DirectoryReader reader = new DirectoryReader(this::load, directory);
    for (TreeNode node = reader.next(); node != null; node = reader.next()) {
      assertThat(node).isEqualTo(node(name((int) node.inode()), (int) node.inode()));
      numbers.add((int) node.inode());
    }
    return numbers;
  }

  @Property(tries = 60)
  void anyNumbers_comeBack_andAreFound(
      @ForAll Set<@IntRange(max = 9_999_999) Integer> some,
      @ForAll @IntRange(max = 9_000_000) int from,
      @ForAll @IntRange(max = 3000) int more)
      throws IOException {
    TreeSet<Integer> numbers = new TreeSet<>(some);
    for (int i = 0; i < more; i++) {
      numbers.add(from + 3 * i);
    }
    Content.Directory directory = write(numbers);

    assertThat(read(directory)).isEqualTo(List.copyOf(numbers));
    int[] asked = {from, from + 1, from + 3, from + 3 * more - 3, 0, 9_999_999};
    for (int number : asked) {
      assertThat(
              DirectoryReader.find(this::load, directory, PathBytes.of(name(number))).isPresent())
          .isEqualTo(numbers.contains(number));
      TreeNode next =
          DirectoryReader.after(this::load, directory, PathBytes.of(name(number))).next();
      assertThat(next == null ? null : (Integer) (int) next.inode())
          .isEqualTo(numbers.higher(number));
    }
  }

  @Property(tries = 15)
  void oneMoreOrLess_changesFewPages(
      @ForAll @IntRange(min = 1, max = 20_000) int count, @ForAll @IntRange(max = 20_000) int at)
      throws IOException {
    chunks.clear();
    TreeSet<Integer> numbers = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      numbers.add(2 * i);
    }
    write(numbers);
    Set<ChunkName> before = new HashSet<>(chunks.keySet());
    int changed = 2 * (at % count) + 1;
    numbers.add(changed);
    write(numbers);
    numbers.remove(changed);
    numbers.remove(changed - 1);
    write(numbers);

    // Of each: a leaf or two, and one page of each level above.
    assertThat(chunks.size() - before.size()).isLessThanOrEqualTo(2 * (2 + 2));
  }

  @Test
  void largeDirectory_needsPagesOfABoundedSize_andFewReads() throws IOException {
    TreeSet<Integer> numbers = new TreeSet<>();
    for (int i = 0; i < LARGE; i++) {
      numbers.add(i);
    }
    Content.Directory directory = write(numbers);

    assertThat(directory.height()).isBetween(1, 2);
    assertThat(largest).isLessThan((256 << 10) + 4096);
    assertThat(chunks.size()).isBetween(LARGE / 2000, LARGE / 200);
    assertThat(read(directory)).hasSize(LARGE);
    reads = 0;
    assertThat(DirectoryReader.find(this::load, directory, PathBytes.of(name(LARGE - 1))))
        .isPresent();
    assertThat(reads).isEqualTo(directory.height() + 1);
    Set<ChunkName> visited = new HashSet<>();
    new TreeChunks(
            this::load,
            new TreeChunks.Visitor() {
              @Override
              public boolean page(ChunkName name) {
                return visited.add(name);
              }

              @Override
              public void leaf(ChunkName name) {
                throw new AssertionError("FIFOs have no chunks");
              }
            })
        .visit(node("top", 1).named(PathBytes.EMPTY).holding(directory));
    assertThat(visited).isEqualTo(chunks.keySet());
  }

  @Test
  void add_outOfOrderOrTwice_isRefused() throws IOException {
    DirectoryWriter writer = new DirectoryWriter(this::store);
    writer.add(node("b", 1));
    assertThatThrownBy(() -> writer.add(node("a", 2))).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> writer.add(node("b", 2))).isInstanceOf(IllegalArgumentException.class);
  }
}
