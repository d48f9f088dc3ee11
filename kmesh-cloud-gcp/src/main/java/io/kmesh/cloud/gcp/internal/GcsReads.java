// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Head and reads. A read is a download of the XML API: in one request it gives the bytes with the
 * user metadata of the same generation, which the JSON API's download leaves out.
 */
public final class GcsReads {
  private static final int NO_SUCH_RANGE = 416;

  private final GcsClient client;
  private final GcsKeys keys;

  GcsReads(GcsClient client, GcsKeys keys) {
    this.client = client;
    this.keys = keys;
  }

  /** As the store's head. */
  public CompletionStage<ObjectInfo> head(String key) throws ProviderException {
    keys.key("look at", key);
    return head("look at", key, null, null);
  }

  /** As the store's read. */
  public CompletionStage<ObjectRange> read(String key, long offset, int length, Condition condition)
      throws ProviderException {
    keys.key("read", key);
    keys.checks().range(key, offset, length);
    return read(key, offset, length, keys.existing("read", key, condition), null);
  }

  /** As the store's readVersion. */
  public CompletionStage<ObjectRange> readVersion(
      String key, String versionId, long offset, int length) throws ProviderException {
    keys.key("read", key);
    keys.checks().range(key, offset, length);
    long generation;
    try {
      generation = Long.parseLong(versionId);
    } catch (NumberFormatException e) {
      throw client
          .failures()
          .of(ErrorKind.NOT_FOUND, "read", key, "there is no version " + versionId + ". List them");
    }
    return read(key, offset, length, null, generation);
  }

  CompletionStage<ObjectInfo> head(
      String verb, String key, @Nullable Long mustBe, @Nullable Long version) {
    HttpUrl.Builder url = client.place().json("o", key);
    GcsKeys.add(url, "generation", version);
    GcsKeys.add(url, "ifGenerationMatch", mustBe);
    url.addQueryParameter("fields", GcsInfos.FIELDS);
    GcsCall call = GcsCall.get(verb, key, url);
    return client.send(call).thenApply(answer -> GcsPuts.info(client, call, answer));
  }

  private CompletionStage<ObjectRange> read(
      String key, long offset, int length, @Nullable Long mustBe, @Nullable Long version) {
    if (length == 0) {
      return nothing(key, offset, mustBe, version);
    }
    HttpUrl.Builder url = client.place().xml(key);
    GcsKeys.add(url, "generation", version);
    GcsCall call = GcsCall.get("read", key, url);
    call.request().header("Range", "bytes=" + offset + "-" + (offset + length - 1));
    // Without it, the store would unpack what was stored as gzip.
    call.request().header("Accept-Encoding", "gzip");
    if (mustBe != null) {
      call.request().header("x-goog-if-generation-match", Long.toString(mustBe));
    }
    return client
        .send(call, Set.of(NO_SUCH_RANGE))
        .thenCompose(
            answer ->
                answer.status() == NO_SUCH_RANGE
                    ? nothing(key, offset, mustBe, version)
                    : java.util.concurrent.CompletableFuture.completedFuture(
                        range(call, answer, offset, length)));
  }

  /** A range behind the object's end has no bytes; what object that is, head tells. */
  private CompletionStage<ObjectRange> nothing(
      String key, long offset, @Nullable Long mustBe, @Nullable Long version) {
    return head("read", key, mustBe, version)
        .thenApply(info -> new ObjectRange(info, offset, ByteBuffer.allocate(0)));
  }

  private ObjectRange range(GcsCall call, GcsAnswer answer, long offset, int length) {
    try {
      ObjectInfo info = GcsInfos.of(call.object(), answer.headers());
      ByteBuffer data = answer.body();
      long expected = Math.max(0, Math.min(length, info.size() - offset));
      if (answer.status() != 206 && (offset != 0 || data.remaining() != expected)) {
        throw new IOException("The store answered " + answer.status() + " to a range.");
      }
      if (data.remaining() != expected) {
        throw new IOException(
            "The store sent " + data.remaining() + " bytes instead of " + expected + ".");
      }
      if (expected == info.size()) {
        check(call, answer, info, Crc32c.of(data));
      }
      return new ObjectRange(info, offset, data);
    } catch (IOException e) {
      throw new CompletionException(
          e instanceof ProviderException ? e : client.failures().unreadable(call, answer, e));
    }
  }

  private void check(GcsCall call, GcsAnswer answer, ObjectInfo info, Crc32c received)
      throws ProviderException {
    if (info.crc32c().isPresent() && !info.crc32c().get().equals(received)) {
      ProviderException failure =
          client
              .failures()
              .of(
                  ErrorKind.CORRUPT,
                  call,
                  "the CRC-32C of what was received is "
                      + received
                      + ", that of the object "
                      + info.crc32c().get()
                      + " (request "
                      + answer.requestId()
                      + "). Read it again");
      throw new ProviderException(
          failure.kind(),
          String.valueOf(failure.getMessage()),
          null,
          null,
          null,
          answer.requestId());
    }
  }
}
