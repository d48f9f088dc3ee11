// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** Whether the SDK is there, which the application brings. */
public final class Sdk {
  private Sdk() {}

  /**
   * Refuses to go on without the SDK.
   *
   * @throws ProviderException UNSUPPORTED, with what to add
   */
  public static void require(String what) throws ProviderException {
    for (String name :
        new String[] {
          "com.azure.storage.blob.BlobContainerAsyncClient",
          "com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder"
        }) {
      try {
        Class.forName(name, false, Sdk.class.getClassLoader());
      } catch (ClassNotFoundException | LinkageError e) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot open "
                + what
                + ": the class "
                + name
                + " is not there. Add com.azure:azure-storage-blob without"
                + " com.azure:azure-core-http-netty, and"
                + " com.azure:azure-core-http-jdk-httpclient, to the class path.",
            e);
      }
    }
  }
}
