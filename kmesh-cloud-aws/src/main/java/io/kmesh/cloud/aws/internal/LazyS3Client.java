// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The SDK's client, made when a request first needs it: loading its classes takes longer than many
 * a command. Thread-safe.
 */
final class LazyS3Client implements AutoCloseable {
  /** Makes a client. */
  @FunctionalInterface
  interface Maker {
    /** The client; what closes it is added to the list, first what is to be closed first. */
    S3AsyncClient make(List<AutoCloseable> opened);
  }

  private final Maker maker;
  private final List<AutoCloseable> opened = new ArrayList<>(); // guarded by this
  private @Nullable S3AsyncClient client; // guarded by this
  private boolean isClosed; // guarded by this

  LazyS3Client(Maker maker) {
    this.maker = maker;
  }

  /**
   * The client.
   *
   * @throws IllegalStateException when it is closed
   */
  synchronized S3AsyncClient get() {
    S3AsyncClient made = client;
    if (made != null) {
      return made;
    }
    if (isClosed) {
      throw new IllegalStateException("the store is closed");
    }
    made = maker.make(opened);
    client = made;
    return made;
  }

  @Override
  public void close() {
    List<AutoCloseable> all;
    synchronized (this) {
      isClosed = true;
      all = List.copyOf(opened);
      opened.clear();
    }
    Closing.all(all);
  }
}
