// SPDX-License-Identifier: Apache-2.0
package io.kmesh.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.KmeshException;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only the key file does; the rest is in its contract. */
final class KeyFileTest {
  private static final byte[] NOTHING = new byte[0];
  @TempDir private Path directory;

  private Path path() {
    return directory.resolve("keys");
  }

  private static void assertKind(ThrowingCallable call, ErrorKind kind) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(KmeshException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  private static SecretBytes dataKey() {
    return SecretBytes.copyOf(new byte[] {1, 2, 3});
  }

  @Test
  void create_isForItsOwnerOnlyAndOnce() throws IOException {
    KeyFile.create(path()).close();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
        .isEqualTo("rw-------");
    assertKind(() -> KeyFile.create(path()), ErrorKind.EXISTS);
  }

  @Test
  void make_keepsTheMode() throws IOException {
    try (KeyFile file = KeyFile.create(path())) {
      file.make("a");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
        .isEqualTo("rw-------");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw-rw-rw-", "rwx------", "rw-----w-"})
  void at_whenOthersMayUseIt_isDenied(String mode) throws IOException {
    KeyFile.create(path()).close();
    Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString(mode));

    assertThatThrownBy(() -> KeyFile.at(path()))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.DENIED))
        .hasMessageContainingAll(path().toString(), mode, "chmod 600");
  }

  @Test
  void at_whenMissing_isNotFound() {
    assertKind(() -> KeyFile.at(path()), ErrorKind.NOT_FOUND);
  }

  @Test
  void at_afterMaking_opensWhatWasWrapped() throws IOException {
    WrappedKey wrapped;
    try (KeyFile file = KeyFile.create(path());
        SecretBytes dataKey = dataKey()) {
      wrapped = file.wrap(file.make("a"), dataKey, NOTHING);
      file.make("b");
      assertThat(file.rotate(new KeyReference("a"))).isEqualTo(2);
    }
    try (KeyFile file = KeyFile.at(path());
        SecretBytes dataKey = file.unwrap(wrapped, NOTHING)) {
      assertThat(dataKey.reveal()).containsExactly(1, 2, 3);
      assertThat(file.keys()).containsExactly(new KeyReference("a"), new KeyReference("b"));
    }
  }

  @Test
  void unwrap_whenAnotherOpenerRotated_findsTheNewVersion() throws IOException {
    try (KeyFile one = KeyFile.create(path());
        KeyFile two = KeyFile.at(path());
        SecretBytes dataKey = dataKey()) {
      KeyReference key = one.make("a");
      one.rotate(key);
      try (SecretBytes found = two.unwrap(one.wrap(key, dataKey, NOTHING), NOTHING)) {
        assertThat(found.reveal()).containsExactly(1, 2, 3);
      }
      two.make("b");
      assertThat(one.rotate(new KeyReference("b"))).isEqualTo(2);
    }
  }

  @Test
  void make_whenTheNameIsTakenOrOdd_isRefused() {
    try (KeyFile file = KeyFile.create(path())) {
      file.make("a");
      assertKind(() -> file.make("a"), ErrorKind.EXISTS);
      for (String name : List.of("", "a b", "a\nb", "\u00e9", "x".repeat(65))) {
        assertKind(() -> file.make(name), ErrorKind.INVALID);
      }
      assertKind(() -> file.rotate(new KeyReference("none")), ErrorKind.NOT_FOUND);
    }
  }

  @Test
  void destroy_takesOldVersionsOnly() throws IOException {
    try (KeyFile file = KeyFile.create(path());
        SecretBytes dataKey = dataKey()) {
      KeyReference key = file.make("a");
      WrappedKey old = file.wrap(key, dataKey, NOTHING);
      assertKind(() -> file.destroy(key, 1), ErrorKind.PRECONDITION);
      file.rotate(key);
      file.destroy(key, 1);

      assertThatThrownBy(() -> file.unwrap(old, NOTHING))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
      assertKind(() -> file.destroy(key, 1), ErrorKind.NOT_FOUND);
      assertThat(file.rotate(key)).isEqualTo(3); // a number is never used again
    }
  }

  @Test
  void wrap_whenTheDataKeyIsNone_isRefused() {
    try (KeyFile file = KeyFile.create(path())) {
      KeyReference key = file.make("a");
      for (int size : new int[] {0, 4097}) {
        try (SecretBytes dataKey = SecretBytes.copyOf(new byte[size])) {
          assertThatThrownBy(() -> file.wrap(key, dataKey, NOTHING))
              .isInstanceOf(ProviderException.class);
        }
      }
    }
  }

  @Test
  void version0_vectorOpens() throws IOException {
    Path vector = directory.resolve("vector");
    try (InputStream in = KeyFileTest.class.getResourceAsStream("/key/version-0.keys")) {
      Files.copy(in, vector);
    }
    Files.setPosixFilePermissions(vector, PosixFilePermissions.fromString("rw-------"));
    byte[] belongsTo = "vector".getBytes(StandardCharsets.US_ASCII);
    try (KeyFile file = KeyFile.at(vector)) {
      assertThat(file.keys())
          .containsExactly(new KeyReference("backup"), new KeyReference("job42"));
      for (String[] wrapped :
          new String[][] {
            {
              "job42",
              "1",
              "00000102030405060708090a0b5c535fa44e30edebb4f0c3cd2a7e50330361fb777e04b0063c14c9a1a79cd587912d3d1ebb060435b20fd0e7311bd8b8"
            },
            {
              "job42",
              "3",
              "006465666768696a6b6c6d6e6ffd747270d2298254c2c42f49c78e2990e5eae1865f95949862226bb5478d48cbbe4c0dddcd3f2779041b495f8133595b"
            }
          }) {
        WrappedKey key =
            new WrappedKey(
                new KeyReference(wrapped[0]), wrapped[1], HexFormat.of().parseHex(wrapped[2]));
        try (SecretBytes dataKey = file.unwrap(key, belongsTo)) {
          assertThat(HexFormat.of().formatHex(dataKey.reveal()))
              .isEqualTo("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        }
      }
    }
  }

  @Test
  void at_whenFormatIsNewer_refusesAndNamesBoth() throws IOException {
    assertText("kmesh-key-file 1\nwhatever\n", ErrorKind.UNSUPPORTED, "format 1", "knows 0");
  }

  private void assertText(String text, ErrorKind kind, String... parts) throws IOException {
    KeyFile.create(path()).close();
    Files.writeString(path(), text);
    assertThatThrownBy(() -> KeyFile.at(path()))
        .isInstanceOfSatisfying(KmeshException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContainingAll(parts);
  }

  @Test
  void at_whenDamagedAnywhere_isTypedAndTellsNoSecret() throws IOException {
    byte[] good;
    try (InputStream in = KeyFileTest.class.getResourceAsStream("/key/version-0.keys")) {
      good = in.readAllBytes();
    }
    String secret = "202122232425262728292a2b2c2d2e2f";
    assertThat(new String(good, StandardCharsets.US_ASCII)).contains(secret);
    KeyFile.create(path()).close();
    for (long seed = 1; seed <= 1500; seed++) {
      Random random = new Random(seed);
      byte[] bad = good.clone();
      switch (random.nextInt(3)) {
        case 0 -> bad = Arrays.copyOf(bad, random.nextInt(bad.length));
        case 1 -> bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
        default -> bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      Files.write(path(), bad);
      assertTypedOrRead("seed " + seed, secret, () -> KeyFile.at(path()));
    }
  }

  private static void assertTypedOrRead(String where, String secret, Callable<KeyFile> open) {
    try (KeyFile file = open.call()) {
      // Cut at the end of a line, or the byte that was written was the same.
      assertThat(file.keys().size()).as(where).isBetween(0, 2);
    } catch (KmeshException e) {
      assertThat(e.kind()).as(where).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED);
      assertThat(e.toString()).doesNotContain(secret);
    } catch (Exception e) {
      throw new AssertionError(where, e);
    }
  }
}
