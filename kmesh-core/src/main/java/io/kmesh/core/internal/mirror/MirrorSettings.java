// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a mirror archive is built from; see {@link MirrorArchive.Builder}. */
public final class MirrorSettings {
  final String name;
  final ObjectStore store;
  private final @Nullable StateStore state;
  final KmeshTime time;
  String prefix = "";
  RetryPolicy retry = RetryPolicy.DEFAULT;
  DataSize partSize = DataSize.ofMib(8);
  int parallelism = 4;
  MirrorArchive.PathLookup paths = fid -> List.of();
  MirrorArchive.MoveListener moved = (fid, from, key, version) -> {};
  Observer observer = Observer.NONE;
  RandomGenerator random = new java.util.SplittableRandom();
  Supplier<String> attempts = () -> UUID.randomUUID().toString().replace("-", "");
  private @Nullable ByteBudget budget; // guarded by this
  private UnaryOperator<ByteBudget> view = own -> own;

  /** The settings of an archive without options. */
  public MirrorSettings(
      String name, ObjectStore store, @Nullable StateStore state, KmeshTime time) {
    if (name.isEmpty() || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          "Cannot name a mirror archive \"" + name + "\": a name is not empty and has no slash.");
    }
    this.name = name;
    this.store = store;
    this.state = state;
    this.time = time;
  }

  /** The settings of exports and imports of trees. */
  public static MirrorSettings withoutState(ObjectStore store, KmeshTime time) {
    return new MirrorSettings("tree", store, null, time);
  }

  /** The same settings on another view of the store. */
  MirrorSettings over(ObjectStore view) {
    MirrorSettings other = new MirrorSettings(name, view, state, time);
    other.prefix = prefix;
    other.retry = retry;
    other.partSize = partSize;
    other.parallelism = parallelism;
    other.paths = paths;
    other.moved = moved;
    other.observer = observer;
    other.random = random;
    other.attempts = attempts;
    other.budget(budget());
    return other;
  }

  StateStore state() {
    StateStore there = state;
    if (there == null) {
      throw new IllegalStateException("A mirror of trees has no state.");
    }
    return there;
  }

  /** Tells a store from all others, also from one of the same name at another server. */
  static String placeOf(ObjectStore store) {
    return store.uri() + store.endpoint().map(server -> " " + server).orElse("");
  }

  /** When uploads had to begin, so that nobody is taken to go on with them. */
  public Instant abandonedBefore() {
    return time.now().minus(LargeFiles.ABANDONED);
  }

  /** The largest body that is put at once. */
  public long largestPut() {
    return Math.min(
        Math.min(partSize.bytes(), store.limits().maxPut().bytes()),
        budget().largestPiece().bytes());
  }

  /**
   * The bytes of each part of a large body.
   *
   * @param name what is stored, for errors
   */
  public int partSize(MirrorObjects objects, String name, long bodySize) throws ProviderException {
    long size = objects.partSize(name, bodySize, partSize.bytes());
    long most = budget().largestPiece().bytes();
    if (size > most) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot store "
              + name
              + " of "
              + bodySize
              + " bytes: its parts would have "
              + size
              + " bytes, and a buffer has at most "
              + most
              + ". Raise the byte budget.");
    }
    return (int) size;
  }

  // Many threads ask first at the same time: each budget of its own would be memory of its own.
  public synchronized ByteBudget budget() {
    ByteBudget shared = budget;
    if (shared == null) {
      shared = ByteBudget.of(DataSize.ofMib(128));
      budget = shared;
    }
    return view.apply(shared);
  }

  /** Sets the prefix. */
  public void prefix(String text) {
    if (!text.isEmpty() && (!text.endsWith("/") || text.startsWith("/"))) {
      throw new IllegalArgumentException(
          "Cannot use the prefix \""
              + text
              + "\": it is empty, or ends in a slash and begins with none.");
    }
    prefix = text;
  }

  /** Gives those who ask a view of the budget; before anybody asks. */
  public void budgetSeenThrough(UnaryOperator<ByteBudget> seen) {
    view = seen;
  }

  /** Sets the budget. */
  public synchronized void budget(ByteBudget shared) {
    budget = shared;
  }

  /** Sets the retry policy. */
  public void retry(RetryPolicy policy) {
    retry = policy;
  }

  /** Sets the part size. */
  public void partSize(DataSize size) {
    if (size.bytes() < 1 || size.bytes() > 1 << 30) {
      throw new IllegalArgumentException("A part has 1 byte to 1 GiB, not " + size + ".");
    }
    partSize = size;
  }

  /** Sets the requests of one file at once. */
  public void parallelism(int requests) {
    if (requests < 1) {
      throw new IllegalArgumentException("At least one request at once, not " + requests + ".");
    }
    parallelism = requests;
  }

  /** Sets the path lookup. */
  public void paths(MirrorArchive.PathLookup lookup) {
    paths = lookup;
  }

  /** Sets the observer. */
  public void observer(Observer listener) {
    observer = listener;
  }

  /** Sets the source of jitter. */
  public void random(RandomGenerator generator) {
    random = generator;
  }

  /** Sets the source of attempt ids. */
  public void attempts(Supplier<String> ids) {
    attempts = ids;
  }

  /** Who hears that an object moved. */
  public void onMoved(MirrorArchive.MoveListener listener) {
    moved = listener;
  }
}
