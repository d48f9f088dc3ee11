// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import io.kmesh.cloud.aws.internal.S3Opener;
import io.kmesh.cloud.aws.internal.S3Options;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreUrl;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Opens stores on a client that the application made and set up itself. */
public final class S3Clients {
  private S3Clients() {}

  /**
   * A store on a client, which it does not close. The client's retries should be off: Kmesh retries
   * itself, and a retry below it hides lost replies.
   *
   * @param client with its own endpoint, region and credentials
   * @param url the bucket, a prefix, and of the options those that tell of the server: {@code
   *     checksums}, {@code conditional-writes}, {@code without}, {@code requester-pays}
   * @throws ProviderException INVALID for an unknown option or a wrong value
   */
  @SuppressWarnings("exports") // who has a client has its module
  public static ObjectStore open(S3AsyncClient client, StoreUrl url) throws ProviderException {
    return S3Opener.open(client, url, S3Options.of(url));
  }
}
