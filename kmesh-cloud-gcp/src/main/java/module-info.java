// SPDX-License-Identifier: Apache-2.0
/** Google Cloud Storage behind {@code io.kmesh.spi.store}. */
module io.kmesh.cloud.gcp {
  requires transitive io.kmesh.api;
  requires org.slf4j;
  requires static org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires okhttp3;
  requires okio;

  exports io.kmesh.cloud.gcp;

  provides io.kmesh.spi.store.ObjectStoreProvider with
      io.kmesh.cloud.gcp.GcsStores;
}
