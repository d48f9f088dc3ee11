// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.mirror.ReportLines;
import io.kmesh.engine.MirrorOutcome.What;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads what {@code kmesh mirror … --report FILE} wrote (docs/format/mirror-report.md), line by
 * line: the memory that it takes does not grow with the report. A report may be read while its
 * command goes on, or after that was killed: what is not there to its last line is {@link
 * State#UNFINISHED}. Not thread-safe.
 *
 * <pre>{@code
 * try (MirrorReportReader report = MirrorReportReader.of(in, "pushed.ndjson")) {
 *   for (Optional<Entry> next; (next = report.next()).isPresent(); ) {
 *     MirrorOutcome outcome = next.get().outcome();
 *     ...
 *   }
 *   if (report.end().state() != State.DONE) ...
 * }
 * }</pre>
 */
public final class MirrorReportReader implements Closeable {
  private final ReportLines lines;
  private final Head head;
  private final Map<What, Long> counts = new EnumMap<>(What.class);
  private long bytes;
  private long passedOver;
  private boolean isOver;
  private State state = State.UNFINISHED;

  /**
   * What is reported.
   *
   * @param command {@code push}, {@code pull}, {@code verify} or {@code translate}
   * @param from the directory, or the store's URL without its options, that is read; of {@code
   *     verify} the directory
   * @param to what is written, or compared with
   * @param begun when the command began
   */
  public record Head(String command, String from, String to, Instant begun) {}

  /**
   * What became of one entry.
   *
   * @param outcome as the command's listeners hear it; its key is the one below {@code to}, or
   *     {@code from} of a pull
   * @param target of a translation the whole key in the target's bucket; empty where it was not
   *     found out
   * @param copied who moved the bytes of a translation that was sent
   * @param losses what a reader of a translation's dialect will not see
   */
  public record Entry(MirrorOutcome outcome, String target, Copied copied, List<String> losses) {
    /** Copies the list. */
    public Entry {
      losses = List.copyOf(losses);
    }
  }

  /** Who moved the bytes of an object that was translated. */
  public enum Copied {
    /** Nobody, or it is not said: all that is no translation. */
    NOT_SAID,
    /** The store copied it. */
    BY_STORE,
    /** The bytes went through the command. */
    HERE
  }

  /** How a command ended. */
  public enum State {
    /** It came to its end; entries may have failed. */
    DONE,
    /** Somebody interrupted it. */
    INTERRUPTED,
    /** It could not go on. */
    FAILED,
    /** The report has no last line: the command was killed, or goes on. */
    UNFINISHED
  }

  /**
   * How the command ended and what was read. Lines that were never written whole do not count.
   *
   * @param state how it ended
   * @param bytes of content that were sent or brought
   * @param counts entries by what became of them, notes too; only what there was
   * @param passedOver lines whose {@code what} this build does not know
   */
  public record End(State state, long bytes, Map<What, Long> counts, long passedOver) {
    /** Copies the map. */
    public End {
      EnumMap<What, Long> copy = new EnumMap<>(What.class);
      copy.putAll(counts);
      counts = Collections.unmodifiableMap(copy);
    }

    /** How often something became of an entry. */
    public long count(What what) {
      return counts.getOrDefault(what, 0L);
    }
  }

  private MirrorReportReader(ReportLines lines) throws IOException {
    this.lines = lines;
    this.head = lines.head();
  }

  /**
   * Begins to read; the reader closes the stream, also when this fails.
   *
   * @param name the report's, for errors
   * @throws io.kmesh.spi.ProviderException INVALID when it is no report, or one of a version that
   *     this build does not know; CORRUPT when its first line is damaged or not whole
   */
  public static MirrorReportReader of(InputStream in, String name) throws IOException {
    try {
      return new MirrorReportReader(new ReportLines(in, name));
    } catch (IOException | RuntimeException e) {
      try (in) {
        throw e;
      }
    }
  }

  /** What is reported. */
  public Head head() {
    return head;
  }

  /**
   * The next entry, in the order of the file; empty at the end, and from then on. Lines of entries
   * come in any order, and values of {@code what} that are not known are passed over.
   *
   * @throws io.kmesh.spi.ProviderException CORRUPT when a whole line is damaged, or when the last
   *     line counts other entries than there are
   */
  public Optional<Entry> next() throws IOException {
    while (!isOver) {
      ReportLines.Line line = lines.next().orElse(null);
      ReportLines.Ended ended = line == null ? null : line.endOrNull();
      Entry entry = line == null ? null : line.entryOrNull();
      if (line == null) {
        isOver = true;
      } else if (ended != null) {
        isOver = true;
        state = lines.requireEnd(ended, bytes, counts);
      } else if (entry == null) {
        passedOver++;
      } else {
        What what = entry.outcome().what();
        counts.merge(what, 1L, Long::sum);
        bytes += what == What.SENT ? entry.outcome().bytes() : 0;
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  /**
   * How the command ended; reads what is left.
   *
   * @throws io.kmesh.spi.ProviderException as {@link #next} does
   */
  public End end() throws IOException {
    while (!isOver) {
      next();
    }
    return new End(state, bytes, counts, passedOver);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
