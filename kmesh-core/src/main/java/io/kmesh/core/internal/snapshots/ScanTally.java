// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.path.PathBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a scan or a restore did so far. Thread-safe. */
public final class ScanTally {
  private static final int MOST_PROBLEMS = 1000;

  private final LongAdder files = new LongAdder();
  private final LongAdder directories = new LongAdder();
  private final LongAdder others = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder readFiles = new LongAdder();
  private final LongAdder readBytes = new LongAdder();
  private final LongAdder problemCount = new LongAdder();
  private volatile @Nullable String scanReason;
  private final List<SnapshotProblem> problems = new ArrayList<>();

  /** Begins anew. */
  void clear() {
    recount();
    List.of(readFiles, readBytes).forEach(LongAdder::reset);
  }

  /** Counts what is met anew; what was read stays. */
  public void recount() {
    List.of(files, directories, others, bytes, problemCount).forEach(LongAdder::reset);
    synchronized (problems) {
      problems.clear();
    }
  }

  /** Counts a regular file. */
  public void file(long size) {
    files.increment();
    bytes.add(size);
  }

  /** Adds to what is there, or takes away, without anything being met. */
  void known(long moreFiles, long moreDirectories, long moreOthers, long moreBytes) {
    files.add(moreFiles);
    directories.add(moreDirectories);
    others.add(moreOthers);
    bytes.add(moreBytes);
  }

  /** Says why all was walked though a changelog was given. */
  void scanned(String reason) {
    scanReason = reason;
  }

  /** Why all was walked though a changelog was given; empty when it was not, or none was. */
  public Optional<String> scanReason() {
    return Optional.ofNullable(scanReason);
  }

  void directory() {
    directories.increment();
  }

  void other() {
    others.increment();
  }

  void read(long size) {
    readFiles.increment();
    readBytes.add(size);
  }

  void problem(PathBytes path, String reason) {
    problemCount.increment();
    synchronized (problems) {
      if (problems.size() < MOST_PROBLEMS) {
        problems.add(new SnapshotProblem(path, reason));
      }
    }
  }

  /** Regular files. */
  public long files() {
    return files.sum();
  }

  /** Directories. */
  public long directories() {
    return directories.sum();
  }

  /** Links, devices and the like. */
  public long others() {
    return others.sum();
  }

  /** The bytes of all regular files. */
  public long bytes() {
    return bytes.sum();
  }

  /** Files whose content was read or written. */
  public long readFiles() {
    return readFiles.sum();
  }

  /** The bytes that were read or written. */
  public long readBytes() {
    return readBytes.sum();
  }

  /** How many problems there were. */
  public long problemCount() {
    return problemCount.sum();
  }

  /** The first thousand problems. */
  public List<SnapshotProblem> problems() {
    synchronized (problems) {
      return List.copyOf(problems);
    }
  }
}
