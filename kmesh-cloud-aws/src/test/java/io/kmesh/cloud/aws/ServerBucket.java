// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The bucket of a server while the tests of a class run. */
final class ServerBucket implements BeforeAllCallback, AfterAllCallback {
  private final String server;
  private final String[] options;
  private @Nullable Path folder;
  private @Nullable TestBucket bucket;

  /**
   * A bucket that is not open yet.
   *
   * @param server its name in config/servers.py
   * @param checksums what the server knows of them
   * @param without what else it lacks
   */
  ServerBucket(String server, String checksums, String without) {
    this.server = server;
    this.options = new String[] {"checksums", checksums, "without", without};
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    folder = Files.createTempDirectory("kmesh-bucket");
    bucket = TestBucket.of(server, folder, options);
  }

  /** The one store, which a test's close leaves open. */
  ObjectStore open() {
    if (bucket == null) {
      throw new IllegalStateException("Register it as an extension of the test class.");
    }
    return bucket.open();
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (bucket != null) {
      bucket.close();
    }
    if (folder != null) {
      Files.deleteIfExists(folder.resolve("keys"));
      Files.delete(folder);
    }
  }
}
