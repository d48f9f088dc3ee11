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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

  /** How many bytes of a file tell whether it is a marker. */
  static final int ENOUGH = 24;

  private static final Pattern BEGIN = Pattern.compile("kmesh restore [0-9]{1,9} ");

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

  /** Whether a file that begins so is a marker, of any restore and version. */
  static boolean isMark(byte[] bytes, int offset, int length) {
    return BEGIN.matcher(text(bytes, offset, length)).lookingAt();
  }

  /** Whether a file that begins so may be a marker that a crash tore. */
  static boolean isTorn(byte[] bytes, int offset, int length) {
    String text = text(bytes, offset, length);
    Matcher matcher = BEGIN.matcher(text);
    return matcher.lookingAt() || matcher.hitEnd() || text.chars().allMatch(c -> c == 0);
  }

  private static String text(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, Math.min(length, ENOUGH), StandardCharsets.ISO_8859_1);
  }
}
