// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.core.http.HttpClient;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.util.HttpClientOptions;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import io.kmesh.cloud.azure.internal.credential.Credential;
import io.kmesh.cloud.azure.internal.credential.HttpThreads;
import java.net.URI;
import java.time.Duration;

/** Makes the SDK's clients: over the JDK's HTTP client, and without retries, which are core's. */
public final class Clients {
  private Clients() {}

  /** A client of a container. */
  public static BlobContainerAsyncClient of(URI endpoint, String container, Credential credential) {
    BlobContainerClientBuilder builder =
        new BlobContainerClientBuilder()
            .endpoint(endpoint.toString())
            .containerName(container)
            .clientOptions(new HttpClientOptions())
            .httpClient(http())
            .retryOptions(
                new RequestRetryOptions(
                    RetryPolicyType.FIXED,
                    1,
                    Duration.ofMinutes(10),
                    Duration.ofMillis(1),
                    Duration.ofMillis(1),
                    null));
    if (credential instanceof Credential.SharedKey key) {
      builder.credential(new StorageSharedKeyCredential(key.account(), key.key().reveal()));
    } else if (credential instanceof Credential.Sas sas) {
      builder.sasToken(sas.token().reveal());
    } else if (credential instanceof Credential.Bearer bearer) {
      builder.addPolicy(new BearerPolicy(bearer.tokens()));
    }
    return builder.buildAsyncClient();
  }

  private static HttpClient http() {
    return new JdkHttpClientBuilder(
            java.net.http.HttpClient.newBuilder()
                .version(java.net.http.HttpClient.Version.HTTP_1_1))
        .executor(HttpThreads.daemons("kmesh-azure-http"))
        .connectionTimeout(Duration.ofSeconds(20))
        .build();
  }
}
