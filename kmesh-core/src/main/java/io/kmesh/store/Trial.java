// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PrefixedObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a check below its prefix: waited for to their end whatever happens, so that nothing
 * is written after the clean-up; tried again when that may help; remembered, so that all can be
 * removed. Thread-safe.
 */
final class Trial {
  private static final int TRIES = 5;
  private static final int ROUNDS = 5;
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final ObjectStore store;
  private final KmeshTime time;
  private final Set<String> keys = new LinkedHashSet<>(); // guarded by this
  private final Set<Upload> uploads = new LinkedHashSet<>(); // guarded by this
  private boolean isCancelled; // guarded by this
  private boolean isCleaning; // guarded by this
  private long calls; // guarded by this
  private long retries; // guarded by this

  /** A call. */
  @FunctionalInterface
  interface Call<T> {
    CompletionStage<T> make();
  }

  Trial(ObjectStore whole, String prefix, KmeshTime time) {
    this.store = PrefixedObjectStore.of(whole, prefix);
    this.time = time;
  }

  /** The store below the prefix. */
  ObjectStore store() {
    return store;
  }

  KmeshTime time() {
    return time;
  }

  boolean can(StoreCapability capability) {
    return store.capabilities().contains(capability);
  }

  /** Ends what is under way at its next call. */
  synchronized void cancel() {
    isCancelled = true;
    notifyAll();
  }

  synchronized boolean isCancelled() {
    return isCancelled;
  }

  synchronized long calls() {
    return calls;
  }

  synchronized long retries() {
    return retries;
  }

  /** Makes a call, again when that may help. */
  <T> T call(Call<T> call) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return once(call);
      } catch (ProviderException e) {
        if (!e.kind().isRetryable() || tries == TRIES) {
          throw e;
        }
        pause(tries, e);
        synchronized (this) {
          retries++;
        }
      }
    }
  }

  /** Makes a call one time. */
  <T> T once(Call<T> call) throws IOException {
    synchronized (this) {
      requireGoingOn();
      calls++;
    }
    T result = joined(call);
    if (Thread.currentThread().isInterrupted()) {
      cancel();
    }
    return result;
  }

  private static <T> T joined(Call<T> call) throws IOException {
    try {
      return call.make().toCompletableFuture().join();
    } catch (CompletionException e) {
      Throwable cause = e;
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      if (cause instanceof ProviderException p) {
        throw p;
      }
      // A plain failure says nothing of what happened.
      throw new ProviderException(ErrorKind.UNKNOWN_OUTCOME, String.valueOf(cause), cause);
    }
  }

  /** Fails as CANCELLED after a cancel. */
  synchronized void requireGoingOn() throws ProviderException {
    if (isCancelled && !isCleaning) {
      throw new ProviderException(
          ErrorKind.CANCELLED,
          "Cannot go on checking " + store.uri() + ": it was cancelled. What it wrote is removed.");
    }
  }

  /** Waits before the next try: as long as the store asks, or twice as long as before. */
  void pause(int tries, ProviderException e) {
    Duration pause =
        e.retryAfter()
            .filter(d -> !d.isNegative())
            .orElse(PAUSE.multipliedBy(1L << Math.min(tries, 10)));
    long end =
        time.nanoTime() + (pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause).toNanos();
    synchronized (this) {
      try {
        for (long left; !isCancelled && (left = end - time.nanoTime()) > 0; ) {
          time.await(this, Duration.ofNanos(left));
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        cancel();
      }
    }
  }

  /** The kind of failure that a call ends with; null when it succeeds. */
  <T> @Nullable ErrorKind failureOf(Call<T> call) throws IOException {
    try {
      T unused = call(call);
      return null;
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CANCELLED) {
        throw e;
      }
      return e.kind();
    }
  }

  /** Makes calls at the same time, and gives the kinds of failure of those that fail. */
  List<Optional<ErrorKind>> race(List<? extends Call<?>> racing) throws IOException {
    List<CompletionStage<Optional<ErrorKind>>> under = new ArrayList<>();
    synchronized (this) {
      requireGoingOn();
      calls += racing.size();
    }
    for (Call<?> call : racing) {
      under.add(
          call.make()
              .handle(
                  (done, failure) ->
                      failure == null ? Optional.empty() : Optional.of(kind(failure))));
    }
    List<Optional<ErrorKind>> outcomes = new ArrayList<>();
    for (CompletionStage<Optional<ErrorKind>> one : under) {
      outcomes.add(one.toCompletableFuture().join());
    }
    return outcomes;
  }

  private static ErrorKind kind(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return ProviderException.kindOfMutation(cause);
  }

  /** Remembers a key that is about to be written. */
  synchronized String key(String key) {
    keys.add(key);
    return key;
  }

  ObjectInfo put(String key, byte[] body, PutOptions options) throws IOException {
    return call(putting(key, body, options));
  }

  /** A put that is not made yet. */
  Call<ObjectInfo> putting(String key, byte[] body, PutOptions options) {
    key(key);
    return () -> store.put(key, ByteBuffer.wrap(body), options);
  }

  ObjectRange read(String key, long offset, int length, Condition condition) throws IOException {
    return call(() -> store.read(key, offset, length, condition));
  }

  /** All bytes of an object. */
  byte[] content(String key) throws IOException {
    ObjectRange range = read(key, 0, 1 << 20, Condition.none());
    byte[] all = new byte[Math.toIntExact(range.info().size())];
    ByteBuffer target = ByteBuffer.wrap(all);
    target.put(range.data());
    while (target.hasRemaining()) {
      ByteBuffer more =
          read(key, target.position(), Math.min(8 << 20, target.remaining()), Condition.none())
              .data();
      if (!more.hasRemaining() || more.remaining() > target.remaining()) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "a read of " + key + " from " + target.position() + " gave " + more.remaining());
      }
      target.put(more);
    }
    return all;
  }

  ObjectInfo head(String key) throws IOException {
    return call(() -> store.head(key));
  }

  Optional<ObjectInfo> find(String key) throws IOException {
    try {
      return Optional.of(head(key));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  ListPage list(ListRequest request) throws IOException {
    return call(() -> store.list(request));
  }

  /** All keys of a prefix as the store lists them, by pages of a size. */
  List<String> keys(String prefix, int limit) throws IOException, CheckFailure {
    List<String> found = new ArrayList<>();
    ListRequest request = new ListRequest(prefix, null, Math.min(limit, store.limits().listPage()));
    while (true) {
      ListPage page = list(request);
      page.objects().forEach(info -> found.add(info.key()));
      if (page.nextAfter().isEmpty()) {
        return found;
      }
      CheckFailure.require(
          found.size() < 100_000, "the list of \"" + prefix + "\" does not come to its end");
      request = request.following(page);
    }
  }

  Upload startUpload(String key, Map<String, String> metadata) throws IOException {
    key(key);
    Upload upload = call(() -> store.startUpload(key, metadata));
    synchronized (this) {
      uploads.add(upload);
    }
    return upload;
  }

  UploadPart part(Upload upload, int number, byte[] body) throws IOException {
    return call(() -> store.uploadPart(upload, number, ByteBuffer.wrap(body)));
  }

  ObjectInfo complete(Upload upload, List<UploadPart> parts, PutOptions options)
      throws IOException {
    return call(() -> store.complete(upload, parts, options));
  }

  /**
   * Removes all that was written, again and again as long as something is there.
   *
   * @return what remains, in words; empty when nothing does
   */
  Optional<String> clean() {
    boolean wasInterrupted = Thread.interrupted();
    synchronized (this) {
      isCleaning = true;
    }
    try {
      String problem = "";
      for (int round = 0; round < ROUNDS; round++) {
        try {
          problem = "";
          abortUploads();
          Set<String> there = there();
          if (there.isEmpty()) {
            return Optional.empty();
          }
          problem =
              delete(there)
                  .orElse(there.size() + " objects remain, such as " + there.iterator().next());
        } catch (IOException | CheckFailure | RuntimeException e) {
          problem = String.valueOf(e.getMessage());
        }
      }
      return Optional.of(problem);
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Set<String> there() throws IOException, CheckFailure {
    Set<String> there = new LinkedHashSet<>(keys("", Integer.MAX_VALUE));
    synchronized (this) {
      // Lists may be late: what was written is deleted once in any case.
      there.addAll(keys);
      keys.clear();
    }
    return there;
  }

  /** Why something was not deleted. */
  private Optional<String> delete(Set<String> there) throws IOException {
    List<DeleteTarget> all = there.stream().map(DeleteTarget::of).toList();
    Optional<String> problem = Optional.empty();
    int batch = store.limits().deleteBatch();
    for (int i = 0; i < all.size(); i += batch) {
      List<DeleteTarget> some = all.subList(i, Math.min(all.size(), i + batch));
      for (DeleteOutcome outcome : call(() -> store.delete(some))) {
        // What the store never took can't be there.
        if (outcome.error().isPresent() && outcome.error().get() != ErrorKind.INVALID) {
          problem = Optional.of(outcome.message());
        }
      }
    }
    return problem;
  }

  private void abortUploads() throws IOException {
    if (!can(StoreCapability.MULTIPART)) {
      return;
    }
    Set<Upload> open;
    synchronized (this) {
      open = new LinkedHashSet<>(uploads);
    }
    open.addAll(call(() -> store.listUploads("")));
    for (Upload upload : open) {
      Upload unused = call(() -> store.abort(upload).thenApply(done -> upload));
    }
    synchronized (this) {
      uploads.clear();
    }
  }
}
