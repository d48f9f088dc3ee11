// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.testkit.contract.ObjectStoreContract;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryStoreTest {
  private final ManualTime time = ManualTime.create();
  private final MemoryStore store = MemoryStore.builder().name("m").time(time).build();
  private final BlockingObjectStore calls = store.blocking();

  @Nested
  class Contract extends ObjectStoreContract {
    @Override
    protected ObjectStore open() {
      return MemoryStore.create();
    }
  }

  @Nested
  class ContractUnderPrefix extends ObjectStoreContract {
    @Override
    protected ObjectStore open() {
      return MemoryStore.create();
    }

    @Override
    protected String prefix() {
      return "some/where/";
    }
  }

  @Nested
  @ParameterizedClass
  @EnumSource(StoreCapability.class)
  class ContractWithout extends ObjectStoreContract {
    private final StoreCapability missing;

    ContractWithout(StoreCapability missing) {
      this.missing = missing;
    }

    @Override
    protected ObjectStore open() {
      return MemoryStore.builder().without(missing).build();
    }
  }

  @Test
  void put_whenTimeIsInjected_carriesIt() throws IOException {
    time.advance(Duration.ofHours(3));
    assertThat(calls.put("a", ByteBuffer.allocate(1), PutOptions.NONE).lastModified())
        .isEqualTo(ManualTime.START.plus(Duration.ofHours(3)));
  }

  @Test
  void requests_whenCallsWereMade_countsThem() throws IOException {
    calls.put("a", ByteBuffer.allocate(1), PutOptions.NONE);
    calls.find("a");
    calls.find("b");
    assertThat(store.requests()).isEqualTo(Map.of("put", 1L, "head", 2L));
    assertThat(store.requests("read")).isZero();
    assertThat(store.totalRequests()).isEqualTo(3);
  }

  @Test
  void openUploads_whenStarted_showsThem() throws IOException {
    Upload upload = calls.startUpload("u", Map.of());
    assertThat(store.openUploads()).containsExactly(upload);
    calls.abort(upload);
    assertThat(store.openUploads()).isEmpty();
  }

  @Test
  void anyCall_whenClosed_isRefused() {
    store.close();
    assertThatThrownBy(() -> calls.head("a")).hasMessageContaining("the store is closed");
  }
}
