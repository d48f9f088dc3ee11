// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.cloud.aws.internal.http.HttpConnections;
import io.kmesh.cloud.aws.internal.http.Tls;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.utils.ThreadFactoryBuilder;

/** Makes the client: without retries, without trailers, with threads that are ours to name. */
final class S3ClientFactory {
  private final S3Options options;
  private final List<AutoCloseable> opened;

  S3ClientFactory(S3Options options, List<AutoCloseable> opened) {
    this.options = options;
    this.opened = opened;
  }

  /** A client for one bucket. */
  S3AsyncClient client(String bucket) throws IOException {
    S3Credentials credentials = new S3Credentials(options);
    AwsCredentialsProvider provider = credentials.provider();
    opened.addAll(credentials.opened());
    if (isIndirect(bucket)) {
      return sdk(provider, NettyHttp.client(options, opened), opened);
    }
    HttpConnections connections =
        new HttpConnections(options.connections(), tls(), KmeshTime.machine());
    opened.add(0, connections);
    LazyS3Client sdk = new LazyS3Client(made -> sdk(provider, new SdkHttp(connections), made));
    opened.add(0, sdk);
    return new DirectS3Client(
        sdk,
        url(sdk, bucket),
        region(sdk),
        provider,
        options.isAnonymous(),
        connections,
        KmeshTime.machine());
  }

  /** That of the environment only the SDK finds. */
  private String region(LazyS3Client sdk) {
    return options.region().orElseGet(() -> sdk.get().serviceClientConfiguration().region().id());
  }

  private S3Url url(LazyS3Client sdk, String bucket) {
    if (options.endpoint().isPresent() && options.isPathStyle()) {
      return S3Url.ofBucket(options.endpoint().get(), bucket);
    }
    try {
      return S3Url.ofObject(sdk.get().utilities().getUrl(u -> u.bucket(bucket).key("k")).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("Cannot name the bucket " + bucket, e);
    }
  }

  /**
   * Whether requests take a way that only the SDK knows: by a proxy, or to buckets whose names have
   * a meaning, such as those of directory buckets.
   */
  private boolean isIndirect(String bucket) {
    String scheme = options.endpoint().map(URI::getScheme).orElse("https");
    return Proxies.isSet(scheme)
        || bucket.contains("--")
        || options.region().filter(r -> r.equals(Region.AWS_GLOBAL.id())).isPresent();
  }

  private S3AsyncClient sdk(
      AwsCredentialsProvider credentials, SdkAsyncHttpClient http, List<AutoCloseable> made) {
    S3AsyncClientBuilder builder = S3AsyncClient.builder();
    builder.credentialsProvider(credentials);
    options.endpoint().ifPresent(builder::endpointOverride);
    options.region().ifPresent(name -> builder.region(Region.of(name)));
    // What a store demands a checksum for gets it as a header: older servers keep trailers as data.
    builder
        .forcePathStyle(options.isPathStyle())
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .serviceConfiguration(c -> c.chunkedEncodingEnabled(false));
    if (options.checksums() != ChecksumMode.WHEN_SUPPORTED) {
      builder.addPlugin(LegacyMd5Plugin.create());
    }
    builder.overrideConfiguration(
        c ->
            c.retryStrategy(AwsRetryStrategy.doNotRetry())
                .addExecutionInterceptor(new NoExpectation())
                .addExecutionInterceptor(new SigningTime()));
    ThreadFactory threads = new ThreadFactoryBuilder().threadNamePrefix("kmesh-s3").build();
    int count = Math.max(2, Runtime.getRuntime().availableProcessors());
    ExecutorService replies = Executors.newFixedThreadPool(count, threads);
    builder.asyncConfiguration(
        c -> c.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, replies));
    S3AsyncClient client = builder.httpClient(http).build();
    made.add(0, replies::shutdown);
    made.add(0, http);
    made.add(0, client);
    return client;
  }

  private Tls tls() throws IOException {
    Optional<String> file = options.text("ca-file");
    return new Tls(file.isEmpty() ? null : CaFile.read(options, file.get()).trustManagers());
  }
}
