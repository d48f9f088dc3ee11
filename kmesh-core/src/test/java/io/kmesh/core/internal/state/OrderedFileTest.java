// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a file, and what only a file does. */
final class OrderedFileTest extends OrderedStoreContract {
  /** Changes beyond this go into the blocks: small, so that every case sees it. */
  private static final int BUFFERED = 20_000;

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("flow.db");
  }

  @Override
  OrderedStore create() throws IOException {
    return reopen();
  }

  @Override
  OrderedFile reopen() throws IOException {
    return OrderedFile.open(file(), SqliteStore.Use.LOCAL, SystemTime.INSTANCE, BUFFERED);
  }

  private static ProviderException refused(Path file) {
    return catchThrowableOfType(
        ProviderException.class,
        () -> OrderedFile.open(file, SqliteStore.Use.LOCAL, SystemTime.INSTANCE));
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(16).putLong(8, number).array();
  }

  private static byte[] value(long number) {
    byte[] value = new byte[100];
    new Random(number).nextBytes(value);
    return value;
  }

  @Test
  void open_whenAnotherHasIt_namesTheHolder() {
    ProviderException e = refused(file());
    assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
    assertThat(e)
        .hasMessageContainingAll(file().toString(), "pid " + ProcessHandle.current().pid());
  }

  @Test
  void open_whenTheFileIsAStateOrAnothers_refusesAndLeavesItAlone() throws Exception {
    Path state = directory.resolve("state.db");
    SqliteStore.open(
            new SqliteStore.Settings(
                state, "", SqliteStore.Use.LOCAL, SystemTime.INSTANCE, Observer.NONE))
        .close();
    byte[] before = Files.readAllBytes(state);
    ProviderException e = refused(state);
    assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(e).hasMessageContainingAll(state.toString(), "0x4b4d5348", "0x4b4d4f53");
    assertThat(Files.readAllBytes(state)).isEqualTo(before);

    Path text = Files.writeString(directory.resolve("text"), "no database".repeat(20));
    assertThat(refused(text).kind()).isEqualTo(ErrorKind.CORRUPT);
  }

  @Test
  void open_whenTheFormatIsNewer_saysSo() throws Exception {
    Path file = directory.resolve("newer.db");
    OrderedFile.open(file, SqliteStore.Use.LOCAL, SystemTime.INSTANCE).close();
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = other.createStatement()) {
      statement.execute("PRAGMA user_version=1");
    }
    ProviderException e = refused(file);
    assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED);
    assertThat(e).hasMessageContainingAll("version 1", "newer");
  }

  @Test
  void use_leavesNoSharedMemory_andOneFileWhenClosed() throws IOException {
    close();
    for (int i = 0; i < 2; i++) {
      try (OrderedFile store = reopen()) {
        store.put(key(i), value(i));
        store.commit();
        assertThat(directory.resolve("flow.db-shm")).doesNotExist();
      }
    }
    try (var files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("flow.db", "flow.db.lock");
    }
  }

  @Test
  void blocks_holdMany_andShrinkAgain() throws IOException {
    close();
    try (OrderedFile store = reopen()) {
      Random random = new Random(1);
      for (int i = 0; i < 30_000; i++) {
        store.put(key(random.nextInt(20_000)), value(i));
      }
      store.commit();
      long count = store.verify();
      assertThat(count).isGreaterThan(15_000);
      long size = store.blocks();
      assertThat(size).isBetween(count * 120 / OrderedFile.PAGE_SIZE, count * 300 / 8192);
      for (int i = 0; i < 20_000; i++) {
        store.remove(key(i));
      }
      store.put(key(5), value(5));
      store.commit();
      assertThat(store.verify()).isEqualTo(1);
    }
    try (OrderedFile store = reopen()) {
      // What is left fits in a few blocks; what was not merged yet stands in the log.
      assertThat(store.blocks()).isLessThan(20);
      assertThat(store.get(key(5))).isEqualTo(value(5));
    }
  }

  @Test
  void queue_whatCameAndWent_isNotPassedAnyMore() throws IOException {
    close();
    try (OrderedFile store = reopen()) {
      store.put(key(1), value(1));
      for (int i = 0; i < 5_000; i++) {
        store.put(key(i + 2), value(i));
        store.remove(key(i + 1));
        store.commit();
      }
      assertThat(store.buffer().all()).hasSizeLessThan(5); // blocks may have taken some
      assertThat(store.verify()).isEqualTo(1);
    }
    try (OrderedFile store = reopen()) {
      assertThat(store.get(key(5_001))).isEqualTo(value(4_999));
      assertThat(store.verify()).isEqualTo(1);
    }
  }

  @Test
  void queue_whatWentFromABlock_staysAway() throws IOException {
    close();
    try (OrderedFile store =
        OrderedFile.open(file(), SqliteStore.Use.LOCAL, SystemTime.INSTANCE, 4096)) {
      for (int i = 0; i < 100; i++) {
        store.put(key(i), value(i)); // some go into blocks
      }
      for (int i = 0; i < 100; i++) {
        store.put(key(i), value(i + 1));
        store.remove(key(i));
      }
      store.commit();
      assertThat(store.verify()).isZero();
    }
    try (OrderedFile store = reopen()) {
      assertThat(store.verify()).isZero();
    }
  }

  @Test
  void close_whenTheLogIsLong_leavesNone_andNothingUncommitted() throws IOException {
    close();
    long before;
    try (OrderedFile store = reopen(1 << 24)) {
      for (int i = 0; i < 10_000; i++) {
        store.put(key(i), value(i));
        if (i % 100 == 0) {
          store.commit();
        }
      }
      for (int i = 1_000; i < 10_000; i++) {
        store.remove(key(i));
      }
      store.commit();
      before = store.logged();
      assertThat(before).isGreaterThan(1 << 20);
      store.put(key(20_000), value(1));
    }
    try (OrderedFile store = reopen(1 << 24)) {
      assertThat(store.logged()).as("something was not committed").isEqualTo(before);
      assertThat(store.get(key(20_000))).isNull();
    }
    try (OrderedFile store = reopen(1 << 24)) {
      assertThat(store.logged()).isZero();
      assertThat(store.verify()).isEqualTo(1_000);
      assertThat(store.get(key(999))).isEqualTo(value(999));
      assertThat(store.get(key(1_000))).isNull();
    }
  }

  private OrderedFile reopen(long mostBuffered) throws IOException {
    return OrderedFile.open(file(), SqliteStore.Use.LOCAL, SystemTime.INSTANCE, mostBuffered);
  }

  @Test
  void log_whenOneKeyChangesForEver_staysShort() throws IOException {
    close();
    try (OrderedFile store =
        OrderedFile.open(file(), SqliteStore.Use.LOCAL, SystemTime.INSTANCE, 4096)) {
      for (int i = 0; i < 2_000; i++) {
        store.put(key(1), value(i));
        store.commit();
        assertThat(store.logged()).isLessThan(4 * 4096);
      }
      assertThat(store.get(key(1))).isEqualTo(value(1_999));
    }
  }

  @Test
  void read_whenTheFileIsDamagedAnywhere_isAnErrorOrRight() throws IOException {
    close();
    try (OrderedFile store = reopen()) {
      for (int i = 0; i < 700; i++) {
        store.put(key(i), value(i));
        if (i % 100 == 99) {
          store.commit();
        }
      }
    }
    byte[] good = Files.readAllBytes(file());
    Random random = new Random(7);
    int found = 0;
    for (int i = 0; i < 250; i++) {
      byte[] bad = good.clone();
      int at = random.nextInt(bad.length);
      if (i % 5 == 0) {
        int length = Math.min(bad.length - at, 1 + random.nextInt(5_000));
        Arrays.fill(bad, at, at + length, (byte) random.nextInt(256));
      } else {
        bad[at] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file(), bad);
      found += isRight("byte " + at) ? 0 : 1;
    }
    assertThat(found).isBetween(50, 250);
  }

  /** Reads all; says whether there was no failure. */
  private boolean isRight(String where) throws IOException {
    try (OrderedFile store = reopen()) {
      boolean isWhole = true;
      int count = 0;
      try (OrderedStore.Cursor cursor = store.scan(new byte[0], null)) {
        for (; cursor.next(); count++) {
          requireSame(cursor.key(), key(count), where);
          requireSame(cursor.value(), value(count), where);
        }
        assertThat(count).as(where).isEqualTo(700);
      } catch (ProviderException e) {
        isWhole = false;
        requireTyped(e, where);
      }
      for (int i = 0; i < 700; i += 13) {
        try {
          requireSame(store.get(key(i)), value(i), where);
        } catch (ProviderException e) {
          isWhole = false;
          requireTyped(e, where);
        }
      }
      return isWhole;
    } catch (ProviderException e) {
      requireTyped(e, where);
      return false;
    }
  }

  private static void requireSame(byte @Nullable [] found, byte[] right, String where) {
    if (!Arrays.equals(found, right)) { // AssertJ is slow
      assertThat(found).as(where).isEqualTo(right);
    }
  }

  private void requireTyped(ProviderException e, String where) {
    assertThat(e.kind())
        .as(where)
        .isIn(ErrorKind.CORRUPT, ErrorKind.INVALID, ErrorKind.UNSUPPORTED);
    assertThat(e).as(where).hasMessageContaining(file().toString());
  }

  @Test
  void commit_whenTheDiskIsFull_takesNothingMoreUntilItIsOpenedAgain() throws Exception {
    close();
    try (OrderedFile store = reopen()) {
      store.put(key(1), value(1));
      store.commit();
    }
    try (OrderedFile store = reopen()) {
      store.limitPages(12);
      ProviderException e =
          catchThrowableOfType(
              ProviderException.class,
              () -> {
                for (int i = 2; i < 2_000; i++) {
                  store.put(key(i), value(i));
                  if (i == 50) {
                    store.commit();
                  }
                }
                store.commit();
              });
      assertThat(e.kind()).isIn(ErrorKind.NO_SPACE, ErrorKind.UNKNOWN_OUTCOME);
      assertThat(catchThrowableOfType(ProviderException.class, () -> store.get(key(1))).kind())
          .isEqualTo(ErrorKind.INVALID);
    }
    try (OrderedFile store = reopen()) {
      assertThat(store.verify()).isEqualTo(50);
      store.put(key(51), value(51));
      store.commit();
    }
  }

  @Test
  void open_whenVersion0_holdsWhatWasWritten() throws IOException {
    Path file = directory.resolve("vector.db");
    try (InputStream vector = OrderedFileTest.class.getResourceAsStream("/state/ordered-0.db")) {
      Files.copy(vector, file);
    }
    try (OrderedFile store = OrderedFile.open(file, SqliteStore.Use.LOCAL, SystemTime.INSTANCE)) {
      assertThat(store.verify()).isEqualTo(149);
      for (int i = 0; i < 150; i++) {
        assertThat(store.get(key(i))).isEqualTo(i == 7 ? null : value(i));
      }
    }
  }

  /** Writes the vector to the path that it is given. */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    try (OrderedFile store =
        OrderedFile.open(file, SqliteStore.Use.LOCAL, SystemTime.INSTANCE, BUFFERED)) {
      for (int i = 0; i < 150; i++) {
        store.put(key(i), value(i));
        if (i % 25 == 24) {
          store.commit();
        }
      }
      store.remove(key(7));
      store.commit();
    }
  }

  @Test
  void open_whenCutShort_isAnErrorOrRight() throws IOException {
    close();
    try (OrderedFile store = reopen()) {
      for (int i = 0; i < 700; i++) {
        store.put(key(i), value(i));
      }
      store.commit();
    }
    long length = Files.size(file());
    for (long cut = length - 1; cut > 0; cut -= 3_001) {
      try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
        raw.setLength(cut);
      }
      assertThat(isRight("cut to " + cut)).isFalse();
    }
  }
}
