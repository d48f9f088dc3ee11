// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.objects;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one domain by their keys below it. What may be tried again is tried again. Its
 * names are never used twice, so that a put that was repeated is no harm. Thread-safe.
 */
public final class DomainObjects {
  private static final int PAGE = 1000;
  private static final int MOST_WHOLE = 1 << 30;

  private final ObjectStore store;
  private final BlockingObjectStore calls;
  private final String prefix;
  private final Retrier retrier;
  private final boolean hasCrc32c;
  private final @Nullable StoreLease lease;

  /**
   * The objects below a prefix.
   *
   * @param prefix empty, or ending in a slash
   * @param time for waiting where the store needs a lease
   * @param writer a number of this writer that no other has
   */
  public DomainObjects(
      ObjectStore store, String prefix, Retrier retrier, KmeshTime time, String writer) {
    this.store = store;
    this.calls = store.blocking();
    this.prefix = prefix;
    this.retrier = retrier;
    this.hasCrc32c = store.capabilities().contains(StoreCapability.CRC32C);
    this.lease =
        store.capabilities().contains(StoreCapability.CONDITIONAL_CREATE)
            ? null
            : new StoreLease(this, time, writer);
  }

  /** The whole key of an object, as stores and messages give it. */
  public String full(String key) {
    return prefix + key;
  }

  /** Where it is, for messages. */
  public String where() {
    return store.uri().toString();
  }

  /** Writes an object whose name is its own. */
  public void put(String key, ByteBuffer body) throws IOException {
    // What is put here is sealed, which tells any change of it; this finds one on the way.
    PutOptions options = hasCrc32c ? PutOptions.NONE.withCrc32c(Crc32c.of(body)) : PutOptions.NONE;
    retrier.mutate(Retrier.Check.NONE, () -> calls.put(full(key), body, options), Optional::empty);
  }

  /**
   * Writes an object where none is.
   *
   * @return false when another is there; true when ours is, by this try or an earlier one
   */
  public boolean create(String key, byte[] body) throws IOException {
    if (lease != null) {
      return lease.hold(
          stillHeld -> {
            if (exists(key)) {
              return false;
            }
            stillHeld.run();
            put(key, ByteBuffer.wrap(body));
            return true;
          });
    }
    try {
      retrier.mutate(
          Retrier.Check.NONE,
          () ->
              calls.put(
                  full(key),
                  ByteBuffer.wrap(body),
                  PutOptions.NONE.withCondition(Condition.absent())),
          () -> isThere(key, body));
      return true;
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.EXISTS || e.kind() == ErrorKind.PRECONDITION) {
        return false;
      }
      throw e;
    }
  }

  private Optional<ObjectInfo> isThere(String key, byte[] body) throws IOException {
    Optional<ObjectInfo> info = calls.find(full(key));
    if (info.isEmpty() || info.get().size() != body.length) {
      return Optional.empty();
    }
    try {
      return Arrays.equals(get(key), body) ? info : Optional.empty();
    } catch (ProviderException e) {
      // Another's, which was deleted meanwhile.
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** Whether there is such an object. */
  public boolean exists(String key) throws IOException {
    return find(key).isPresent();
  }

  /** What the store says of an object. */
  public Optional<ObjectInfo> find(String key) throws IOException {
    return retrier.read(Retrier.Check.NONE, () -> calls.find(full(key)));
  }

  /** A whole object. */
  public byte[] get(String key) throws IOException {
    ObjectInfo info = retrier.read(Retrier.Check.NONE, () -> calls.head(full(key)));
    if (info.size() > MOST_WHOLE) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read " + full(key) + ": it has " + info.size() + " bytes, far more than it may.");
    }
    return range(key, 0, (int) info.size());
  }

  /** A range of an object, all of it, in the store's own buffer where that has an array. */
  public ByteBuffer rangeBuffer(String key, long offset, int length) throws IOException {
    ByteBuffer data =
        retrier.read(
            Retrier.Check.NONE,
            () -> calls.read(full(key), offset, length, Condition.none()).data());
    return data.remaining() == length && data.hasArray()
        ? data
        : ByteBuffer.wrap(range(key, offset, length));
  }

  /** A range of an object, all of it. */
  public byte[] range(String key, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    int done = 0;
    while (done < length) {
      int at = done;
      ByteBuffer data =
          retrier.read(
              Retrier.Check.NONE,
              () -> calls.read(full(key), offset + at, length - at, Condition.none()).data());
      int count = Math.min(data.remaining(), length - done);
      if (count == 0) {
        throw new ProviderException(
            ErrorKind.CORRUPT,
            "Cannot read "
                + full(key)
                + ": it ends at "
                + (offset + done)
                + ", "
                + (length - done)
                + " bytes before it should. Run a check, then a repair.");
      }
      data.get(bytes, done, count);
      done += count;
    }
    return bytes;
  }

  /** Takes an object of a list. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Takes it.
     *
     * @param key its key below the domain
     * @param size its bytes
     */
    void visit(String key, long size) throws IOException;
  }

  /** Lists the objects below a prefix, in the store's order. */
  public void list(String below, Visitor visitor) throws IOException {
    ListRequest request = new ListRequest(full(below), null, PAGE);
    while (true) {
      ListRequest next = request;
      ListPage page = retrier.read(Retrier.Check.NONE, () -> calls.list(next));
      for (ObjectInfo info : page.objects()) {
        visitor.visit(info.key().substring(prefix.length()), info.size());
      }
      if (page.nextAfter().isEmpty()) {
        return;
      }
      request = request.following(page);
    }
  }

  /** Deletes objects; what is not there is no failure. */
  public void delete(Collection<String> keys) throws IOException {
    List<String> all = new ArrayList<>(keys);
    for (int from = 0; from < all.size(); from += PAGE) {
      List<DeleteTarget> targets =
          all.subList(from, Math.min(all.size(), from + PAGE)).stream()
              .map(key -> DeleteTarget.of(full(key)))
              .toList();
      retrier.mutate(Retrier.Check.NONE, () -> deleteAll(targets), Optional::empty);
    }
  }

  private boolean deleteAll(List<DeleteTarget> targets) throws IOException {
    for (DeleteOutcome outcome : calls.delete(targets)) {
      Optional<ErrorKind> error = outcome.error();
      if (error.isPresent() && error.get() != ErrorKind.NOT_FOUND) {
        throw new ProviderException(
            error.get(), "Cannot delete " + outcome.key() + ": " + outcome.message());
      }
    }
    return true;
  }
}
