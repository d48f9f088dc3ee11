// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.ObjectStoreProvider;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreOption;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Opening stores by URL. */
class S3StoresTest {
  private static final String BASE =
      "s3://bucket/pre?endpoint=http://127.0.0.1:1&credentials=anonymous";

  @TempDir Path folder;

  @Test
  void provider_isFoundAsAService() {
    assertThat(ServiceLoader.load(ObjectStoreProvider.class).stream().map(p -> p.type().getName()))
        .contains(S3Stores.class.getName());
    assertThat(new S3Stores().schemes()).containsExactly("s3");
    assertThat(new S3Stores().options().stream().map(StoreOption::name))
        .contains("endpoint", "region", "role-arn")
        .doesNotHaveDuplicates();
  }

  @Test
  void open_asksNothing_andHasThePrefixAndTheCapabilities() throws IOException {
    StoreUrl url =
        StoreUrl.parse(BASE + "&checksums=none&conditional-writes=off&without=versions,copy");
    try (ObjectStore store = new S3Stores().open(url)) {
      assertThat(store.uri()).hasToString("s3://bucket/pre/");
      assertThat(store.limits().maxKeyBytes()).isEqualTo(1020);
      assertThat(store.capabilities())
          .doesNotContain(
              StoreCapability.SHA256,
              StoreCapability.CRC32C,
              StoreCapability.CONDITIONAL_CREATE,
              StoreCapability.VERSIONS,
              StoreCapability.COPY)
          .contains(StoreCapability.MULTIPART, StoreCapability.UTF8_KEY_ORDER);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nothing=1",
        "path-style=perhaps",
        "checksums=some",
        "without=wings",
        "connections=0",
        "connections=many",
        "ca-file=/nowhere/at/all",
        "sts-endpoint=http://x",
        "profile=p",
        "role-arn=r",
      })
  void open_whenAnOptionIsWrong_namesIt(String option) throws IOException {
    StoreUrl url = StoreUrl.parse(BASE + "&" + option);
    assertThatThrownBy(() -> new S3Stores().open(url))
        .isInstanceOfSatisfying(
            ProviderException.class,
            e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.INVALID))
        .hasMessageContaining("s3://bucket/pre");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://host", "127.0.0.1:9000", "http://", "http://a b"})
  void open_whenEndpointIsNone_isRefused(String endpoint) {
    StoreUrl url = new StoreUrl("s3", "b", "", java.util.Map.of("endpoint", endpoint));
    assertThatThrownBy(() -> new S3Stores().open(url)).hasMessageContaining("endpoint");
  }

  @Test
  void open_whenBucketIsNoName_isRefused() {
    for (String bucket : List.of("a b", "..", "user@host")) {
      StoreUrl url = new StoreUrl("s3", bucket, "", java.util.Map.of());
      assertThatThrownBy(() -> new S3Stores().open(url))
          .isInstanceOf(ProviderException.class)
          .hasMessageContainingAll("s3://" + bucket, "name");
    }
  }

  @Test
  void open_whenCaFileHoldsNone_isRefused() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.pem"), "");
    StoreUrl url = StoreUrl.parse(BASE + "&ca-file=" + empty);
    assertThatThrownBy(() -> new S3Stores().open(url)).hasMessageContaining("ca-file");
  }

  @Test
  void open_whenTheSdkIsMissing_saysWhatToAdd() throws Exception {
    try (URLClassLoader loader =
        new URLClassLoader(withoutSdk(), ClassLoader.getPlatformClassLoader())) {
      Class<?> type = loader.loadClass(S3Stores.class.getName());
      Object provider = type.getConstructor().newInstance();
      assertThat((List<?>) type.getMethod("options").invoke(provider)).isNotEmpty();
      Class<?> urls = loader.loadClass(StoreUrl.class.getName());
      Object url = urls.getMethod("parse", String.class).invoke(null, "s3://bucket/");
      assertThatThrownBy(() -> type.getMethod("open", urls).invoke(provider, url))
          .cause()
          .hasMessageContainingAll("software.amazon.awssdk:s3", "s3://bucket")
          .extracting(e -> String.valueOf(kind(e)))
          .isEqualTo("UNSUPPORTED");
    }
  }

  /** The kind of an exception whose class is of the other loader. */
  private static Object kind(Throwable e) {
    try {
      return e.getClass().getMethod("kind").invoke(e);
    } catch (ReflectiveOperationException wrong) {
      throw new LinkageError("no kind()", wrong);
    }
  }

  /** The class path without any jar of the SDK. */
  private static URL[] withoutSdk() {
    return Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
        .filter(entry -> !entry.contains("awssdk"))
        .map(Path::of)
        .map(
            path -> {
              try {
                return path.toUri().toURL();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            })
        .toList()
        .toArray(URL[]::new);
  }
}
