// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.LustreChangelogs;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What records of changelogs hint at: objects and names that may have changed. Nothing is played
 * again; between MDTs nothing is ordered.
 */
final class ChangelogHints {
  private static final int BATCH = 1000;
  private static final int MOST = 2_000_000;
  private static final Set<ChangelogType> NOTHING =
      Set.of(
          ChangelogType.MARK,
          ChangelogType.OPEN,
          ChangelogType.ATIME,
          ChangelogType.GXATR,
          ChangelogType.NOPEN);
  private static final Set<ChangelogType> WITHOUT_BYTES =
      Set.of(
          ChangelogType.HLINK,
          ChangelogType.UNLNK,
          ChangelogType.RENME,
          ChangelogType.LYOUT,
          ChangelogType.SATTR,
          ChangelogType.XATTR,
          ChangelogType.CTIME,
          ChangelogType.HSM);
  private static final Set<ChangelogType> UNKNOWN = Set.of(ChangelogType.MIGRT, ChangelogType.EXT);

  /** A name in a directory. */
  record Name(Fid parent, PathBytes name) {}

  private final Set<Fid> objects = new HashSet<>();
  private final Set<Fid> bytes = new HashSet<>();
  private final Set<Fid> made = new HashSet<>();
  private final Set<Name> names = new HashSet<>();
  private final Map<Fid, Name> places = new HashMap<>();
  private final Map<Integer, Long> read = new TreeMap<>();
  private int records;

  private ChangelogHints() {}

  /** The index of the last record of each MDT; from an index on where one is known. */
  static Map<Integer, Long> ends(ChangelogSource source, Map<Integer, Long> from)
      throws IOException {
    Map<Integer, Long> ends = new TreeMap<>();
    for (int mdt : source.lustre().identity().mdts()) {
      long last = from.getOrDefault(mdt, 0L);
      try (ChangelogCursor cursor = source.lustre().changelogs().open(mdt, last + 1)) {
        List<ChangelogRecord> some = cursor.next(BATCH);
        for (; !some.isEmpty(); some = cursor.next(BATCH)) {
          last = some.get(some.size() - 1).index();
        }
      }
      ends.put(mdt, last);
    }
    return ends;
  }

  /**
   * Reads what is behind a state.
   *
   * @param isProving whether it has to be shown that all behind it was kept
   */
  static ChangelogHints behind(ChangelogSource source, ChangelogState state, boolean isProving)
      throws IOException, ScanNeededException {
    ChangelogHints hints = new ChangelogHints();
    LustreChangelogs logs = source.lustre().changelogs();
    for (Map.Entry<Integer, Long> mdt : state.read().entrySet()) {
      if (isProving) {
        requireKept(source, logs, mdt.getKey(), mdt.getValue());
      }
      long last = mdt.getValue();
      try (ChangelogCursor cursor = logs.open(mdt.getKey(), last + 1)) {
        List<ChangelogRecord> some = cursor.next(BATCH);
        for (; !some.isEmpty(); some = cursor.next(BATCH)) {
          for (ChangelogRecord record : some) {
            hints.add(record);
            last = record.index();
          }
        }
      }
      hints.read.put(mdt.getKey(), last);
    }
    return hints;
  }

  /** A user that is still there kept all behind what it cleared: clearing that again proves it. */
  private static void requireKept(
      ChangelogSource source, LustreChangelogs logs, int mdt, long index)
      throws IOException, ScanNeededException {
    String user = source.users().get(mdt);
    if (user == null) {
      throw new ScanNeededException("there is no changelog user of MDT " + mdt);
    }
    if (index == 0) {
      throw new ScanNeededException("the changelog of MDT " + mdt + " had no record before");
    }
    try {
      logs.clear(mdt, user, index);
    } catch (ProviderException e) {
      if (e.errno().filter(n -> n.equals(Errno.ENOENT) || n.equals(Errno.EINVAL)).isEmpty()) {
        throw e;
      }
      throw new ScanNeededException(
          "the changelog of MDT "
              + mdt
              + " does not go back to record "
              + index
              + ": "
              + e.getMessage());
    }
  }

  private void add(ChangelogRecord record) throws ScanNeededException {
    Optional<ChangelogType> type = record.type();
    if (type.isEmpty() || UNKNOWN.contains(type.get())) {
      throw new ScanNeededException(
          "record "
              + record.index()
              + " of MDT "
              + record.mdt()
              + " is of the type "
              + type.map(Enum::name).orElse("" + record.typeCode()));
    }
    if (NOTHING.contains(type.get())) {
      return;
    }
    if (++records > MOST) {
      throw new ScanNeededException("there are more than " + MOST + " records");
    }
    object(record.fid());
    if (!WITHOUT_BYTES.contains(type.get())) {
      bytes.add(record.fid());
    }
    if (type.get() == ChangelogType.MKDIR) {
      made.add(record.fid());
    }
    name(record.parent(), record.name());
    if (type.get() == ChangelogType.RMDIR) {
      places.putIfAbsent(record.fid(), new Name(record.parent(), record.name()));
    }
    ChangelogRecord.RenameSource source = record.rename();
    if (source != null) {
      object(source.fid());
      name(source.parent(), source.name());
      places.putIfAbsent(source.fid(), new Name(source.parent(), source.name()));
    }
  }

  private void object(Fid fid) {
    if (!fid.equals(Fid.ZERO)) {
      objects.add(fid);
    }
  }

  private void name(Fid parent, PathBytes name) {
    if (!parent.equals(Fid.ZERO)) {
      objects.add(parent);
      if (!name.isEmpty()) {
        names.add(new Name(parent, name));
      }
    }
  }

  /** All that may have changed. */
  Set<Fid> objects() {
    return objects;
  }

  /** Whether bytes of a file may have changed. */
  boolean hasOtherBytes(Fid fid) {
    return bytes.contains(fid);
  }

  /** Whether a directory was made since. */
  boolean isMade(Fid fid) {
    return made.contains(fid);
  }

  /** Names that were given or taken. */
  Set<Name> names() {
    return names;
  }

  /** Where something was before it was first moved, or when it was removed. */
  Optional<Name> placeBefore(Fid fid) {
    return Optional.ofNullable(places.get(fid));
  }

  /** How far was read. */
  Map<Integer, Long> read() {
    return read;
  }
}
