// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreUrl;
import io.kmesh.spi.store.StreamedReads;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A bucket on a real server that config/servers.py started; one store for the tests of a class. */
final class TestBucket implements AutoCloseable {
  private static final String NAME = "kmesh-" + ProcessHandle.current().pid();
  private static final AtomicInteger PREFIXES = new AtomicInteger();

  private final ObjectStore store;

  private TestBucket(ObjectStore store) {
    this.store = store;
  }

  /**
   * The bucket of a server, made where it is not there.
   *
   * @param options names and values by turns
   */
  static TestBucket of(String server, Path folder, String... options) throws IOException {
    String key = System.getProperty("kmesh.servers." + server + ".key", "any");
    String secret = System.getProperty("kmesh.servers." + server + ".secret", "any");
    String endpoint = required("kmesh.servers." + server);
    try (S3AsyncClient client =
        S3AsyncClient.builder()
            .endpointOverride(URI.create(endpoint))
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(key, secret)))
            .build()) {
      client.createBucket(r -> r.bucket(NAME)).handle((done, there) -> true).join();
    }
    Map<String, String> all = new TreeMap<>();
    all.put("endpoint", endpoint);
    all.put("access-key-file", keyFile(folder, key, secret).toString());
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    return new TestBucket(new S3Stores().open(new StoreUrl("s3", NAME, "", all)));
  }

  static Path keyFile(Path folder, String key, String secret) throws IOException {
    return Files.writeString(
        folder.resolve("keys"),
        "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = " + secret + "\n");
  }

  /** A property that config/servers.py prints; a missing one says how to start it. */
  static String required(String property) {
    String value = System.getProperty(property);
    if (value == null) {
      throw new IllegalStateException(
          "Start the servers with config/servers.py and hand on -D" + property + "=…");
    }
    return value;
  }

  /** A prefix that no other test has. */
  static String prefix() {
    return "t" + PREFIXES.incrementAndGet() + "/";
  }

  static String name() {
    return NAME;
  }

  /** The one store, which a test's close leaves open. */
  ObjectStore open() {
    return new ForwardingObjectStore() {
      @Override
      protected ObjectStore delegate() {
        return store;
      }

      @Override
      public Optional<StreamedReads> streamedReads() {
        return store.streamedReads();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
