// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.objects.DomainObjects;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.DeleteOutcome;
import io.kmesh.spi.store.DeleteTarget;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The small objects that keys are in. They are created and deleted, never replaced; a lost reply is
 * settled by reading the object back, since no two that were sealed are alike. Thread-safe.
 */
final class KeyObjects {
  private static final int LARGEST = 64 << 10;

  private final ObjectStore store;
  private final BlockingObjectStore calls;
  private final Retrier retrier;

  /** Creates under a lease where the store can't create conditionally; else null. */
  private final @Nullable DomainObjects leased;

  KeyObjects(ObjectStore store, KeySettings settings) {
    this.store = store;
    this.calls = store.blocking();
    this.retrier = settings.retrier();
    this.leased =
        store.capabilities().contains(StoreCapability.CONDITIONAL_CREATE)
            ? null
            : new DomainObjects(store, "", retrier, settings.time(), RandomIds.attempt());
  }

  /** The store's name for messages. */
  String where() {
    return store.uri().toString();
  }

  /** Refuses a store in which two writers could not tell who was first. */
  void requireWritable(String verb) throws ProviderException {
    if (!store.capabilities().contains(StoreCapability.STRONG_CONSISTENCY)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot "
              + verb
              + " in "
              + where()
              + ": the store has not "
              + StoreCapability.STRONG_CONSISTENCY
              + ", so that two writers could overwrite each other. Use a store that has it.");
    }
  }

  boolean listsInOrder() {
    return store.capabilities().contains(StoreCapability.UTF8_KEY_ORDER);
  }

  /** An object's bytes, or empty when there is none. */
  Optional<byte[]> find(String key) throws IOException {
    return retrier.read(Retrier.Check.NONE, () -> readOnce(key));
  }

  private Optional<byte[]> readOnce(String key) throws IOException {
    try {
      ByteBuffer data = calls.read(key, 0, LARGEST + 1, Condition.none()).data();
      if (data.remaining() > LARGEST) {
        throw KeyJson.damaged(key, "it has more than " + LARGEST + " bytes", null);
      }
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      return Optional.of(bytes);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Creates an object.
   *
   * @throws ProviderException EXISTS or PRECONDITION when another one is there
   */
  void create(String key, byte[] bytes) throws IOException {
    if (leased != null) {
      if (!leased.create(key, bytes)) {
        throw new ProviderException(
            ErrorKind.EXISTS,
            "Cannot create " + key + " in " + where() + ": it is there. Read what it says.");
      }
      return;
    }
    PutOptions absent = PutOptions.NONE.withCondition(Condition.absent());
    retrier.<Boolean>mutate(
        Retrier.Check.NONE,
        () -> calls.put(key, ByteBuffer.wrap(bytes), absent) != null,
        () -> find(key).filter(there -> Arrays.equals(there, bytes)).map(there -> true));
  }

  static boolean isTaken(IOException failure) {
    return failure instanceof ProviderException p
        && (p.kind() == ErrorKind.EXISTS || p.kind() == ErrorKind.PRECONDITION);
  }

  /** Deletes an object; one that is gone is no error. */
  void delete(String key) throws IOException {
    retrier.<Boolean>mutate(
        Retrier.Check.NONE,
        () -> {
          for (DeleteOutcome outcome : calls.delete(List.of(DeleteTarget.of(key)))) {
            if (outcome.error().isPresent()) {
              throw new ProviderException(
                  outcome.error().get(),
                  "Cannot delete "
                      + key
                      + " in "
                      + where()
                      + ": "
                      + outcome.message()
                      + ". Try again.");
            }
          }
          return true;
        },
        Optional::empty);
  }

  /** The keys that begin so, sorted. */
  List<String> list(String prefix) throws IOException {
    List<String> keys = new ArrayList<>();
    ListRequest request = ListRequest.prefix(prefix);
    while (true) {
      ListPage page = page(request);
      page.objects().stream().map(ObjectInfo::key).forEach(keys::add);
      if (page.nextAfter().isEmpty()) {
        keys.sort(null);
        return keys;
      }
      request = request.following(page);
    }
  }

  /** The first key that begins so and is behind another; in stores that list in order. */
  Optional<String> firstBehind(String prefix, String after) throws IOException {
    ListPage page = page(new ListRequest(prefix, after, 1));
    return page.objects().stream().map(ObjectInfo::key).findFirst();
  }

  private ListPage page(ListRequest request) throws IOException {
    return retrier.read(Retrier.Check.NONE, () -> calls.list(request));
  }
}
