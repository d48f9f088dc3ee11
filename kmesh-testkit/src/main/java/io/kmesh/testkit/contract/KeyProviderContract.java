// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link KeyProvider} must do. Extend it and say how yours is opened and gets keys. */
public abstract class KeyProviderContract {
  private static final byte[] BELONGS_TO = "object 17".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DATA_KEY = new byte[32];

  static {
    new Random(17).nextBytes(DATA_KEY);
  }

  private KeyProvider keys = new Unopened();
  private KeyReference key = new KeyReference("contract-key");

  /** For subclasses. */
  protected KeyProviderContract() {}

  /** Opens a keeper. */
  protected abstract KeyProvider open() throws IOException;

  /** Makes a key with the keeper that was opened last. */
  protected abstract KeyReference make(String name) throws IOException;

  /** Makes a new version of a key. */
  protected abstract void rotate(KeyReference key) throws IOException;

  /** Opens the keeper and makes a key. */
  @BeforeEach
  void openKeys() throws IOException {
    keys = open();
    key = make("contract-key");
  }

  /** Closes the keeper. */
  @AfterEach
  void closeKeys() throws IOException {
    keys.close();
  }

  private WrappedKey wrap() throws IOException {
    try (SecretBytes secret = SecretBytes.copyOf(DATA_KEY)) {
      return keys.wrap(key, secret, BELONGS_TO);
    }
  }

  private byte[] unwrap(WrappedKey wrapped, byte[] associatedData) throws IOException {
    try (SecretBytes secret = keys.unwrap(wrapped, associatedData)) {
      return secret.reveal();
    }
  }

  private void assertRefused(WrappedKey wrapped, byte[] associatedData, ErrorKind... kinds) {
    assertThatThrownBy(() -> unwrap(wrapped, associatedData))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isIn((Object[]) kinds));
  }

  @Test
  void unwrap_givesWhatWasWrapped() throws IOException {
    WrappedKey wrapped = wrap();

    assertThat(unwrap(wrapped, BELONGS_TO)).isEqualTo(DATA_KEY);
    assertThat(wrapped.reference()).isEqualTo(key);
    assertThat(wrapped.keyVersion()).isNotEmpty();
  }

  @Test
  void wrap_hidesTheDataKeyAndNeverGivesTheSameTwice() throws IOException {
    byte[] first = wrap().sealed();

    assertThat(wrap().sealed()).isNotEqualTo(first);
    for (int i = 0; i + 8 <= first.length; i++) {
      byte[] piece = Arrays.copyOfRange(first, i, i + 8);
      assertThat(HexFormat.of().formatHex(DATA_KEY))
          .doesNotContain(HexFormat.of().formatHex(piece));
    }
  }

  @Test
  void wrap_whenAssociatedDataIsEmpty_works() throws IOException {
    try (SecretBytes secret = SecretBytes.copyOf(DATA_KEY)) {
      WrappedKey wrapped = keys.wrap(key, secret, new byte[0]);
      assertThat(unwrap(wrapped, new byte[0])).isEqualTo(DATA_KEY);
      assertRefused(wrapped, BELONGS_TO, ErrorKind.CORRUPT);
    }
  }

  @Test
  void wrap_whenTheKeyIsUnknown_isNotFound() {
    try (SecretBytes secret = SecretBytes.copyOf(DATA_KEY)) {
      assertThatThrownBy(() -> keys.wrap(new KeyReference("no-such-key"), secret, BELONGS_TO))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
          .hasMessageContaining("no-such-key");
    }
  }

  @Test
  void unwrap_whenTheKeyOrVersionIsUnknown_isNotFound() throws IOException {
    WrappedKey wrapped = wrap();

    assertRefused(
        new WrappedKey(new KeyReference("no-such-key"), wrapped.keyVersion(), wrapped.sealed()),
        BELONGS_TO,
        ErrorKind.NOT_FOUND);
    for (String version : new String[] {"999999", "", "-1", "none", "\u0661"}) {
      assertRefused(
          new WrappedKey(key, version, wrapped.sealed()), BELONGS_TO, ErrorKind.NOT_FOUND);
    }
  }

  @Test
  void unwrap_whenItBelongsToSomethingElse_isCorrupt() throws IOException {
    WrappedKey wrapped = wrap();

    assertRefused(wrapped, "object 18".getBytes(StandardCharsets.UTF_8), ErrorKind.CORRUPT);
    assertRefused(wrapped, new byte[0], ErrorKind.CORRUPT);
    assertRefused(wrapped, Arrays.copyOf(BELONGS_TO, 10), ErrorKind.CORRUPT);
  }

  @Test
  void unwrap_whenTheSealedBytesAreDamaged_isRefused() throws IOException {
    WrappedKey wrapped = wrap();
    byte[] good = wrapped.sealed();
    for (int bit = 0; bit < 8 * good.length; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      assertRefused(
          new WrappedKey(key, wrapped.keyVersion(), bad),
          BELONGS_TO,
          ErrorKind.CORRUPT,
          ErrorKind.UNSUPPORTED);
    }
    for (int length = 0; length < good.length; length++) {
      assertRefused(
          new WrappedKey(key, wrapped.keyVersion(), Arrays.copyOf(good, length)),
          BELONGS_TO,
          ErrorKind.CORRUPT);
    }
    assertRefused(
        new WrappedKey(key, wrapped.keyVersion(), Arrays.copyOf(good, good.length + 1)),
        BELONGS_TO,
        ErrorKind.CORRUPT);
  }

  @Test
  void unwrap_whenItIsPassedOffAsAnotherKeys_isCorrupt() throws IOException {
    WrappedKey wrapped = wrap();
    KeyReference other = make("other-key");

    assertRefused(
        new WrappedKey(other, wrapped.keyVersion(), wrapped.sealed()),
        BELONGS_TO,
        ErrorKind.CORRUPT);
  }

  @Test
  void rotate_wrapsWithTheNewVersionAndUnwrapsTheOld() throws IOException {
    WrappedKey old = wrap();
    rotate(key);
    WrappedKey fresh = wrap();

    assertThat(fresh.keyVersion()).isNotEqualTo(old.keyVersion());
    assertThat(unwrap(old, BELONGS_TO)).isEqualTo(DATA_KEY);
    assertThat(unwrap(fresh, BELONGS_TO)).isEqualTo(DATA_KEY);
    assertRefused(
        new WrappedKey(key, fresh.keyVersion(), old.sealed()), BELONGS_TO, ErrorKind.CORRUPT);
  }

  @Test
  void texts_holdNoSecret() throws IOException {
    WrappedKey wrapped = wrap();
    StringBuilder texts = new StringBuilder();
    texts.append(keys.description()).append(keys).append(wrapped);
    try (SecretBytes secret = SecretBytes.copyOf(DATA_KEY)) {
      texts.append(secret);
    }
    try {
      unwrap(wrapped, new byte[0]);
    } catch (ProviderException e) {
      texts.append(e);
    }
    assertThat(texts.toString().toLowerCase(java.util.Locale.ROOT))
        .doesNotContain(HexFormat.of().formatHex(DATA_KEY).substring(0, 16))
        .doesNotContain(
            Base64.getEncoder()
                .encodeToString(DATA_KEY)
                .substring(0, 12)
                .toLowerCase(java.util.Locale.ROOT))
        .doesNotContain(Arrays.toString(DATA_KEY));
  }

  @Test
  void wrap_whenManyThreadsWrap_keepsThemApart() throws IOException {
    WrappedKey wrapped = wrap();

    long right =
        IntStream.range(0, 200)
            .parallel()
            .filter(
                i -> {
                  byte[] belongsTo = {(byte) i, (byte) (i >> 8)};
                  byte[] dataKey = DATA_KEY.clone();
                  dataKey[0] = (byte) i;
                  try (SecretBytes secret = SecretBytes.copyOf(dataKey)) {
                    return Arrays.equals(
                            unwrap(keys.wrap(key, secret, belongsTo), belongsTo), dataKey)
                        && Arrays.equals(unwrap(wrapped, BELONGS_TO), DATA_KEY);
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                })
            .count();

    assertThat(right).isEqualTo(200);
  }

  @Test
  void calls_afterClose_areRefused() throws IOException {
    WrappedKey wrapped = wrap();
    keys.close();
    keys.close();

    assertThatThrownBy(this::wrap).isInstanceOf(ProviderException.class);
    assertThatThrownBy(() -> unwrap(wrapped, BELONGS_TO)).isInstanceOf(ProviderException.class);
  }

  /** Stands there before a test begins. */
  private static final class Unopened implements KeyProvider {
    @Override
    public String description() {
      return "not opened";
    }

    @Override
    public WrappedKey wrap(KeyReference reference, SecretBytes dataKey, byte[] associatedData) {
      throw new IllegalStateException("Cannot use the keys: the test has not opened them.");
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, byte[] associatedData) {
      throw new IllegalStateException("Cannot use the keys: the test has not opened them.");
    }

    @Override
    public void close() {}
  }
}
