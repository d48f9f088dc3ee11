// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;

/** The Azurite of the system property {@code kmesh.servers.azurite}. */
final class Azurite {
  /** What Azurite's documentation prints: no secret. */
  static final String ACCOUNT = "devstoreaccount1";

  static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private final URI endpoint;

  private Azurite(URI endpoint) {
    this.endpoint = endpoint;
  }

  static Azurite running() {
    String url = System.getProperty("kmesh.servers.azurite");
    Assumptions.assumeTrue(url != null, "kmesh.servers.azurite says where Azurite is");
    return new Azurite(URI.create(url + "/" + ACCOUNT));
  }

  URI endpoint() {
    return endpoint;
  }

  String createContainer() {
    String name = "kmesh-" + UUID.randomUUID();
    assertThat(client(name).createWithResponse(null, null).block()).isNotNull();
    return name;
  }

  BlobContainerAsyncClient client(String container) {
    return new BlobContainerClientBuilder()
        .endpoint(endpoint.toString())
        .credential(new StorageSharedKeyCredential(ACCOUNT, KEY))
        .containerName(container)
        .buildAsyncClient();
  }

  BlobStore store(String container) throws ProviderException {
    return BlobStore.builder(container)
        .endpoint(endpoint)
        .credentials(BlobCredentials.sharedKey(ACCOUNT, KEY))
        .build();
  }
}
