// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.cloud.aws.internal.http.HttpConnections;
import io.kmesh.cloud.aws.internal.http.HttpReply;
import io.kmesh.cloud.aws.internal.http.HttpRequest;
import io.kmesh.cloud.aws.internal.http.Origin;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.utils.BinaryUtils;

/**
 * The SDK's requests over our connections. Bodies are held whole: what the SDK still sends here is
 * small, and so are the answers. Thread-safe.
 */
final class SdkHttp implements SdkAsyncHttpClient {
  private static final int ANSWER_BYTES = 64 << 20;

  /** An answer that was read whole. */
  private record Answer(SdkHttpResponse head, byte[] body) {}

  private final HttpConnections connections;

  SdkHttp(HttpConnections connections) {
    this.connections = connections;
  }

  @Override
  public String clientName() {
    return "Kmesh";
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the future within the future is flattened
  public CompletableFuture<Void> execute(AsyncExecuteRequest asked) {
    SdkAsyncHttpResponseHandler handler = asked.responseHandler();
    SdkHttpRequest head = asked.request();
    Origin origin = Origin.of(head.protocol(), head.host(), head.port());
    return body(asked)
        .thenCompose(
            body -> connections.send(origin, () -> request(head, origin, body), SdkHttp::answer))
        .handle(
            (answer, failure) -> {
              if (failure != null) {
                Throwable cause = S3Calls.cause(failure);
                handler.onError(cause);
                return CompletableFuture.<Void>failedFuture(cause);
              }
              handler.onHeaders(answer.head());
              handler.onStream(
                  AsyncRequestBody.fromByteBufferUnsafe(ByteBuffer.wrap(answer.body())));
              return CompletableFuture.<Void>completedFuture(null);
            })
        .thenCompose(f -> f);
  }

  private static CompletableFuture<ByteBuffer> body(AsyncExecuteRequest asked) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    return SdkPublisher.adapt(asked.requestContentPublisher())
        .subscribe(
            part -> {
              byte[] bytes = BinaryUtils.copyBytesFrom(part);
              all.write(bytes, 0, bytes.length);
            })
        .thenApply(done -> ByteBuffer.wrap(all.toByteArray()));
  }

  private static HttpRequest request(SdkHttpRequest head, Origin origin, ByteBuffer body) {
    String query = head.encodedQueryParameters().map(q -> "?" + q).orElse("");
    String path = head.encodedPath().isEmpty() ? "/" : head.encodedPath();
    HttpRequest request = new HttpRequest(head.method().name(), path + query, sent(head, body));
    if (head.firstMatchingHeader("Host").isEmpty()) {
      request.header("Host", origin.authority());
    }
    head.forEachHeader(
        (name, values) -> {
          if (!name.toLowerCase(Locale.ROOT).equals("content-length")) {
            values.forEach(value -> request.header(name, value));
          }
        });
    return request;
  }

  /** A request that has no body by its method says no length either. */
  private static @Nullable ByteBuffer sent(SdkHttpRequest head, ByteBuffer body) {
    boolean hasBody =
        switch (head.method()) {
          case PUT, POST, PATCH -> true;
          default -> body.hasRemaining();
        };
    return hasBody ? body : null;
  }

  private static Answer answer(HttpReply reply) throws java.io.IOException {
    SdkHttpResponse.Builder head = SdkHttpResponse.builder().statusCode(reply.status());
    reply.headers((name, value) -> head.appendHeader(name, value));
    return new Answer(head.build(), reply.bytes(ANSWER_BYTES));
  }

  @Override
  public void close() {
    // the connections are their maker's to close
  }
}
