// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What three trees come to, path by path, by rules that know of no steps, no overlay and no
 * renames: for trees in which nothing was renamed and no file has several names.
 */
final class MergeOracle {
  private static final Pattern LINE =
      Pattern.compile(
          "(\\S+) (directory|to .*?|size \\d+ crc \\d+)(?: at (\\S+))?(?: links \\d+)?");

  private final Map<String, Entry> base;
  private final Map<String, Entry> ours;
  private final Map<String, Entry> theirs;
  private final boolean prefersOurs;
  private final Set<String> conflicts = new TreeSet<>();

  private record Entry(String mode, String content, String at) {
    String type() {
      return content.split(" ", 2)[0];
    }

    boolean isDirectory() {
      return content.equals("directory");
    }
  }

  MergeOracle(
      Map<String, String> base,
      Map<String, String> ours,
      Map<String, String> theirs,
      boolean prefersOurs) {
    this.base = parse(base);
    this.ours = parse(ours);
    this.theirs = parse(theirs);
    this.prefersOurs = prefersOurs;
  }

  static Map<String, String> facts(Path top) throws IOException {
    Map<String, String> all = new TreeMap<>();
    CopyModelTest.facts(top)
        .forEach((path, line) -> all.put(path, line.replaceAll(" links.*", "")));
    return all;
  }

  private static Map<String, Entry> parse(Map<String, String> facts) {
    Map<String, Entry> all = new TreeMap<>();
    facts.forEach(
        (path, line) -> {
          Matcher m = LINE.matcher(line);
          if (!m.matches()) {
            throw new AssertionError(line);
          }
          all.put(path, new Entry(m.group(1), m.group(2), String.valueOf(m.group(3))));
        });
    return all;
  }

  private static String print(Entry e) {
    return e.mode() + " " + e.content() + (e.at().equals("null") ? "" : " at " + e.at());
  }

  private static String parent(String path) {
    return path.indexOf('/') < 0 ? "" : path.substring(0, path.lastIndexOf('/'));
  }

  Map<String, String> merged() {
    Set<String> paths = new TreeSet<>(base.keySet());
    paths.addAll(ours.keySet());
    paths.addAll(theirs.keySet());
    Map<String, Entry> result = new TreeMap<>();
    for (String path : paths) {
      Entry entry = merge(path, base.get(path), ours.get(path), theirs.get(path));
      if (entry != null && !isDropped(path)) {
        result.put(path, entry);
      }
    }
    Map<String, Entry> preferred = prefersOurs ? ours : theirs;
    for (String path : Set.copyOf(result.keySet())) {
      for (String above = parent(path); !above.isEmpty(); above = parent(above)) {
        Entry there = result.get(above);
        if (there == null || !there.isDirectory()) {
          result.put(above, Objects.requireNonNull(preferred.get(above), above + " of " + path));
        }
      }
    }
    Map<String, String> lines = new TreeMap<>();
    result.forEach((path, entry) -> lines.put(path, print(entry)));
    return lines;
  }

  /** Whether a new entry of the side that gives way has no directory to be in. */
  private boolean isDropped(String path) {
    Map<String, Entry> kept = prefersOurs ? ours : theirs;
    if (base.containsKey(path) || kept.containsKey(path)) {
      return false;
    }
    Map<String, Entry> other = prefersOurs ? theirs : ours;
    for (String above = parent(path); !above.isEmpty(); above = parent(above)) {
      Entry here = kept.get(above);
      Entry before = base.get(above);
      boolean isReplaced =
          before != null
              && other.get(above) != null
              && !before.type().equals(other.get(above).type());
      if (here != null && !here.isDirectory()) {
        return !(before != null && here.equals(before) && isReplaced);
      }
      if (here == null && before != null && !isReplaced) {
        return true;
      }
      boolean isAlike = here != null && here.type().equals(other.get(above).type());
      if (prefersOurs
          && before != null
          && (here == null || (!here.type().equals(before.type()) && !isAlike))) {
        return true;
      }
    }
    return false;
  }

  private Entry merge(String path, Entry b, Entry o, Entry t) {
    if (Objects.equals(o, b) || Objects.equals(o, t)) {
      return t;
    }
    if (Objects.equals(t, b)) {
      return o;
    }
    if (t == null && o != null && b != null && !o.type().equals(b.type())) {
      return o;
    }
    if (o == null
        || t == null
        || b == null
        || !o.type().equals(t.type())
        || !o.type().equals(b.type())) {
      return conflict(path, o, t);
    }
    boolean isOurs = !o.content().equals(b.content());
    boolean isTheirs = !t.content().equals(b.content());
    boolean isTouched = !o.at().equals(b.at());
    boolean isTouchedThere = !t.at().equals(b.at());
    if ((isOurs && isTheirs && !o.content().equals(t.content()))
        || (!o.mode().equals(b.mode()) && !t.mode().equals(b.mode()) && !o.mode().equals(t.mode()))
        || (!isOurs && !isTheirs && isTouched && isTouchedThere && !o.at().equals(t.at()))) {
      return conflict(path, o, t);
    }
    boolean isWritten = isOurs && !isTheirs;
    return new Entry(
        o.mode().equals(b.mode()) ? t.mode() : o.mode(),
        isOurs ? o.content() : t.content(),
        isTouched && (isWritten || !isTouchedThere) ? o.at() : t.at());
  }

  private Entry conflict(String path, Entry o, Entry t) {
    conflicts.add(path);
    return prefersOurs ? o : t;
  }

  /** The paths of which both sides changed something. */
  Set<String> conflicts() {
    return conflicts;
  }
}
