// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose certificate no public authority signed. */
@Tag("servers")
class S3TlsTest {
  @TempDir private Path folder;

  private ObjectStore open(Map<String, String> more) throws IOException {
    TestBucket.of("s3mock", folder).close();
    Map<String, String> options = new TreeMap<>(more);
    options.put("endpoint", TestBucket.required("kmesh.servers.s3mock.https"));
    options.put("credentials", "anonymous");
    return new S3Stores().open(new StoreUrl("s3", TestBucket.name(), "tls/", options));
  }

  @Test
  void caFile_isTrusted() throws IOException {
    Map<String, String> trusted = Map.of("ca-file", TestBucket.required("kmesh.servers.s3mock.ca"));
    try (ObjectStore store = open(trusted)) {
      ScriptedStoreTest.done(store.put("k", ScriptedStoreTest.utf8("abc"), PutOptions.NONE));
      assertThat(ScriptedStoreTest.done(store.read("k", 0, 9, Condition.none())).data())
          .isEqualTo(ScriptedStoreTest.utf8("abc"));
    }
  }

  @Test
  void withoutIt_isRefusedByName() throws IOException {
    try (ObjectStore store = open(Map.of())) {
      ProviderException e =
          ScriptedStoreTest.failure(store.put("k", ScriptedStoreTest.utf8("abc"), PutOptions.NONE));
      assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.INVALID);
      assertThat(e).hasMessageContaining("ca-file");
    }
  }
}
