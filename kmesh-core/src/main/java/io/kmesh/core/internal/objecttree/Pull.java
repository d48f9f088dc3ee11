// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.posix.NameSorter;
import io.kmesh.core.internal.posix.SortSpace;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.core.internal.transfer.WorkCrew;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings an index to what the prefix has. First the listing is compared with the index, page by
 * page, and what differs is asked for; what was found is kept in the table {@code P}. Where the
 * store promises no order, what it listed of the known keys is sorted, so that what it did not list
 * can be told. Only then all of it is applied, in one commit, without a request in between: a pull
 * that fails changes nothing. It holds the index's monitor where it uses the index, and not while
 * it waits for the store. Must not run beside another pull or a push. Used once.
 */
final class Pull {
  private static final Object NOTHING = new Object();
  private static final int QUEUED = 16;

  /** An ETag that is the digest of the bytes, as S3's: other attributes leave it as it is. */
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{32}(-[0-9]+)?");

  /** The second that a listing's times are cut to, and what clocks may differ. */
  private static final Duration YOUNG = Duration.ofSeconds(3);

  /** How many known keys are compared with sorted ones before the index is given free. */
  private static final int COMPARED = 5_000;

  private final TreeIndex index;
  private final MirrorObjects objects;
  private final MirrorKeys keys;
  private final Retrier.Check check;
  private final int parallelism;
  private final SortSpace sorting;
  private final KmeshTime time;
  private final boolean isOrdered;
  private final EntryReader reader;
  private final PullTally tally = new PullTally();
  private @Nullable WorkCrew<Object> crew;

  /** What is pulled, with all below it. */
  private PathBytes scope = PathBytes.EMPTY;

  /** An object to ask for, and what is known of it. */
  private record Asked(String key, ObjectInfo listed, Optional<StoredObject> known) {}

  /**
   * A pull.
   *
   * @param check asked before each request; what it throws ends the pull
   * @param parallelism the most requests at once, from 1
   * @param sorting where keys are sorted that a store without an order lists
   * @param time tells which objects are young
   */
  Pull(
      TreeIndex index,
      MirrorObjects objects,
      MirrorKeys keys,
      Retrier.Check check,
      int parallelism,
      SortSpace sorting,
      KmeshTime time) {
    this.index = index;
    this.objects = objects;
    this.keys = keys;
    this.check = check;
    this.parallelism = parallelism;
    this.sorting = sorting;
    this.time = time;
    this.isOrdered = objects.can(StoreCapability.UTF8_KEY_ORDER);
    this.reader = new EntryReader(objects, check);
  }

  /**
   * Pulls all.
   *
   * @throws ProviderException UNSUPPORTED for a store that lists in another order than it says
   */
  PullReport run() throws IOException {
    return run(
        () -> {
          range("");
        });
  }

  /**
   * Pulls what is at a path and below it; all else stays as it is, for the next pull to tell of. A
   * file that came from elsewhere gets a new inode.
   */
  PullReport run(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      return run();
    }
    scope = path;
    return run(
        () -> {
          String key = MirrorKeys.escape(path);
          one(key);
          range(key + "/");
          range(MirrorKeys.LONG);
          range(MirrorKeys.BY_FID);
        });
  }

  private interface Listing {
    void run() throws IOException;
  }

  private PullReport run(Listing listing) throws IOException {
    try {
      synchronized (index) {
        new Scratch(index).clear();
      }
      listing.run();
      synchronized (index) {
        apply();
      }
    } catch (IOException | RuntimeException | Error e) {
      forget(e);
      throw e;
    } finally {
      WorkCrew<Object> there = crew;
      if (there != null) {
        there.close();
      }
    }
    return tally.report();
  }

  private void apply() throws IOException {
    index.commit();
    try {
      new PullApply(index, objects, keys, tally).run();
      index.commit();
    } catch (IOException | RuntimeException | Error e) {
      try {
        index.rollback();
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private void forget(Throwable failure) {
    try {
      synchronized (index) {
        new Scratch(index).clear();
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Compares one key. */
  private void one(String key) throws IOException {
    if (!TreeIndex.isKeyPossible(key)) {
      return;
    }
    check.run();
    Optional<ObjectInfo> there = objects.find(check, key);
    Optional<StoredObject> known;
    synchronized (index) {
      known = Optional.ofNullable(index.object(key));
      if (there.isEmpty() && known.isPresent()) {
        new Scratch(index).found(key, Found.GONE);
      }
    }
    if (there.isPresent()) {
      tally.listed(1);
      if (known.isEmpty() || !known.get().isAsListed(there.get())) {
        ask(List.of(new Asked(key, there.get(), known)));
      }
    }
  }

  /** Compares the listing of a prefix with the index. */
  private void range(String prefix) throws IOException {
    if (isOrdered) {
      pages(prefix, (behind, page, isLast) -> differing(prefix, behind, page, isLast));
      return;
    }
    try (NameSorter listed = sorting.sorter()) {
      pages(prefix, (behind, page, isLast) -> differing(page, listed));
      notListed(prefix, listed.sorted());
    }
  }

  /** Compares a page with the index. */
  private interface Comparison {
    /** What of a page is not as it is known; the page before ended with a key, or there is none. */
    List<Asked> differing(@Nullable String behind, ListPage page, boolean isLast)
        throws IOException;
  }

  private void pages(String prefix, Comparison comparison) throws IOException {
    ListRequest request = ListRequest.prefix(objects.full(prefix));
    String behind = null;
    while (true) {
      check.run();
      ListPage page = objects.list(check, request);
      tally.listed(page.objects().size());
      boolean isLast = page.nextAfter().isEmpty();
      String last =
          page.objects().isEmpty()
              ? null
              : relative(page.objects().get(page.objects().size() - 1).key());
      ask(comparison.differing(behind, page, isLast));
      if (isLast) {
        return;
      }
      if (last == null) {
        throw broken("an empty page that is not the last");
      }
      behind = last;
      request = request.following(page);
    }
  }

  private String relative(String full) throws ProviderException {
    return objects.relative(full).orElseThrow(() -> broken("the key " + full));
  }

  /** What of a page is not as it is known; what is known and not listed is noted as gone. */
  private List<Asked> differing(
      String prefix, @Nullable String behind, ListPage page, boolean isLast) throws IOException {
    List<Asked> asked = new ArrayList<>();
    synchronized (index) {
      Scratch scratch = new Scratch(index);
      try (Rows<StoredObject> known =
          behind == null ? index.objects(prefix) : index.objectsBehind(prefix, behind)) {
        boolean isMore = known.next();
        byte[] before = behind == null ? null : behind.getBytes(StandardCharsets.UTF_8);
        for (ObjectInfo listed : page.objects()) {
          String key = relative(listed.key());
          byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
          if (before != null && Arrays.compareUnsigned(before, bytes) >= 0) {
            throw disordered(listed.key() + " behind " + objects.full(text(before)));
          }
          before = bytes;
          while (isMore && compare(known.row().key(), bytes) < 0) {
            gone(scratch, known.row());
            isMore = known.next();
          }
          StoredObject there = null;
          if (isMore && compare(known.row().key(), bytes) == 0) {
            there = known.row();
            isMore = known.next();
          }
          if (isToAsk(key, listed, there)) {
            asked.add(new Asked(key, listed, Optional.ofNullable(there)));
          }
        }
        while (isLast && isMore) {
          gone(scratch, known.row());
          isMore = known.next();
        }
      }
    }
    return asked;
  }

  private boolean isToAsk(String key, ObjectInfo listed, @Nullable StoredObject known) {
    return !EntryReader.isOwn(key)
        && !key.isEmpty()
        && isPossible(key)
        && (known == null || !known.isAsListed(listed));
  }

  /** What of a page in any order is not as it is known; of the known keys it is noted. */
  private List<Asked> differing(ListPage page, NameSorter listed) throws IOException {
    // In order, so that each block of the index is read once; what is listed twice counts once.
    SortedMap<String, ObjectInfo> byKey = new TreeMap<>(StoreChecks.UTF8_ORDER);
    for (ObjectInfo there : page.objects()) {
      byKey.put(relative(there.key()), there);
    }
    List<Asked> asked = new ArrayList<>();
    List<String> known = new ArrayList<>();
    synchronized (index) {
      for (Map.Entry<String, ObjectInfo> entry : byKey.entrySet()) {
        String key = entry.getKey();
        StoredObject there = index.object(key);
        if (there != null) {
          known.add(key);
        }
        if (isToAsk(key, entry.getValue(), there)) {
          asked.add(new Asked(key, entry.getValue(), Optional.ofNullable(there)));
        }
      }
    }
    for (String key : known) {
      listed.add(PathBytes.of(key.getBytes(StandardCharsets.UTF_8)));
    }
    return asked;
  }

  /** Notes what is known and not listed as gone, some at a time. */
  private void notListed(String prefix, NameSorter.Sorted listed) throws IOException {
    byte[] next = bytes(listed.next());
    String behind = null;
    boolean isMore = true;
    while (isMore) {
      check.run();
      synchronized (index) {
        Scratch scratch = new Scratch(index);
        try (Rows<StoredObject> known =
            behind == null ? index.objects(prefix) : index.objectsBehind(prefix, behind)) {
          isMore = known.next();
          for (int compared = 0; isMore && compared < COMPARED; compared++) {
            StoredObject there = known.row();
            while (next != null && compare(there.key(), next) > 0) {
              next = bytes(listed.next());
            }
            if (next == null || compare(there.key(), next) != 0) {
              gone(scratch, there);
            }
            behind = there.key();
            isMore = compared < COMPARED - 1 ? known.next() : true;
          }
        }
      }
    }
  }

  private static byte @Nullable [] bytes(@Nullable PathBytes key) {
    return key == null ? null : key.toBytes();
  }

  private static int compare(String key, byte[] other) {
    return Arrays.compareUnsigned(key.getBytes(StandardCharsets.UTF_8), other);
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }

  private void gone(Scratch scratch, StoredObject known) throws IOException {
    if (!EntryReader.isOwn(known.key()) && (saysScope(known.key()) || isInScope(known))) {
      scratch.found(known.key(), Found.GONE);
    }
  }

  /** Whether a key is asked for only where it is in the scope; else its object must be seen. */
  private boolean saysScope(String key) {
    return scope.isEmpty()
        || !(key.startsWith(MirrorKeys.LONG) || key.startsWith(MirrorKeys.BY_FID));
  }

  /** Whether what is known of an object is in the scope; with the index's monitor. */
  private boolean isInScope(StoredObject known) throws IOException {
    PathBytes path = known.inode() == 0 ? null : index.path(known.directory(), known.name());
    return path != null && path.isAtOrBelow(scope);
  }

  private boolean isPossible(String key) {
    boolean isPossible = TreeIndex.isKeyPossible(key);
    if (!isPossible) {
      tally.problem(
          objects.full(key),
          "Cannot use the object "
              + objects.full(key)
              + ": its key has more than "
              + TreeIndex.LONGEST_KEY
              + " bytes, or a NUL. Store it under another one.");
    }
    return isPossible;
  }

  private ProviderException disordered(String what) {
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot use "
            + objects.store().uri()
            + " as a tree: it listed "
            + what
            + ", which is not in the order of the keys that it promises. Use a store that lists in"
            + " that order, or open it without UTF8_KEY_ORDER.");
  }

  private ProviderException broken(String what) {
    return new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot use "
            + objects.store().uri()
            + " as a tree: it listed "
            + what
            + ", which no list may have. Use a store that lists its keys.");
  }

  /** Asks for some objects, several at once, and notes what they are. */
  private void ask(List<Asked> asked) throws IOException {
    if (asked.isEmpty()) {
      return;
    }
    AtomicInteger next = new AtomicInteger();
    WorkCrew.Shared<Object> shared =
        own -> {
          int at = next.getAndIncrement();
          if (at >= asked.size()) {
            return false;
          }
          check.run();
          ask(asked.get(at));
          return true;
        };
    if (parallelism == 1 || asked.size() == 1) {
      while (shared.step(NOTHING)) {
        continue;
      }
      return;
    }
    WorkCrew<Object> there = crew;
    if (there == null) {
      there = new WorkCrew<>("object-pull", Collections.nCopies(parallelism - 1, NOTHING), QUEUED);
      crew = there;
    }
    there.together(shared, NOTHING);
  }

  private void ask(Asked asked) throws IOException {
    tally.asked();
    Found found;
    boolean isYoung = isYoung(asked.listed);
    try {
      found = reader.look(asked.key, asked.listed, asked.known);
      if (isYoung) {
        found = found.unsure();
      }
    } catch (ProviderException e) {
      if (!isOfTheObject(e.kind())) {
        throw e;
      }
      tally.problem(objects.full(asked.key), String.valueOf(e.getMessage()));
      return;
    }
    if (found.kind() == Found.Kind.GONE && asked.known.isEmpty()) {
      return; // it came and went
    }
    synchronized (index) {
      boolean isInScope =
          saysScope(asked.key)
              || (found.kind() == Found.Kind.GONE
                  ? isInScope(asked.known.get())
                  : found.path().isAtOrBelow(scope));
      if (isInScope) {
        new Scratch(index).found(asked.key, found);
      }
    }
  }

  /** Whether its attributes may change yet without a trace in the listing. */
  private boolean isYoung(ObjectInfo listed) {
    return DIGEST.matcher(listed.etag()).matches()
        && listed.lastModified().isAfter(time.now().minus(YOUNG));
  }

  private static boolean isOfTheObject(ErrorKind kind) {
    return kind == ErrorKind.CORRUPT
        || kind == ErrorKind.INVALID
        || kind == ErrorKind.UNSUPPORTED
        || kind == ErrorKind.NOT_FOUND
        || kind == ErrorKind.PRECONDITION;
  }
}
