// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.StreamedReads;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Takes a body into one buffer of the size that the answer announced. Of one read only. */
final class RangeReader implements AsyncResponseTransformer<GetObjectResponse, ObjectRange> {
  private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

  /** Small enough to stay in a processor's cache until it is written somewhere. */
  private static final ThreadLocal<byte[]> PIECE =
      ThreadLocal.withInitial(() -> new byte[64 << 10]);

  private final URI uri;
  private final String key;
  private final long offset;
  private final int length;
  private final S3Infos infos;
  private volatile CompletableFuture<ObjectRange> result = new CompletableFuture<>();
  private volatile @Nullable GetObjectResponse response;

  RangeReader(URI uri, String key, long offset, int length, S3Infos infos) {
    this.uri = uri;
    this.key = key;
    this.offset = offset;
    this.length = length;
    this.infos = infos;
  }

  @Override
  public CompletableFuture<ObjectRange> prepare() {
    result = new CompletableFuture<>();
    return result;
  }

  @Override
  public void onResponse(GetObjectResponse answer) {
    response = answer;
  }

  @Override
  public void onStream(SdkPublisher<ByteBuffer> publisher) {
    CompletableFuture<ObjectRange> read = result;
    ByteBuffer data;
    long size;
    // The SDK tells the head before the body.
    ReadHead answer = ReadHead.of(Objects.requireNonNull(response));
    try {
      size = size(answer);
      data = ByteBuffer.allocate(announced(answer));
    } catch (ProviderException e) {
      read.completeExceptionally(e);
      // Ends the body rather than to read what may be terabytes.
      CompletableFuture<?> unused =
          publisher.subscribe(
              ignored -> {
                throw new IllegalStateException("This body is not wanted.");
              });
      return;
    }
    CompletableFuture<?> unused =
        publisher
            .subscribe(data::put)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    read.completeExceptionally(S3Calls.cause(failure));
                  } else if (data.hasRemaining()) {
                    read.completeExceptionally(cutOff(data));
                  } else {
                    read.complete(
                        new ObjectRange(infos.of(key, answer, size), offset, data.flip()));
                  }
                });
  }

  /** A body as it comes from a connection. */
  interface Body {
    /** Reads so many bytes into an array; fewer are the end. */
    int read(byte[] target, int length) throws IOException;
  }

  /** The same of a body that is read here and now. */
  ObjectRange read(ReadHead answer, Body body) throws IOException {
    long size = size(answer);
    byte[] bytes = new byte[announced(answer)];
    ByteBuffer data = ByteBuffer.wrap(bytes);
    data.position(body.read(bytes, bytes.length));
    if (data.hasRemaining()) {
      throw cutOff(data);
    }
    return new ObjectRange(infos.of(key, answer, size), offset, data.flip());
  }

  /** Hands a body on as it comes. */
  ObjectInfo stream(ReadHead answer, Body body, StreamedReads.Sink sink) throws IOException {
    long size = size(answer);
    int announced = announced(answer);
    byte[] piece = PIECE.get();
    for (int done = 0; done < announced; ) {
      int wanted = Math.min(piece.length, announced - done);
      int came = body.read(piece, wanted);
      if (came < wanted) {
        throw cutOff(done + came, announced);
      }
      sink.take(ByteBuffer.wrap(piece, 0, came));
      done += came;
    }
    return infos.of(key, answer, size);
  }

  @Override
  public void exceptionOccurred(Throwable failure) {
    result.completeExceptionally(failure);
  }

  /** The whole object's size; also holds the server to the range that was asked for. */
  private long size(ReadHead answer) throws ProviderException {
    Long told = answer.length();
    if (told == null) {
      throw damaged("the answer does not say how long it is");
    }
    long given = told;
    if (given > length) {
      throw damaged(given + " bytes came for " + length + ": the server knows no ranges");
    }
    if (answer.range() == null) {
      if (offset == 0) {
        return given;
      }
      throw damaged("the server knows no ranges");
    }
    Matcher matcher = RANGE.matcher(answer.range());
    if (!matcher.matches()
        || Long.parseLong(matcher.group(1)) != offset
        || Long.parseLong(matcher.group(2)) != offset + given - 1) {
      throw damaged(
          "the range " + answer.range() + " came for " + length + " bytes from " + offset);
    }
    return Long.parseLong(matcher.group(3));
  }

  /** How many bytes come, no more than were asked for: {@link #size} has looked. */
  private static int announced(ReadHead answer) {
    return Math.toIntExact(Objects.requireNonNull(answer.length()));
  }

  private ProviderException damaged(String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read " + key + " in " + uri + ": " + reason + ". Check the server.");
  }

  private ProviderException cutOff(ByteBuffer data) {
    return cutOff(data.position(), data.capacity());
  }

  private ProviderException cutOff(int came, int announced) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot read "
            + key
            + " in "
            + uri
            + ": the body ended after "
            + came
            + " of "
            + announced
            + " bytes. Read it again.");
  }
}
