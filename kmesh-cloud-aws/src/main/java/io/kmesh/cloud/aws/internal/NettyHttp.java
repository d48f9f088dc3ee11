// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.utils.ThreadFactoryBuilder;

/** The SDK's own way to a server, for what ours can't do: proxies. */
final class NettyHttp {
  /**
   * Longer than the SDK's own ten seconds, since a wait for one of the connections is a matter of
   * the caller's own load; not much longer, since behind a refused connection the SDK's pool may
   * leave the next request waiting for all of it.
   */
  private static final Duration CONNECTION_WAIT = Duration.ofSeconds(30);

  /** After so long without a byte a connection counts as dead. */
  private static final Duration SILENCE = Duration.ofMinutes(2);

  private static final int CLOSE_SECONDS = 10;
  private static final int WAITING_REQUESTS = 100_000;

  private NettyHttp() {}

  static SdkAsyncHttpClient client(S3Options options, List<AutoCloseable> opened)
      throws IOException {
    NettyNioAsyncHttpClient.Builder builder =
        NettyNioAsyncHttpClient.builder()
            .maxConcurrency(options.connections())
            .maxPendingConnectionAcquires(WAITING_REQUESTS)
            .connectionAcquisitionTimeout(CONNECTION_WAIT)
            .readTimeout(SILENCE)
            .writeTimeout(SILENCE)
            .eventLoopGroup(threads(opened));
    if (options.text("ca-file").isPresent()) {
      CaFile trusted = CaFile.read(options, options.text("ca-file").get());
      builder.tlsTrustManagersProvider(trusted::trustManagers);
    }
    return builder.build();
  }

  /** Threads whose end a close does not wait for: for its own the SDK waits two seconds. */
  private static SdkEventLoopGroup threads(List<AutoCloseable> opened) {
    SdkEventLoopGroup group =
        SdkEventLoopGroup.builder()
            .threadFactory(new ThreadFactoryBuilder().threadNamePrefix("kmesh-s3-io").build())
            .build();
    EventLoopGroup loops = group.eventLoopGroup();
    opened.add(
        0,
        () -> {
          Future<?> unused = loops.shutdownGracefully(1, CLOSE_SECONDS, TimeUnit.SECONDS);
        });
    return group;
  }
}
