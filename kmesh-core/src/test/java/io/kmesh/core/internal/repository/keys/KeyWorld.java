// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the tests of keys share: cheap passphrases, and a look into the store. */
final class KeyWorld {
  /** As cheap as it gets: its cost is not what is tested. */
  static final Argon2id.Cost CHEAP = new Argon2id.Cost(8, 1, 1);

  private KeyWorld() {}

  static KeySettings settings() {
    Observer observer = new RecordingObserver();
    return new KeySettings(
        new Retrier(
            ManualTime.create(),
            new RetryPolicy(3, Duration.ZERO, Duration.ZERO),
            new Random(1),
            observer),
        CHEAP);
  }

  static Credential.Passphrase passphrase(String text) {
    return new Credential.Passphrase(text.toCharArray());
  }

  static Holder holder(String name) {
    return new Holder(name, passphrase("pass of " + name));
  }

  static Holder holder(String name, KeyProvider keys, KeyReference reference) {
    return new Holder(name, new Credential.Provider(keys, reference));
  }

  static RepositoryKeys init(ObjectStore store) throws IOException {
    return RepositoryKeys.init(store, settings(), holder("anna"));
  }

  static RepositoryKeys open(ObjectStore store, String name) throws IOException {
    return RepositoryKeys.open(store, settings(), holder(name).credential());
  }

  static byte[] bytes(MemoryStore store, String key) throws IOException {
    ByteBuffer data = store.blocking().read(key, 0, 1 << 20, Condition.none()).data();
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    return bytes;
  }

  static void write(MemoryStore store, String key, byte[] bytes) throws IOException {
    store.blocking().put(key, ByteBuffer.wrap(bytes), PutOptions.NONE);
  }

  static String only(MemoryStore store, String prefix) {
    assertThat(store.keys()).filteredOn(k -> k.startsWith(prefix)).hasSize(1);
    return store.keys().stream().filter(k -> k.startsWith(prefix)).findFirst().orElseThrow();
  }

  static AbstractThrowableAssert<?, ? extends Throwable> refused(
      ErrorKind kind, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProviderException.class,
            e -> assertThat(e.kind()).as(String.valueOf(e.getMessage())).isEqualTo(kind))
        .hasMessageMatching("(?s)Cannot .+: .+\\..+\\.");
  }
}
