// SPDX-License-Identifier: Apache-2.0
/** Azure Blob Storage behind {@code io.kmesh.spi.store}; its SDK is the application's to bring. */
module io.kmesh.cloud.azure {
  requires transitive io.kmesh.api;
  requires com.fasterxml.jackson.databind;
  requires java.net.http;
  requires org.slf4j;
  requires static org.jspecify;
  requires static com.azure.core;
  requires static com.azure.core.http.jdk.httpclient;
  requires static com.azure.storage.blob;
  requires static com.azure.storage.common;
  requires static reactor.core;

  exports io.kmesh.cloud.azure;

  provides io.kmesh.spi.store.ObjectStoreProvider with
      io.kmesh.cloud.azure.BlobStores;
}
