// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectStoreProvider;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class BlobStoresTest {
  private static ObjectStore open(String url) throws IOException {
    return new BlobStores().open(StoreUrl.parse(url));
  }

  @Test
  void provider_isFoundAsAService() {
    assertThat(ServiceLoader.load(ObjectStoreProvider.class))
        .anyMatch(p -> p instanceof BlobStores && p.schemes().contains("az"));
  }

  @Test
  void url_namesContainerAccountAndPrefix() throws IOException {
    try (ObjectStore store = open("az://box@acct/a/b?credentials=managed-identity")) {
      assertThat(store.uri()).hasToString("az://box@acct/a/b/");
    }
    try (ObjectStore store = open("az://box?account=acct&credentials=managed-identity")) {
      assertThat(store.uri()).hasToString("az://box@acct");
    }
    try (ObjectStore store =
        open(
            "az://box?endpoint=http://127.0.0.1:10000/acct&credentials=managed-identity"
                + "&client-id=x&restore-to=Cool")) {
      assertThat(store.uri()).hasToString("az://box@acct");
    }
  }

  @Test
  void url_thatIsWrong_isRefusedWithTheReason() {
    for (String url :
        List.of(
            "az://box?account=a&colour=red",
            "az://box?credentials=managed-identity",
            "az://box@acct?credentials=none",
            "az://box?endpoint=ftp://x&credentials=managed-identity")) {
      assertThatThrownBy(() -> open(url))
          .as(url)
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
          .hasMessageStartingWith("Cannot open az://box");
    }
  }

  @Test
  void provider_withoutTheSdk_refusesWithWhatToAdd() throws Exception {
    URL[] urls = {
      of(BlobStores.class), of(StoreUrl.class), of(ObjectMapper.class), of(Logger.class)
    };
    try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
      assertThatThrownBy(() -> loader.loadClass("com.azure.storage.blob.BlobContainerAsyncClient"))
          .isInstanceOf(ClassNotFoundException.class);
      Class<?> provider = loader.loadClass(BlobStores.class.getName());
      Object stores = provider.getConstructor().newInstance();
      Class<?> urlType = loader.loadClass(StoreUrl.class.getName());
      Object url = urlType.getMethod("parse", String.class).invoke(null, "az://box@acct/p");
      assertThatThrownBy(() -> provider.getMethod("open", urlType).invoke(stores, url))
          .isInstanceOf(InvocationTargetException.class)
          .cause()
          .hasMessageContaining("Cannot open az://box@acct/p/")
          .hasMessageContaining("com.azure:azure-storage-blob")
          .satisfies(
              e -> assertThat(e.getClass().getMethod("kind").invoke(e)).hasToString("UNSUPPORTED"));
    }
  }

  private static URL of(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }
}
