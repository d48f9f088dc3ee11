// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a store said of the objects below a prefix, for one pass over them: first the store is
 * listed, and what is known counts as far as the listing confirms it; then what the store answers
 * and takes is noted for the next pass. It never fails a pass: what can't be read or written is
 * noted, and asked for again. Memory does not grow with the number of objects. After {@link #list}
 * thread-safe; docs/design/mirrors.md.
 */
public final class AnswerCache implements Closeable {
  /**
   * An object that changed so shortly before it was asked for may change again without a trace in
   * the listing, whose times have whole seconds. The rest is for clocks that differ.
   */
  static final Duration YOUNG = Duration.ofSeconds(60);

  /** What the Date of an answer may be ahead of the time that the object gets. */
  private static final Duration ROUNDED = Duration.ofSeconds(2);

  /** When an object was stored that took longer than this is not known. */
  private static final Duration LONGEST = Duration.ofHours(1);

  /** Of answers that wait in memory. */
  private static final int BUFFER = 4 << 20;

  private static final int OVERHEAD = 64;
  private static final Duration REST_OF_SECOND = Duration.ofNanos(999_999_999);

  private final RunFolder folder;
  private final KmeshTime time;
  private final boolean believesSent;
  private final Predicate<String> isEntry;
  private final Consumer<String> notes;
  private final int bufferBytes;
  private final TreeMap<byte[], CachedAnswer> fresh =
      new TreeMap<>(Arrays::compareUnsigned); // guarded by this
  private int freshBytes; // guarded by this
  private volatile boolean isBroken;
  private boolean isNoted; // guarded by this
  private @Nullable Path listed;
  private @Nullable FileChannel listedChannel;
  private List<Path> included = List.of();
  private volatile @Nullable RunLookup lookup;

  /** Pages of a listing. */
  @FunctionalInterface
  public interface Pages {
    /** The next page, of objects by whole keys; null behind the last. */
    @Nullable List<ObjectInfo> next() throws IOException;
  }

  /** Hears of objects that are listed, in the order of their keys. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Takes one.
     *
     * @param key without the prefix
     * @param info what the listing says of it, or all that is known
     * @param isKnown whether it need not be asked for
     */
    void visit(String key, ObjectInfo info, boolean isKnown) throws IOException;
  }

  private AnswerCache(
      RunFolder folder,
      KmeshTime time,
      boolean believesSent,
      Predicate<String> isEntry,
      Consumer<String> notes,
      int bufferBytes) {
    this.folder = folder;
    this.time = time;
    this.believesSent = believesSent;
    this.isEntry = isEntry;
    this.notes = notes;
    this.bufferBytes = bufferBytes;
  }

  /**
   * Opens the cache of a prefix.
   *
   * @param above the folder of all caches; null for one that goes with this object
   * @param time says which answers are of young objects
   * @param believesSent whether what was sent counts too, and not only what the store answered
   * @param isEntry whether a key, without the prefix, is noted at all
   * @param notes hears, once, why the cache can't be used
   * @return empty when it can't be used
   */
  public static Optional<AnswerCache> open(
      @Nullable Path above,
      String store,
      String prefix,
      KmeshTime time,
      boolean believesSent,
      Predicate<String> isEntry,
      Consumer<String> notes) {
    return open(
        CacheFiles.SYSTEM,
        above,
        new RunPlace(store, prefix),
        time,
        believesSent,
        isEntry,
        notes,
        BUFFER);
  }

  static Optional<AnswerCache> open(
      CacheFiles files,
      @Nullable Path above,
      RunPlace place,
      KmeshTime time,
      boolean believesSent,
      Predicate<String> isEntry,
      Consumer<String> notes,
      int bufferBytes) {
    try {
      RunFolder folder =
          above == null ? RunFolder.temporary(files, place) : RunFolder.open(files, above, place);
      if (folder == null) {
        notes.accept(
            "The cache in "
                + above
                + " is in use by another pass: the store is asked for each object");
        return Optional.empty();
      }
      return Optional.of(new AnswerCache(folder, time, believesSent, isEntry, notes, bufferBytes));
    } catch (IOException e) {
      notes.accept(unusable(String.valueOf(above), e));
      return Optional.empty();
    }
  }

  private static String unusable(String where, IOException e) {
    return "The cache in " + where + " can't be used, and the store is asked instead: " + e;
  }

  /** Something with the cache's files. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  /** What the cache's files say. */
  @FunctionalInterface
  private interface Look<T> {
    @Nullable T run() throws IOException;
  }

  /** Does something unless the cache is given up, or gives it up. */
  private void attempt(Step step) {
    if (!isBroken) {
      try {
        step.run();
      } catch (IOException e) {
        broken(e);
      }
    }
  }

  /** Looks; null where the cache is given up. */
  private <T> @Nullable T orNull(Look<T> look) {
    if (isBroken) {
      return null;
    }
    try {
      return look.run();
    } catch (IOException e) {
      broken(e);
      return null;
    }
  }

  private synchronized void broken(IOException e) {
    isBroken = true;
    if (!isNoted) {
      isNoted = true;
      notes.accept(unusable(folder.path().toString(), e));
    }
  }

  /**
   * Takes a listing of the prefix, once and before all else.
   *
   * @param isOrdered whether keys come in the order of their UTF-8 bytes
   * @param visitorOrNull who hears of each object while it is listed, in order; null for nobody
   * @throws IOException what the listing or the visitor throws
   */
  public void list(Pages pages, boolean isOrdered, @Nullable Visitor visitorOrNull)
      throws IOException {
    if (visitorOrNull != null && !isOrdered) {
      // What is sorted is in files, and who hears must hear of all, whatever becomes of these.
      throw new IllegalArgumentException("Only what is listed in order can be heard of.");
    }
    Listed run = new Listed(visitorOrNull);
    run.begin();
    try {
      if (isOrdered) {
        for (List<ObjectInfo> page = pages.next(); page != null; page = pages.next()) {
          for (ObjectInfo info : page) {
            run.take(info);
          }
        }
      } else {
        sorted(pages, run);
      }
      run.end();
    } finally {
      run.close();
    }
  }

  /** Sorts what is listed, in files where it is much. */
  private void sorted(Pages pages, Listed run) throws IOException {
    Sorter sorter = new Sorter();
    for (List<ObjectInfo> page = pages.next(); page != null; page = pages.next()) {
      for (ObjectInfo info : page) {
        sorter.add(info);
      }
    }
    sorter.visit(run);
  }

  private Optional<byte[]> key(ObjectInfo info) {
    String prefix = folder.place().prefix();
    if (!info.key().startsWith(prefix)) {
      return Optional.empty();
    }
    String key = info.key().substring(prefix.length());
    return isEntry.test(key) ? Optional.of(key.getBytes(StandardCharsets.UTF_8)) : Optional.empty();
  }

  private static CachedAnswer.Origin originOf(ObjectInfo listed) {
    // A list that has metadata has all of it.
    return listed.metadata().isEmpty() ? CachedAnswer.Origin.LISTED : CachedAnswer.Origin.ANSWERED;
  }

  /** Compares what is listed, in order, with what is known, and writes both. */
  private final class Listed implements Closeable {
    private final @Nullable Visitor visitor;
    private @Nullable RunMerge known;
    private @Nullable List<CachedAnswer> head;
    private @Nullable RunWriter writer;
    private final BlockIndex index = new BlockIndex();
    private byte @Nullable [] last;

    Listed(@Nullable Visitor visitor) {
      this.visitor = visitor;
    }

    void begin() {
      attempt(
          () -> {
            included = folder.runs();
            List<Path> few =
                folder.few(included, RunFolder.mostAtOnce(), AnswerCache.this::damaged);
            RunMerge merge = folder.merge(few);
            known = merge;
            head = merge.next();
            Path file = folder.unfinished("listed");
            listed = file;
            FileChannel channel = folder.create(file);
            listedChannel = channel;
            writer = new RunWriter(channel, folder.place(), index);
          });
    }

    void take(ObjectInfo info) throws IOException {
      Optional<byte[]> key = key(info);
      if (key.isEmpty()) {
        return;
      }
      byte[] bytes = key.get();
      CachedAnswer answer = orNull(() -> answer(bytes, info));
      if (visitor == null) {
        return;
      }
      String text = info.key().substring(folder.place().prefix().length());
      ObjectInfo found = answer == null ? null : believed(answer, info.key());
      visitor.visit(text, found == null ? info : found, found != null);
    }

    private @Nullable CachedAnswer answer(byte[] key, ObjectInfo info) throws IOException {
      if (last != null && Arrays.compareUnsigned(last, key) >= 0) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED, "the store listed " + info.key() + " in no order");
      }
      last = key;
      CachedAnswer answer = null;
      CachedAnswer.Origin origin = originOf(info);
      if (origin == CachedAnswer.Origin.LISTED) {
        answer = confirmed(key, info);
      }
      if (answer == null) {
        Instant time = info.lastModified();
        answer = CachedAnswer.of(key, info, origin, time, time).orElse(null);
      }
      if (answer == null) {
        // Too large to be noted, and what is not noted would count as absent.
        throw new ProviderException(
            ErrorKind.UNSUPPORTED, "the store listed " + info.key() + ", which has no room");
      }
      RunWriter run = writer;
      if (run != null) {
        run.add(answer);
      }
      return answer;
    }

    private @Nullable CachedAnswer confirmed(byte[] key, ObjectInfo info) throws IOException {
      RunMerge merge = known;
      if (merge == null) {
        return null;
      }
      List<CachedAnswer> there = head;
      while (there != null && there.get(0).compareKey(key) < 0) {
        there = merge.next();
      }
      head = there;
      if (there == null || there.get(0).compareKey(key) != 0) {
        return null;
      }
      CachedAnswer best = null;
      for (CachedAnswer one : there) {
        boolean isBetter =
            one.origin() == CachedAnswer.Origin.ANSWERED
                || (one.origin() == CachedAnswer.Origin.SENT && best == null);
        if (isBetter && isAsListed(one, info)) {
          best = one.at(info.lastModified());
          if (one.origin() == CachedAnswer.Origin.ANSWERED) {
            break;
          }
        }
      }
      return best;
    }

    private static boolean isAsListed(CachedAnswer one, ObjectInfo info) {
      try {
        return one.isAsListed(info);
      } catch (ProviderException e) {
        return false;
      }
    }

    void end() {
      attempt(
          () -> {
            RunWriter all = writer;
            FileChannel channel = listedChannel;
            if (all == null || channel == null) {
              return;
            }
            all.end();
            RunMerge merge = known;
            if (merge != null) {
              List<CachedAnswer> left = head;
              while (left != null) {
                left = merge.next(); // what is damaged behind is told too
              }
              damaged(merge.damages());
            }
            lookup = new RunLookup(channel, index);
          });
    }

    @Override
    public void close() {
      attempt(
          () -> {
            RunMerge merge = known;
            if (merge != null) {
              merge.close();
            }
          });
    }
  }

  private void damaged(List<String> damages) {
    if (!damages.isEmpty()) {
      notes.accept(
          "The cache in "
              + folder.path()
              + " is damaged ("
              + damages.get(0)
              + "): what it lost is asked for again");
    }
  }

  /** Brings what is listed into the order of its keys. */
  private final class Sorter {
    private final TreeMap<byte[], CachedAnswer> some = new TreeMap<>(Arrays::compareUnsigned);
    private final List<Path> parts = new ArrayList<>();
    private int bytes;

    void add(ObjectInfo info) {
      Optional<byte[]> key = key(info);
      if (key.isEmpty()) {
        return;
      }
      attempt(
          () -> {
            Instant time = info.lastModified();
            CachedAnswer answer =
                CachedAnswer.of(key.get(), info, originOf(info), time, time)
                    .orElseThrow(
                        () ->
                            new ProviderException(
                                ErrorKind.UNSUPPORTED,
                                "the store listed " + info.key() + ", which has no room"));
            some.put(key.get(), answer);
            bytes += answer.form().length + OVERHEAD;
            if (bytes >= bufferBytes) {
              spill();
            }
          });
    }

    private void spill() throws IOException {
      Path part = folder.unfinished("sorted-" + (parts.size() + 1));
      folder.write(part, some.values());
      parts.add(part);
      some.clear();
      bytes = 0;
    }

    void visit(Listed run) throws IOException {
      if (parts.isEmpty()) {
        for (CachedAnswer answer : some.values()) {
          run.take(full(answer));
        }
        return;
      }
      RunMerge merge =
          orNull(
              () -> {
                spill();
                return folder.merge(folder.few(parts, RunFolder.mostAtOnce(), this::require));
              });
      if (merge == null) {
        return;
      }
      try (merge) {
        for (CachedAnswer next = next(merge); next != null; next = next(merge)) {
          run.take(full(next));
        }
      }
      attempt(() -> require(merge.damages()));
    }

    /** What is missing here would count as absent. */
    private void require(List<String> damages) throws ProviderException {
      if (!damages.isEmpty()) {
        throw new ProviderException(ErrorKind.CORRUPT, damages.get(0));
      }
    }

    private @Nullable CachedAnswer next(RunMerge merge) {
      List<CachedAnswer> same = orNull(merge::next);
      return same == null ? null : same.get(0);
    }

    private ObjectInfo full(CachedAnswer answer) throws ProviderException {
      return answer.info(
          folder.place().prefix() + new String(answer.key(), StandardCharsets.UTF_8));
    }
  }

  private boolean isBelieved(CachedAnswer answer) {
    return answer.origin() == CachedAnswer.Origin.ANSWERED
        || (believesSent && answer.origin() == CachedAnswer.Origin.SENT);
  }

  private @Nullable ObjectInfo believed(CachedAnswer answer, String fullKey) {
    if (!isBelieved(answer)) {
      return null;
    }
    try {
      return answer.info(fullKey);
    } catch (ProviderException e) {
      return null;
    }
  }

  /** What the store says of an object, as it was listed; empty when it has to be asked. */
  public Optional<ObjectInfo> known(String key) {
    RunLookup there = lookup;
    if (there == null) {
      return Optional.empty();
    }
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    CachedAnswer answer = orNull(() -> there.find(bytes));
    return answer == null
        ? Optional.empty()
        : Optional.ofNullable(believed(answer, folder.place().prefix() + key));
  }

  /** The bytes of an object, as it was listed; empty when they have to be asked for. */
  public Optional<byte[]> knownBody(String key) {
    RunLookup there = lookup;
    if (there == null) {
      return Optional.empty();
    }
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    CachedAnswer answer = orNull(() -> there.find(bytes));
    if (answer == null || !isBelieved(answer)) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(answer.body());
    } catch (ProviderException e) {
      return Optional.empty();
    }
  }

  /** Whether nothing was at the key of an entry when the store was listed. */
  public boolean isAbsent(String key) {
    RunLookup there = lookup;
    if (there == null || !isEntry.test(key)) {
      return false;
    }
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    Boolean isAbsent = orNull(() -> there.find(bytes) == null);
    return Boolean.TRUE.equals(isAbsent);
  }

  /**
   * Notes what the store answered.
   *
   * @param asked when it was asked, by the local clock
   */
  public void answered(ObjectInfo info, Instant asked) {
    answered(info, null, asked);
  }

  /**
   * Notes what the store answered.
   *
   * @param body all its bytes, which are kept too unless they are many; null where they are not
   *     wanted
   * @param asked when it was asked, by the local clock
   */
  public void answered(ObjectInfo info, byte @Nullable [] body, Instant asked) {
    Instant changed = info.lastModified();
    if (!folder.isTemporary() && !changed.isAfter(asked.minus(YOUNG))) {
      note(info, body, CachedAnswer.Origin.ANSWERED, changed, lastOf(changed));
    }
  }

  /** The local clock. */
  public Instant now() {
    return time.now();
  }

  /**
   * Notes what the store took.
   *
   * @param info as it acknowledged it, with the metadata that were sent
   * @param asked when it was sent, by the local clock
   */
  public void sent(ObjectInfo info, Instant asked) {
    sent(info, null, asked);
  }

  /**
   * Notes what the store took.
   *
   * @param info as it acknowledged it, with the metadata that were sent
   * @param body all its bytes, as for {@link #answered(ObjectInfo, byte[], Instant)}
   * @param asked when it was sent, by the local clock
   */
  public void sent(ObjectInfo info, byte @Nullable [] body, Instant asked) {
    Instant changed = info.lastModified();
    Duration took = Duration.between(asked, now());
    boolean isKnown =
        !folder.isTemporary()
            && !info.metadata().isEmpty()
            && !changed.equals(Instant.EPOCH)
            && !took.isNegative()
            && took.compareTo(LONGEST) <= 0;
    if (isKnown) {
      note(
          info,
          body,
          CachedAnswer.Origin.SENT,
          changed.minus(took).minus(ROUNDED),
          lastOf(changed));
    }
  }

  /** Times of headers are cut to seconds, those of some listings are not. */
  private static Instant lastOf(Instant time) {
    return time.getNano() == 0 ? time.plus(REST_OF_SECOND) : time;
  }

  private void note(
      ObjectInfo info,
      byte @Nullable [] body,
      CachedAnswer.Origin origin,
      Instant from,
      Instant to) {
    Optional<byte[]> key = key(info);
    if (key.isEmpty() || info.etag().isEmpty()) {
      return;
    }
    Optional<CachedAnswer> answer = CachedAnswer.of(key.get(), info, body, origin, from, to);
    if (answer.isPresent()) {
      note(key.get(), answer.get());
    }
  }

  private synchronized void note(byte[] key, CachedAnswer answer) {
    if (isBroken) {
      return;
    }
    CachedAnswer before = fresh.put(key, answer);
    freshBytes += before == null ? answer.form().length + OVERHEAD : 0;
    if (freshBytes >= bufferBytes) {
      attempt(
          () -> {
            spill();
          });
    }
  }

  private void spill() throws IOException {
    folder.add(fresh.values());
    fresh.clear();
    freshBytes = 0;
  }

  /** Keeps what is noted for the next pass. */
  @Override
  public synchronized void close() {
    try {
      keep();
    } finally {
      lookup = null;
      try {
        FileChannel channel = listedChannel;
        if (channel != null) {
          channel.close();
        }
      } catch (IOException e) {
        broken(e);
      } finally {
        folder.close(this::broken);
      }
    }
  }

  /** As {@link #close}, without work that the next pass can do. */
  public synchronized void closeSoon() {
    included = List.of();
    listed = null;
    close();
  }

  private void keep() {
    if (folder.isTemporary()) {
      return;
    }
    attempt(
        () -> {
          if (!fresh.isEmpty()) {
            spill();
          }
          Path base = listed;
          if (base != null && lookup != null) {
            folder.replace(base, included);
          }
        });
  }
}
