// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The folder with the runs of one place: {@code answers}, the newer {@code run-N}, and files that
 * are being written. Held by one user at a time. For one thread.
 */
final class RunFolder {
  private static final String ANSWERS = "answers";
  private static final String LOCK = "lock";
  private static final String NEW = ".new";
  private static final String TEMPORARY = "kmesh-mirror-";
  private static final Pattern RUN = Pattern.compile("run-[0-9a-f]{16}");

  /** The most runs that are read at once. */
  private static final int MOST = 64;

  /** What this process holds. */
  private static final Set<Path> HELD = new HashSet<>(); // guarded by itself

  private final CacheFiles files;
  private final Path folder;
  private final RunPlace place;
  private final boolean isTemporary;
  private final @Nullable FileChannel lock;
  private final @Nullable Path held;
  private final List<Path> runs = new ArrayList<>(); // the oldest first
  private long next = 1;

  private RunFolder(
      CacheFiles files,
      Path folder,
      RunPlace place,
      boolean isTemporary,
      @Nullable FileChannel lock,
      @Nullable Path held) {
    this.files = files;
    this.folder = folder;
    this.place = place;
    this.isTemporary = isTemporary;
    this.lock = lock;
    this.held = held;
  }

  /** A folder that goes with its user, or when the next one begins after that was killed. */
  static RunFolder temporary(CacheFiles files, RunPlace place) throws IOException {
    Path made = files.temporaryFolder();
    // It has this name once it is locked: nobody takes it for one that was left.
    Path folder = made.resolveSibling(TEMPORARY + made.getFileName().toString().substring(17));
    FileChannel lock = files.lock(made.resolve(LOCK));
    synchronized (HELD) {
      HELD.add(folder);
    }
    boolean isOpen = false;
    try {
      files.rename(made, folder);
      isOpen = true;
    } finally {
      if (!isOpen) {
        if (lock != null) {
          lock.close();
        }
        release(folder);
      }
    }
    removeLeft(files, folder);
    return new RunFolder(files, folder, place, true, lock, folder);
  }

  /** Removes what killed processes left beside a folder. */
  private static void removeLeft(CacheFiles files, Path own) {
    List<Path> left;
    try {
      left = files.foldersBeside(own, TEMPORARY);
    } catch (IOException e) {
      return; // the next one looks again
    }
    for (Path folder : left) {
      synchronized (HELD) {
        if (!HELD.add(folder)) {
          continue;
        }
      }
      try (FileChannel lock = files.lock(folder.resolve(LOCK))) {
        if (lock != null) {
          for (String name : files.names(folder)) {
            if (name.endsWith(NEW)) {
              files.delete(folder.resolve(name));
            }
          }
          files.delete(folder.resolve(LOCK));
          files.delete(folder);
        }
      } catch (IOException e) {
        // In use by another one that does the same, or not to be had: it stays for the next.
        continue;
      } finally {
        release(folder);
      }
    }
  }

  /** Opens the folder of a place below another one; null when somebody has it open. */
  static @Nullable RunFolder open(CacheFiles files, Path above, RunPlace place) throws IOException {
    Path folder = above.resolve(place.folder());
    files.makeFolder(folder);
    Path real = folder.toRealPath();
    synchronized (HELD) {
      if (!HELD.add(real)) {
        return null;
      }
    }
    boolean isOpen = false;
    FileChannel lock = null;
    try {
      lock = files.lock(real.resolve(LOCK));
      if (lock == null) {
        return null;
      }
      RunFolder opened = new RunFolder(files, real, place, false, lock, real);
      opened.look();
      isOpen = true;
      return opened;
    } finally {
      if (!isOpen) {
        if (lock != null) {
          lock.close();
        }
        release(real);
      }
    }
  }

  private static void release(Path real) {
    synchronized (HELD) {
      HELD.remove(real);
    }
  }

  private void look() throws IOException {
    boolean hasAnswers = false;
    for (String name : files.names(folder)) {
      if (name.endsWith(NEW)) {
        files.delete(folder.resolve(name)); // a process that ended left it
      } else if (name.equals(ANSWERS)) {
        hasAnswers = true;
      } else if (RUN.matcher(name).matches()) {
        runs.add(folder.resolve(name));
        next = Math.max(next, Long.parseUnsignedLong(name.substring(4), 16) + 1);
      }
    }
    if (hasAnswers) {
      runs.add(0, folder.resolve(ANSWERS));
    }
  }

  RunPlace place() {
    return place;
  }

  Path path() {
    return folder;
  }

  boolean isTemporary() {
    return isTemporary;
  }

  /** The runs that are there, the oldest first. */
  List<Path> runs() {
    return List.copyOf(runs);
  }

  /** A file that means nothing yet. */
  Path unfinished(String name) {
    return folder.resolve(name + NEW);
  }

  FileChannel create(Path file) throws IOException {
    return files.create(file);
  }

  /** Opens runs as one; of two answers for a key the one of the later run is the newer one. */
  RunMerge merge(List<Path> oldestFirst) throws IOException {
    List<RunReader> readers = new ArrayList<>();
    try {
      for (int i = oldestFirst.size() - 1; i >= 0; i--) {
        readers.add(new RunReader(files.open(oldestFirst.get(i)), place));
      }
      return new RunMerge(readers);
    } catch (IOException | RuntimeException e) {
      for (RunReader reader : readers) {
        reader.close();
      }
      throw e;
    }
  }

  /** Adds what is newer than all before, in order. */
  void add(Iterable<CachedAnswer> sorted) throws IOException {
    String name = String.format(Locale.ROOT, "run-%016x", next);
    Path file = unfinished(name);
    write(file, sorted);
    Path run = folder.resolve(name);
    files.rename(file, run);
    next++;
    runs.add(run);
  }

  /** Writes a run that means nothing yet. */
  void write(Path file, Iterable<CachedAnswer> sorted) throws IOException {
    try (RunWriter writer = new RunWriter(create(file), place, null)) {
      for (CachedAnswer answer : sorted) {
        writer.add(answer);
      }
      writer.end();
    }
  }

  /**
   * From now on the answers are these, and what is newer than them.
   *
   * @param base a run that means nothing yet
   * @param included runs whose answers it has
   */
  void replace(Path base, List<Path> included) throws IOException {
    List<Path> newer = new ArrayList<>(runs);
    newer.removeAll(included);
    Path last = base;
    if (!newer.isEmpty()) {
      List<Path> all = new ArrayList<>(newer);
      all.add(0, base);
      last = few(all, 1, lost -> {}).get(0);
    }
    Path answers = folder.resolve(ANSWERS);
    files.rename(last, answers);
    for (Path old : runs) {
      if (!old.equals(answers)) {
        files.delete(old);
      }
    }
    if (!last.equals(base)) {
      files.delete(base);
    }
    runs.clear();
    runs.add(answers);
  }

  /** Hears what was damaged of runs. */
  @FunctionalInterface
  interface Damages {
    void found(List<String> damages) throws IOException;
  }

  /** Merges runs, the oldest first, into so many; what becomes less means nothing yet. */
  List<Path> few(List<Path> oldestFirst, int most, Damages damages) throws IOException {
    List<Path> left = new ArrayList<>(oldestFirst);
    for (int number = 1; left.size() > Math.min(most, MOST); number++) {
      List<Path> some = List.copyOf(left.subList(0, Math.min(MOST, left.size())));
      Path merged = unfinished("merged-" + number);
      try (RunMerge merge = merge(some);
          RunWriter writer = new RunWriter(create(merged), place, null)) {
        for (List<CachedAnswer> same = merge.next(); same != null; same = merge.next()) {
          writer.add(same.get(0));
        }
        writer.end();
        damages.found(merge.damages());
      }
      left.subList(0, some.size()).clear();
      left.add(0, merged);
    }
    return left;
  }

  /** The most runs that {@link #merge} takes. */
  static int mostAtOnce() {
    return MOST;
  }

  /** Removes what means nothing, and a temporary folder whole; says what could not be done. */
  void close(Consumer<IOException> trouble) {
    try {
      for (String name : files.names(folder)) {
        if (name.endsWith(NEW) || isTemporary) {
          files.delete(folder.resolve(name));
        }
      }
      if (isTemporary) {
        files.delete(folder);
      }
    } catch (IOException e) {
      trouble.accept(e);
    } finally {
      unlock(trouble);
    }
  }

  private void unlock(Consumer<IOException> trouble) {
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      trouble.accept(e);
    } finally {
      if (held != null) {
        release(held);
      }
    }
  }
}
