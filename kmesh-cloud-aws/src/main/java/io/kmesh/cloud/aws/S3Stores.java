// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.cloud.aws.internal.S3Opener;
import io.kmesh.cloud.aws.internal.S3Options;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectStoreProvider;
import io.kmesh.spi.store.StoreOption;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Opens buckets of Amazon S3 and of everything that speaks its protocol, by URLs such as {@code
 * s3://bucket/prefix?region=eu-central-1}. It needs the AWS SDK's {@code s3}, for roles {@code sts}
 * and behind a proxy {@code netty-nio-client} too, which the application brings. Thread-safe.
 */
public final class S3Stores implements ObjectStoreProvider {
  private static final String SDK = "software.amazon.awssdk.services.s3.S3AsyncClient";

  /** For the service loader, and for a builder. */
  public S3Stores() {}

  @Override
  public Set<String> schemes() {
    return Set.of("s3");
  }

  @Override
  public List<StoreOption> options() {
    return S3Options.HELP;
  }

  @Override
  public ObjectStore open(StoreUrl url) throws IOException {
    S3Options options = S3Options.of(url);
    require(url, SDK, "s3");
    return S3Opener.open(url, options);
  }

  private static void require(StoreUrl url, String type, String artifact) throws ProviderException {
    try {
      Class.forName(type, false, S3Stores.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open "
              + url
              + ": the AWS SDK is not on the class path. Add software.amazon.awssdk:"
              + artifact
              + ".",
          e);
    }
  }
}
