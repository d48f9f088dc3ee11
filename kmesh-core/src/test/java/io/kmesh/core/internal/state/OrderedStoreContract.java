// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.fail;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every ordered store does. */
abstract class OrderedStoreContract {
  private OrderedStore store;

  /** An empty store. */
  abstract OrderedStore create() throws IOException;

  /** The store that {@link #create} made, opened again after it was closed. */
  abstract OrderedStore reopen() throws IOException;

  @BeforeEach
  void open() throws IOException {
    store = create();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private void put(String key, String value) throws IOException {
    store.put(bytes(key), bytes(value));
  }

  private @Nullable String get(String key) throws IOException {
    byte[] value = store.get(bytes(key));
    return value == null ? null : new String(value, UTF_8);
  }

  private List<String> keys(String from, @Nullable String to) throws IOException {
    List<String> keys = new ArrayList<>();
    try (OrderedStore.Cursor cursor = store.scan(bytes(from), to == null ? null : bytes(to))) {
      while (cursor.next()) {
        keys.add(new String(cursor.key(), UTF_8));
      }
      assertThat(cursor.next()).isFalse();
    }
    return keys;
  }

  private void closeAndReopen() throws IOException {
    store.close();
    store = reopen();
  }

  @Test
  void get_seesWhatWasPut_committedOrNot() throws IOException {
    assertThat(get("a")).isNull();
    put("a", "1");
    assertThat(get("a")).isEqualTo("1");
    store.commit();
    assertThat(get("a")).isEqualTo("1");
    put("a", "");
    assertThat(get("a")).isEmpty();
    store.remove(bytes("a"));
    assertThat(get("a")).isNull();
    assertThat(keys("", null)).isEmpty();
  }

  @Test
  void arrays_areTheCallers() throws IOException {
    byte[] key = bytes("a");
    byte[] value = bytes("1");
    store.put(key, value);
    key[0] = 'b';
    value[0] = '2';
    store.get(bytes("a"))[0] = '3';
    try (OrderedStore.Cursor cursor = store.scan(new byte[0], null)) {
      assertThat(cursor.next()).isTrue();
      cursor.key()[0] = 'c';
      cursor.value()[0] = '4';
      assertThat(cursor.key()).isEqualTo(bytes("a"));
      assertThat(cursor.value()).isEqualTo(bytes("1"));
    }
    assertThat(get("a")).isEqualTo("1");
    assertThat(get("b")).isNull();
  }

  @Test
  void close_dropsWhatWasNotCommitted() throws IOException {
    put("a", "1");
    put("b", "1");
    store.commit();
    put("a", "2");
    put("c", "2");
    store.remove(bytes("b"));
    closeAndReopen();
    assertThat(keys("", null)).containsExactly("a", "b");
    assertThat(get("a")).isEqualTo("1");
  }

  @Test
  void rollback_dropsWhatWasNotCommitted() throws IOException {
    store.rollback();
    put("a", "1");
    store.commit();
    put("a", "2");
    put("b", "2");
    store.rollback();
    store.rollback();
    assertThat(get("a")).isEqualTo("1");
    assertThat(keys("", null)).containsExactly("a");
    put("b", "3");
    store.commit();
    store.commit();
    closeAndReopen();
    assertThat(keys("", null)).containsExactly("a", "b");
  }

  @Test
  void scan_isInTheOrderOfUnsignedBytes() throws IOException {
    List<byte[]> keys =
        List.of(
            new byte[0],
            new byte[1],
            new byte[2],
            new byte[] {0, 1},
            new byte[] {1},
            new byte[] {127},
            new byte[] {(byte) 128},
            new byte[] {(byte) 255},
            new byte[] {(byte) 255, 0},
            new byte[] {(byte) 255, (byte) 255});
    List<byte[]> shuffled = new ArrayList<>(keys);
    Collections.shuffle(shuffled, new Random(1));
    for (byte[] key : shuffled) {
      store.put(key, key);
    }
    for (int round = 0; round < 2; round++) {
      try (OrderedStore.Cursor cursor = store.scan(new byte[0], null)) {
        for (byte[] key : keys) {
          assertThat(cursor.next()).isTrue();
          assertThat(cursor.key()).isEqualTo(key);
          assertThat(cursor.value()).isEqualTo(key);
        }
        assertThat(cursor.next()).isFalse();
      }
      store.commit();
    }
  }

  @Test
  void scan_hasAnInclusiveBeginAndAnExclusiveEnd() throws IOException {
    for (String key : List.of("a", "b", "b\0", "c", "d")) {
      put(key, key);
    }
    assertThat(keys("b", "d")).containsExactly("b", "b\0", "c");
    assertThat(keys("b\0", null)).containsExactly("b\0", "c", "d");
    assertThat(keys("", "a")).isEmpty();
    assertThat(keys("c", "b")).isEmpty();
    assertThat(keys("bb", "bc")).isEmpty();
    assertThat(keys("e", null)).isEmpty();
  }

  @Test
  void scan_whenKeysChangeAhead_seesThem() throws IOException {
    for (String key : List.of("a", "c", "e")) {
      put(key, "1");
    }
    store.commit();
    try (OrderedStore.Cursor cursor = store.scan(new byte[0], null)) {
      cursor.next();
      put("b", "2");
      store.remove(bytes("a"));
      put("A", "behind");
      List<String> seen = new ArrayList<>();
      while (cursor.next()) {
        seen.add(new String(cursor.key(), UTF_8));
        store.remove(cursor.key());
        store.commit();
      }
      assertThat(seen).containsExactly("b", "c", "e");
    }
    assertThat(keys("", null)).containsExactly("A");
  }

  @Test
  void cursor_withoutAnEntry_refuses() throws IOException {
    put("a", "1");
    OrderedStore.Cursor cursor = store.scan(new byte[0], null);
    assertThatThrownBy(cursor::key).isInstanceOf(IllegalStateException.class);
    cursor.next();
    cursor.next();
    assertThatThrownBy(cursor::value).isInstanceOf(IllegalStateException.class);
    cursor.close();
    assertThat(cursor.next()).isFalse();
  }

  @Test
  void limits_areKept() throws IOException {
    byte[] key = new byte[OrderedStore.MOST_KEY];
    Arrays.fill(key, (byte) 255);
    byte[] value = new byte[OrderedStore.MOST_VALUE];
    new Random(1).nextBytes(value);
    store.put(key, value);
    store.put(new byte[0], value);
    store.commit();
    closeAndReopen();
    assertThat(Arrays.equals(store.get(key), value)).isTrue();
    assertThat(Arrays.equals(store.get(new byte[0]), value)).isTrue();
    try (OrderedStore.Cursor cursor = store.scan(key, null)) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.next()).isFalse();
    }

    byte[] longKey = new byte[OrderedStore.MOST_KEY + 1];
    for (ThrowingCall call :
        List.<ThrowingCall>of(
            () -> store.get(longKey),
            () -> store.put(longKey, new byte[0]),
            () -> store.remove(longKey),
            () -> store.scan(longKey, null),
            () -> store.put(key, new byte[OrderedStore.MOST_VALUE + 1]))) {
      ProviderException e = catchThrowableOfType(ProviderException.class, call::run);
      assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
    }
  }

  private interface ThrowingCall {
    void run() throws IOException;
  }

  @Test
  void calls_whenClosed_areRefused() throws IOException {
    OrderedStore.Cursor cursor = store.scan(new byte[0], null);
    store.close();
    store.close();
    for (ThrowingCall call :
        List.<ThrowingCall>of(
            () -> store.get(new byte[1]),
            () -> store.put(new byte[1], new byte[1]),
            store::commit,
            cursor::next)) {
      assertThat(catchThrowableOfType(ProviderException.class, call::run).kind())
          .isEqualTo(ErrorKind.INVALID);
    }
  }

  /** Compares with a map: everything that a program can do, with few keys and with many. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyCalls_areThoseOfAMap(long seed) throws IOException {
    Random random = new Random(seed);
    TreeMap<byte[], byte[]> committed = new TreeMap<>(Arrays::compareUnsigned);
    TreeMap<byte[], byte[]> model = new TreeMap<>(committed);
    int range = seed % 2 == 0 ? 60 : 20_000;
    int largest = seed % 3 == 0 ? 20_000 : 120;
    for (int step = 0; step < 6_000; step++) {
      byte[] key = new byte[1 + (int) seed % 4 * 7];
      byte[] number = HexFormat.of().formatHex(bytes("" + random.nextInt(range))).getBytes(UTF_8);
      key = Arrays.copyOf(number, number.length + key.length);
      int what = random.nextInt(1000);
      if (what < 700 || (what < 990 && step < 2_000)) {
        byte[] value = new byte[random.nextInt(1 + random.nextInt(largest))];
        random.nextBytes(value);
        store.put(key, value);
        model.put(key, value);
      } else if (what < 940) {
        byte[] floor = model.isEmpty() ? null : model.ceilingKey(key);
        store.remove(floor == null ? key : floor);
        model.remove(floor == null ? key : floor);
      } else if (what < 985) {
        assertThat(store.get(key)).as("seed %d step %d", seed, step).isEqualTo(model.get(key));
      } else if (what < 993) {
        store.commit();
        committed = new TreeMap<>(model);
      } else if (what < 995) {
        store.rollback();
        model = new TreeMap<>(committed);
      } else if (what < 997) {
        store.close();
        store = reopen();
        model = new TreeMap<>(committed);
      } else if (what == 997) {
        // A range goes, as a directory does.
        try (OrderedStore.Cursor cursor = store.scan(key, null)) {
          for (int i = 0; i < 300 && cursor.next(); i++) {
            store.remove(cursor.key());
            model.remove(cursor.key());
          }
        }
      } else {
        assertSame(model, "seed " + seed + " step " + step);
      }
    }
    store.commit();
    closeAndReopen();
    assertSame(model, "seed " + seed + " at the end");
  }

  private void assertSame(Map<byte[], byte[]> model, String where) throws IOException {
    try (OrderedStore.Cursor cursor = store.scan(new byte[0], null)) {
      for (Map.Entry<byte[], byte[]> entry : model.entrySet()) {
        if (!cursor.next()
            || !Arrays.equals(cursor.key(), entry.getKey())
            || !Arrays.equals(cursor.value(), entry.getValue())) {
          fail(where + ": not " + HexFormat.of().formatHex(entry.getKey())); // AssertJ is slow
        }
      }
      assertThat(cursor.next()).as(where).isFalse();
    }
  }
}
