// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * Has the store copy an object to an upload, part by part and several at once: no byte of it comes
 * here. Each part is bound to the source's ETag. Used once, by one thread.
 */
final class PartCopy {
  /**
   * The usual bytes of a part. A store may say nothing until a part is done: a large one could be
   * silent for longer than a connection may be.
   */
  static final long PART = 256L << 20;

  /** The most parts at a time; each waits for its turn among the store's other requests. */
  static final int AT_ONCE = 8;

  private final MirrorObjects objects;
  private final Retrier.Check check;
  private final Source source;
  private final Upload upload;
  private final long partSize;
  private final Map<Integer, UploadPart> held;
  private final Deque<Flying> flying = new ArrayDeque<>();
  private final List<UploadPart> parts = new ArrayList<>();

  /**
   * What is copied.
   *
   * @param key its whole key
   * @param size its bytes
   * @param etag the ETag that it must have
   */
  record Source(String key, long size, String etag) {}

  /** A part under way. */
  private record Flying(int number, CompletionStage<UploadPart> stage) {}

  /**
   * A copy.
   *
   * @param held parts that the upload has of an earlier time, by number
   */
  PartCopy(
      MirrorObjects objects,
      Retrier.Check check,
      Source source,
      Upload upload,
      long partSize,
      Map<Integer, UploadPart> held) {
    this.objects = objects;
    this.check = check;
    this.source = source;
    this.upload = upload;
    this.partSize = partSize;
    this.held = held;
  }

  /** Copies all parts; when it fails, none is under way any more. */
  List<UploadPart> send() throws IOException {
    try {
      for (int number = 1; offset(number) < source.size; number++) {
        UploadPart there = held.get(number);
        if (there != null && there.size() == length(number)) {
          parts.add(there);
          continue;
        }
        if (flying.size() == AT_ONCE) {
          land();
        }
        check.run();
        flying.addLast(
            new Flying(
                number,
                objects
                    .store()
                    .copyPart(
                        upload,
                        number,
                        source.key,
                        Condition.matches(source.etag),
                        offset(number),
                        length(number))));
      }
      while (!flying.isEmpty()) {
        land();
      }
    } finally {
      // An abort takes only what has come: parts that come later would stay, and be paid for.
      for (Flying part : flying) {
        settle(part);
      }
    }
    parts.sort(Comparator.comparingInt(UploadPart::number));
    return parts;
  }

  private long offset(int number) {
    return (number - 1) * partSize;
  }

  private long length(int number) {
    return Math.min(partSize, source.size - offset(number));
  }

  /** Waits for the first of those under way, and has it copied again if that helps. */
  private void land() throws IOException {
    Flying part = flying.removeFirst();
    try {
      parts.add(part.stage.toCompletableFuture().join());
    } catch (CompletionException e) {
      parts.add(again(part, Failures.of(e)));
    }
  }

  private UploadPart again(Flying part, IOException failure) throws IOException {
    ErrorKind kind = ProviderException.kindOfMutation(failure);
    if (!kind.isRetryable() && kind != ErrorKind.UNKNOWN_OUTCOME) {
      throw failure;
    }
    try {
      // Writing a part again replaces it, whatever became of the first time.
      return objects.copyPart(
          check,
          upload,
          part.number,
          source.key,
          source.etag,
          offset(part.number),
          length(part.number));
    } catch (IOException second) {
      second.addSuppressed(failure);
      throw second;
    }
  }

  private static void settle(Flying part) {
    UploadPart unused = part.stage.toCompletableFuture().handle((done, failure) -> done).join();
  }
}
