// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * Reads a file's content from its object and compares the checksum: several ranges at once, handed
 * on in order. What fits one range is handed on only after it was verified. Thread-safe.
 */
@SuppressWarnings("try") // a lock or a share is held for a block, not used in it
final class ObjectReader {
  private static final int ROUNDS = 5;

  private final MirrorSettings settings;
  private final MirrorObjects objects;
  private final MirrorIndex index;

  ObjectReader(MirrorSettings settings, MirrorObjects objects, MirrorIndex index) {
    this.settings = settings;
    this.objects = objects;
    this.index = index;
  }

  /** Takes the content. */
  interface Sink extends Content.Placer {
    /** Begins, perhaps anew: what was placed before counts no more. */
    void begin() throws IOException;
  }

  /**
   * Reads all of a file's content.
   *
   * @return what the index says of it
   */
  IndexEntry read(Fid fid, Sink sink, Retrier.Check check) throws IOException {
    IndexEntry entry = entry(fid);
    for (int round = 0; ; round++) {
      try {
        readObject(entry, entry.key(), entry.etag(), sink, check);
        return entry;
      } catch (ProviderException e) {
        boolean isElsewhere = e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.PRECONDITION;
        if (!isElsewhere || round == ROUNDS) {
          throw e;
        }
        IndexEntry now = entry(fid);
        if (now.key().equals(entry.key()) && now.etag().equals(entry.etag())) {
          return readKept(entry, sink, check, e);
        }
        entry = now;
      }
    }
  }

  /**
   * The current object is gone or another: a kept copy of the same attempt has the same content.
   */
  private IndexEntry readKept(
      IndexEntry entry, Sink sink, Retrier.Check check, ProviderException failure)
      throws IOException {
    for (IndexEntry.Kept kept : entry.kept()) {
      if (kept.attempt().equals(entry.attempt())) {
        readObject(entry, kept.key(), kept.etag(), sink, check);
        return entry;
      }
    }
    throw new ProviderException(
        failure.kind() == ErrorKind.NOT_FOUND ? ErrorKind.NOT_FOUND : ErrorKind.CORRUPT,
        "Cannot read "
            + entry.fid()
            + " from "
            + objects.full(entry.key())
            + " in "
            + objects.store().uri()
            + ": the object is "
            + (failure.kind() == ErrorKind.NOT_FOUND ? "gone" : "not the one that was stored")
            + ". Look for a version or backup of it.",
        failure);
  }

  private IndexEntry entry(Fid fid) throws IOException {
    return index
        .entry(fid)
        .map(MirrorIndex.Versioned::value)
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.NOT_FOUND,
                    "Cannot read "
                        + fid
                        + " from "
                        + objects.store().uri()
                        + ": nothing of it is archived there."));
  }

  private void readObject(IndexEntry entry, String key, String etag, Sink sink, Retrier.Check check)
      throws IOException {
    Extents extents = Extents.whole(entry.size());
    if (entry.bodySize() != entry.size()) {
      extents = extentsOf(entry, key, etag, check);
    }
    if (extents.bodySize() != entry.bodySize()) {
      throw corrupt(entry, key, "its extents are not those that were stored");
    }
    int range = range(entry.bodySize());
    Content content = new Content(extents);
    sink.begin();
    if (entry.bodySize() <= range) {
      readAtOnce(entry, key, etag, content, sink, check);
    } else {
      readInRanges(entry, key, etag, range, content, sink, check);
    }
  }

  private Extents extentsOf(IndexEntry entry, String key, String etag, Retrier.Check check)
      throws IOException {
    Optional<ObjectInfo> info = objects.find(check, key);
    if (info.isEmpty() || !info.get().etag().equals(etag)) {
      throw new ProviderException(
          info.isEmpty() ? ErrorKind.NOT_FOUND : ErrorKind.PRECONDITION,
          "Cannot read " + objects.full(key) + ": it is not the object that was stored.");
    }
    Extents extents = objects.attributes(check, key, info.get()).extents();
    if (extents.size() != entry.size()) {
      throw corrupt(entry, key, "its size is not the one that was stored");
    }
    return extents;
  }

  private int range(long bodySize) {
    long most = Math.min(settings.partSize.bytes(), settings.budget().largestPiece().bytes());
    return (int) Math.max(1, Math.min(most, bodySize));
  }

  private void readAtOnce(
      IndexEntry entry, String key, String etag, Content content, Sink sink, Retrier.Check check)
      throws IOException {
    int size = (int) entry.bodySize();
    try (ByteBudget.Reservation held = settings.budget().reserve(size)) {
      ByteBuffer data = ByteBuffer.allocate(0);
      if (size == 0) {
        Optional<ObjectInfo> info = objects.find(check, key);
        if (info.isEmpty() || !info.get().etag().equals(etag) || info.get().size() != 0) {
          throw new ProviderException(
              info.isEmpty() ? ErrorKind.NOT_FOUND : ErrorKind.PRECONDITION,
              "Cannot read " + objects.full(key) + ": it is not the object that was stored.");
        }
      } else {
        data = checked(entry, key, 0, size, objects.read(check, key, etag, 0, size));
      }
      content.add(data, (piece, offset) -> {});
      verify(entry, key, content);
      Content places = new Content(layoutOf(entry, key, etag, check));
      places.place(data, sink);
    }
  }

  /** The extents again, for placing; the whole file needs no request. */
  private Extents layoutOf(IndexEntry entry, String key, String etag, Retrier.Check check)
      throws IOException {
    return entry.bodySize() == entry.size()
        ? Extents.whole(entry.size())
        : extentsOf(entry, key, etag, check);
  }

  private void readInRanges(
      IndexEntry entry,
      String key,
      String etag,
      int range,
      Content content,
      Sink sink,
      Retrier.Check check)
      throws IOException {
    Deque<Reading> flying = new ArrayDeque<>();
    try {
      long next = 0;
      while (next < entry.bodySize() || !flying.isEmpty()) {
        check.run();
        while (next < entry.bodySize() && flying.size() < settings.parallelism) {
          int length = (int) Math.min(range, entry.bodySize() - next);
          Optional<ByteBudget.Reservation> held =
              flying.isEmpty()
                  ? Optional.of(settings.budget().reserve(length))
                  : settings.budget().tryReserve(length);
          if (held.isEmpty()) {
            break;
          }
          flying.addLast(
              new Reading(
                  next,
                  length,
                  held.get(),
                  objects.store().read(objects.full(key), next, length, Condition.matches(etag))));
          next += length;
        }
        Reading reading = flying.removeFirst();
        try (ByteBudget.Reservation held = reading.held) {
          ObjectRange part = land(reading, key, etag, check);
          content.add(checked(entry, key, reading.offset, reading.length, part), sink);
        }
      }
    } finally {
      for (Reading reading : flying) {
        reading.stage.whenComplete((part, failure) -> reading.held.close());
      }
    }
    verify(entry, key, content);
  }

  private ObjectRange land(Reading reading, String key, String etag, Retrier.Check check)
      throws IOException {
    try {
      return reading.stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      IOException failure = Failures.of(e);
      if (!ProviderException.kindOfRead(failure).isRetryable()) {
        throw failure;
      }
      return objects.read(check, key, etag, reading.offset, reading.length);
    }
  }

  private ByteBuffer checked(
      IndexEntry entry, String key, long offset, int length, ObjectRange part)
      throws ProviderException {
    if (part.data().remaining() != length || part.offset() != offset) {
      throw corrupt(
          entry,
          key,
          "the store gave "
              + part.data().remaining()
              + " bytes at "
              + part.offset()
              + " for "
              + length
              + " at "
              + offset);
    }
    return part.data();
  }

  private void verify(IndexEntry entry, String key, Content content) throws ProviderException {
    Content.Digests digests = content.end();
    if (!digests.content().equals(entry.sha256())) {
      throw corrupt(
          entry, key, "its content has SHA-256 " + digests.content() + ", not " + entry.sha256());
    }
  }

  private ProviderException corrupt(IndexEntry entry, String key, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot restore "
            + entry.fid()
            + " from "
            + objects.full(key)
            + " in "
            + objects.store().uri()
            + ": "
            + reason
            + ". Nothing of it was handed out. Look for a version or backup of the object.");
  }

  /** A range under way. */
  private record Reading(
      long offset, int length, ByteBudget.Reservation held, CompletionStage<ObjectRange> stage) {}
}
