// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.tree.ChunkLists;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The names that the marker of a restore may have, and what a stored directory has of these names.
 *
 * @param free those that no entry to restore has, the first of which is to be preferred
 * @param marks those of markers that were taken with the directory: nothing of the user's
 */
record MarkerNames(List<PathBytes> free, Set<PathBytes> marks) {
  /** Several, since a user's file may have one. */
  static final List<PathBytes> ALL =
      List.of(
          PathBytes.of(".kmesh-restore"),
          PathBytes.of(".kmesh-restore~1"),
          PathBytes.of(".kmesh-restore~2"),
          PathBytes.of(".kmesh-restore~3"));

  private static final String BEGIN = "kmesh restore ";

  /** How many bytes of a file tell whether it is a marker. */
  static final int ENOUGH = BEGIN.length();

  /** Those of a stored directory. */
  static MarkerNames of(ChunkReader chunks, TreeNode node) throws IOException {
    List<PathBytes> free = new ArrayList<>();
    Set<PathBytes> marks = new LinkedHashSet<>();
    for (PathBytes name : ALL) {
      Optional<TreeNode> stored =
          node.content() instanceof Content.Directory directory
              ? DirectoryReader.find(chunks, directory, name)
              : Optional.empty();
      boolean isMark = stored.isPresent() && isMark(chunks, stored.get());
      if (isMark) {
        marks.add(name);
      }
      if (stored.isEmpty() || isMark) {
        free.add(name);
      }
    }
    return new MarkerNames(List.copyOf(free), Set.copyOf(marks));
  }

  private static boolean isMark(ChunkReader chunks, TreeNode stored) throws IOException {
    if (!(stored.content() instanceof Content.Data data)) {
      return false;
    }
    boolean[] isMark = {false};
    ChunkLists.visit(
        data.chunks(),
        chunks,
        0,
        1,
        (chunk, offset, length) ->
            chunks.read(chunk, (bytes, from, count) -> isMark[0] = isMark(bytes, from, count)));
    return isMark[0];
  }

  /** Whether a file that begins so is a marker, whose ever. */
  static boolean isMark(byte[] bytes, int offset, int length) {
    return length >= ENOUGH
        && new String(bytes, offset, ENOUGH, StandardCharsets.ISO_8859_1).equals(BEGIN);
  }

  /** Whether a file that begins so, up to {@link #ENOUGH}, may be a marker that a crash tore. */
  static boolean isTorn(byte[] bytes, int offset, int length) {
    String text = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
    return BEGIN.startsWith(text) || text.chars().allMatch(c -> c == 0);
  }
}
