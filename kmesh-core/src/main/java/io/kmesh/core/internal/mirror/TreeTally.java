// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.TreeCopy;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Counts what an export or import did. Thread-safe. */
final class TreeTally {
  private static final long EVERY_BYTES = 4L << 20;

  private final ProgressCount progress;
  private final Outcomes outcomes;

  /** What each thread works at. */
  private final Map<Thread, Step> current = new ConcurrentHashMap<>();

  private final LongAdder files = new LongAdder();
  private final LongAdder directories = new LongAdder();
  private final LongAdder symlinks = new LongAdder();
  private final LongAdder specials = new LongAdder();
  private final LongAdder hardLinks = new LongAdder();
  private final LongAdder equal = new LongAdder();
  private final LongAdder removed = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final NamedProblems failed = new NamedProblems();
  private final NamedProblems notes = new NamedProblems();

  TreeTally(Consumer<TreeCopy.Progress> listener, Outcomes outcomes) {
    this.progress = new ProgressCount(listener, EVERY_BYTES);
    this.outcomes = outcomes;
  }

  /** One entry in the hands of a thread, and what is known of its outcome. */
  private static final class Step {
    private Subject subject;
    private boolean isEqual;
    private boolean isOpen;
    private boolean isLater;
    private long bytes;

    Step(Subject subject) {
      this.subject = subject;
    }
  }

  /** From now on this thread works at an entry. */
  void begin(Subject subject) {
    current.put(Thread.currentThread(), new Step(subject));
  }

  /** The path of the entry at which this thread works became known. */
  void at(PathBytes path) {
    Step step = current.get(Thread.currentThread());
    if (step != null) {
      step.subject = step.subject.at(path);
    }
  }

  /** The entry at which this thread works is not done: its turn comes again, or never. */
  void later() {
    Step step = current.get(Thread.currentThread());
    if (step != null) {
      step.isOpen = true;
      step.isLater = true;
    }
  }

  /** The outcome of the entry at which this thread works is told by somebody else. */
  void told() {
    Step step = current.get(Thread.currentThread());
    if (step != null) {
      step.isOpen = true;
    }
  }

  /** This thread's entry is done, as well as it can be. */
  void end(boolean isThere) {
    Step step = current.remove(Thread.currentThread());
    if (step != null && isThere && !step.isOpen) {
      outcomes.tell(step.isEqual ? What.EQUAL : What.SENT, step.subject, step.bytes);
    }
    if (step == null || !step.isLater) {
      progress.entry();
    }
  }

  void there(FileType type) {
    switch (type) {
      case REGULAR -> files.increment();
      case DIRECTORY -> directories.increment();
      case SYMLINK -> symlinks.increment();
      default -> specials.increment();
    }
  }

  void linked() {
    hardLinks.increment();
  }

  /** A file's content was moved as a whole. */
  void moved(long count) {
    bytes.add(count);
    Step step = current.get(Thread.currentThread());
    if (step != null) {
      step.bytes = count;
    }
  }

  /** Content went by, for the progress. */
  void content(long count) {
    progress.content(count);
  }

  void wasEqual() {
    equal.increment();
    Step step = current.get(Thread.currentThread());
    if (step != null) {
      step.isEqual = true;
    }
  }

  void removed(Subject subject) {
    removed.increment();
    outcomes.tell(What.REMOVED, subject, 0);
  }

  /** Something was left alone on purpose, and that is no failure. */
  void skipped(Subject subject, String message) {
    outcomes.tell(What.SKIPPED, subject, message);
  }

  /** It is known how much there is. */
  void total(long entryCount, long byteCount) {
    progress.total(entryCount, byteCount);
  }

  void tell() {
    progress.tell();
  }

  /** Notes the failure of the entry at which this thread works. */
  void failed(IOException failure) throws IOException {
    Step step = current.get(Thread.currentThread());
    failed(step == null ? new Subject("", null, "") : step.subject, failure);
  }

  /** Notes an entry's failure; one that no other entry can do better with ends everything. */
  void failed(Subject subject, IOException failure) throws IOException {
    if (failure instanceof ProviderException p
        && (p.kind() == ErrorKind.NO_SPACE || p.kind() == ErrorKind.CANCELLED)) {
      throw failure;
    }
    failed(Outcomes.of(failure), subject, String.valueOf(failure.getMessage()));
  }

  /** Notes that an entry is not there, and why. */
  void failed(What what, Subject subject, String message) {
    failed.add(subject.name(), message);
    outcomes.tell(what, subject, message);
  }

  /** What is worth knowing of an entry that is there. */
  void note(String name, String message) {
    notes.add(name, message);
    Step step = current.get(Thread.currentThread());
    outcomes.tell(What.NOTE, step == null ? new Subject(name, null, "") : step.subject, message);
  }

  /** The entry at which this thread works is left as it is on the other side. */
  void left(String name, String message) {
    notes.add(name, message);
    Step step = current.get(Thread.currentThread());
    if (step != null) {
      step.isOpen = true;
    }
    skipped(step == null ? new Subject(name, null, "") : step.subject, message);
  }

  /** What is worth knowing of all entries together; never left out. */
  void sum(Subject subject, String message) {
    notes.addAlways(subject.name(), message);
    outcomes.tell(What.NOTE, subject, message);
  }

  MirrorTreeReport report() {
    return new MirrorTreeReport(
        files.sum(),
        directories.sum(),
        symlinks.sum(),
        specials.sum(),
        hardLinks.sum(),
        bytes.sum(),
        equal.sum(),
        removed.sum(),
        failed.count(),
        failed.sorted(),
        notes.sorted());
  }
}
