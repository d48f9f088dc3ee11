// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectStoreProvider;
import io.kmesh.spi.store.StoreOption;
import io.kmesh.spi.store.StoreUrl;
import io.kmesh.testkit.store.MemoryStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoresTest {
  /** Opens one store. */
  private static final class OfMemory implements ObjectStoreProvider {
    private final MemoryStore store = MemoryStore.create();

    @Override
    public Set<String> schemes() {
      return Set.of("mem");
    }

    @Override
    public List<StoreOption> options() {
      return List.of();
    }

    @Override
    public ObjectStore open(StoreUrl url) {
      assertThat(url).hasToString("mem://bucket/prefix/");
      return store;
    }
  }

  private final OfMemory provider = new OfMemory();

  private static void assertFails(ObjectStores stores, String url, ErrorKind kind, String message) {
    assertThatThrownBy(() -> stores.open(url))
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessage(message);
  }

  @Test
  void scheme_opensByItsProvider() throws Exception {
    ObjectStores stores = ObjectStores.of(provider);
    assertThat(stores.schemes()).containsExactly("file", "mem");
    assertThat(stores.open("MEM://bucket/prefix")).isSameAs(provider.store);
  }

  @Test
  void pathAndFile_areDirectories(@TempDir Path dir) throws Exception {
    try (ObjectStore one = ObjectStores.of().open(dir.resolve("a").toString())) {
      assertThat(one).isInstanceOf(DirectoryStore.class);
    }
    try (ObjectStore two = ObjectStores.of().open(dir.resolve("b").toUri().toString())) {
      assertThat(two).isInstanceOf(DirectoryStore.class);
    }
    assertThat(dir).isDirectoryContaining(p -> p.endsWith("a"));
    assertThat(dir).isDirectoryContaining(p -> p.endsWith("b"));
  }

  @Test
  void whatNothingOpens_isRefused_withTheModuleThatWould() {
    assertFails(
        ObjectStores.of(provider),
        "s3://bucket/p",
        ErrorKind.UNSUPPORTED,
        "Cannot open s3://bucket/p/: nothing here opens s3:, only file, mem. Put kmesh-cloud-aws on"
            + " the class path, with the SDK that it names.");
    assertFails(
        ObjectStores.of(),
        "ftp://host/p?password=x",
        ErrorKind.UNSUPPORTED,
        "Cannot open ftp://host/p/: nothing here opens ftp:, only file. Use one of them.");
  }

  @Test
  void twoOfAScheme_areRefused() {
    assertFails(
        ObjectStores.of(provider, new OfMemory()),
        "mem://bucket/prefix",
        ErrorKind.UNSUPPORTED,
        "Cannot open mem://bucket/prefix/: several do it: io.kmesh.store.ObjectStoresTest$OfMemory,"
            + " io.kmesh.store.ObjectStoresTest$OfMemory. Leave one on the class path, or open the"
            + " store by one of them.");
  }
}
