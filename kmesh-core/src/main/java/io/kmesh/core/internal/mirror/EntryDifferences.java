// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorOutcome.Difference;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.Sha256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * Compares what a stat says with what an object says. Access times are not compared, nor what a
 * link has for a mode. Of an object of somebody else only what it says counts.
 */
final class EntryDifferences {
  private static final Map<String, String> NAMES =
      Map.of(
          MirrorAttributes.MODE, "mode",
          MirrorAttributes.UID, "uid",
          MirrorAttributes.GID, "gid",
          MirrorAttributes.MTIME, "mtime",
          MirrorAttributes.SIZE, "size",
          MirrorAttributes.RDEV, "rdev",
          MirrorAttributes.LINKS, "links");

  private static final int LONGEST_VALUE = 256;

  private final List<Difference> found = new ArrayList<>();

  List<Difference> found() {
    return found;
  }

  /** Notes values that are not the same; says whether they are. */
  boolean compare(String attribute, String tree, String store) {
    if (tree.equals(store)) {
      return true;
    }
    found.add(new Difference(attribute, tree, store));
    return false;
  }

  /** Compares all that a stat has. */
  void attributes(FileStat stat, StoredEntry stored) {
    MirrorAttributes here = MirrorAttributes.of(stat);
    if (!compare("type", here.type(), stored.attributes().type())) {
      return;
    }
    for (String name : new TreeSet<>(NAMES.keySet())) {
      String text = stored.attributes().text(name).orElse("");
      boolean isSaid = !text.isEmpty() || stored.isOwn();
      boolean isLinkMode = name.equals(MirrorAttributes.MODE) && stat.type() == FileType.SYMLINK;
      boolean isForeignLinks = name.equals(MirrorAttributes.LINKS) && !stored.isOwn();
      if (isSaid && !isLinkMode && !isForeignLinks) {
        compare(NAMES.getOrDefault(name, name), here.text(name).orElse(""), text);
      }
    }
  }

  /** Compares extended attributes; others have no words for them. */
  void xattrs(SortedMap<PathBytes, byte[]> here, StoredEntry stored) throws ProviderException {
    if (!stored.isOwn()) {
      return;
    }
    SortedMap<PathBytes, byte[]> there = stored.attributes().xattrs();
    TreeSet<PathBytes> names = new TreeSet<>(here.keySet());
    names.addAll(there.keySet());
    for (PathBytes name : names) {
      byte[] tree = here.get(name);
      byte[] store = there.get(name);
      if (tree == null || store == null || !Arrays.equals(tree, store)) {
        found.add(new Difference("xattr " + name, shown(tree), shown(store)));
      }
    }
  }

  private static String shown(byte @org.jspecify.annotations.Nullable [] value) {
    if (value == null) {
      return "";
    }
    return value.length <= LONGEST_VALUE
        ? "base64 " + Base64.getEncoder().encodeToString(value)
        : "sha256 " + new Sha256(Content.newDigest().digest(value));
  }
}
