// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PrefixedObjectStore;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Opens stores where the SDK is there. */
public final class S3Opener {
  private S3Opener() {}

  /** A store with a client of its own. */
  public static ObjectStore open(StoreUrl url, S3Options options) throws IOException {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      S3AsyncClient client = new S3ClientFactory(options, opened).client(url.bucket());
      return store(client, url, options, opened);
    } catch (NoClassDefFoundError e) {
      Closing.all(opened);
      String missing = String.valueOf(e.getMessage()).replace('/', '.');
      String name = missing.toLowerCase(Locale.ROOT);
      String artifact =
          name.contains("netty") ? "netty-nio-client" : name.contains("sts") ? "sts" : "s3";
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot open "
              + url
              + ": "
              + missing
              + " of the AWS SDK is not on the class path. Add software.amazon.awssdk:"
              + artifact
              + ".",
          e);
    } catch (SdkException e) {
      Closing.all(opened);
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot open " + url + ": " + e.getMessage() + ". Check the options region and profile.",
          e);
    } catch (IOException | RuntimeException e) {
      Closing.all(opened);
      throw e;
    }
  }

  /** A store on a client that someone else closes. */
  public static ObjectStore open(S3AsyncClient client, StoreUrl url, S3Options options) {
    return store(client, url, options, List.of());
  }

  private static ObjectStore store(
      S3AsyncClient client, StoreUrl url, S3Options options, List<AutoCloseable> opened) {
    return PrefixedObjectStore.of(new S3Store(client, url.bucket(), options, opened), url.prefix());
  }
}
