// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.state.SqliteState;
import io.kmesh.testkit.observe.RecordingObserver;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only the SQLite state does; the rest is in its contract. */
final class SqliteStoreTest {
  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("state.db");
  }

  private SqliteStore.Settings settings(SqliteStore.Use use) {
    return new SqliteStore.Settings(file(), "", use, SystemTime.INSTANCE, Observer.NONE);
  }

  private SqliteStore open() throws IOException {
    return SqliteStore.open(settings(SqliteStore.Use.LOCAL));
  }

  private SqliteStore open(StateSchema schema) throws IOException {
    return SqliteStore.open(settings(SqliteStore.Use.LOCAL), schema, SqliteFile::fileSystemType);
  }

  private static StateChange put(String id, byte[] payload) {
    return new StateChange.Put(new RecordKey("k", id), "", 0, payload, StateChange.ANY);
  }

  private static StateChange put(String id) {
    return put(id, id.getBytes(UTF_8));
  }

  private static ProviderException refused(Callable<?> call) {
    return catchThrowableOfType(ProviderException.class, call::call);
  }

  @Test
  void open_whenFileIsNew_isReadableByItsOwnerOnly() throws IOException {
    try (SqliteStore store = open()) {
      store.apply(List.of(put("a")));
      for (String suffix : List.of("", "-wal")) {
        Path path = directory.resolve("state.db" + suffix);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void close_leavesOneFileAndItsLockFile() throws IOException {
    try (SqliteStore store = open()) {
      store.apply(List.of(put("a")));
    }
    try (var files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("state.db", "state.db.lock");
    }
  }

  @Test
  void open_whenTheDirectoryIsMissing_createsIt() throws IOException {
    Path deep = directory.resolve("a/b/state.db");
    try (SqliteState state = SqliteState.at(deep)) {
      assertThat(state.path()).isEqualTo(deep.toRealPath());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "what?.db", "mode=memory"})
  void open_whenTheNameCantBeOne_isRefused(String name) {
    ProviderException e =
        refused(
            () ->
                SqliteStore.open(
                    new SqliteStore.Settings(
                        directory.resolve(name),
                        "",
                        SqliteStore.Use.LOCAL,
                        SystemTime.INSTANCE,
                        Observer.NONE)));

    assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(e).hasMessageContaining(directory.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ha ha'\".db", "#%41&.db", "file:x.db"})
  void open_whenTheNameIsOdd_works(String name) throws IOException {
    try (SqliteState state = SqliteState.at(directory.resolve(name))) {
      state.apply(List.of(put("a")));
    }
    assertThat(directory.resolve(name)).exists();
  }

  @Test
  void open_whenAnotherProgramOwnsTheFile_refusesAndLeavesItAlone() throws Exception {
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = other.createStatement()) {
      statement.execute("CREATE TABLE theirs (x)");
      statement.execute("PRAGMA application_id=1234");
    }
    byte[] before = Files.readAllBytes(file());

    ProviderException e = refused(this::open);

    assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(e).hasMessageContainingAll(file().toString(), "0x4d2", "0x4b4d5348");
    assertThat(Files.readAllBytes(file())).isEqualTo(before);
    assertThat(directory.resolve("state.db-wal")).doesNotExist();
  }

  @Test
  void open_whenTheFileIsNoDatabase_isCorruptAndNamesIt() throws IOException {
    Files.writeString(file(), "this is a text, longer than the header of a database".repeat(4));

    ProviderException e = refused(this::open);

    assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
    assertThat(e).hasMessageContaining(file().toString());
  }

  @Test
  void open_whenTheSchemaIsNewer_namesBothVersions() throws IOException {
    open(new StateSchema(7, StateSchema.CURRENT.creation(), List.of())).close();

    ProviderException e = refused(this::open);

    assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED);
    assertThat(e).hasMessageContainingAll(file().toString(), "version 7", "0 to 0", "newer");
  }

  @Test
  void open_whenTheSchemaIsOlder_migratesStepByStep() throws IOException {
    try (SqliteStore store = open()) {
      store.apply(List.of(put("a")));
    }
    StateSchema next =
        new StateSchema(
            2,
            StateSchema.CURRENT.creation(),
            List.of(
                List.of("CREATE TABLE one (x)", "INSERT INTO one VALUES (1)"),
                List.of("ALTER TABLE one RENAME TO two")));

    try (SqliteStore store = open(next)) {
      assertThat(store.find(new RecordKey("k", "a"))).isPresent();
    }
    try (SqliteStore store = open(next)) {
      assertThat(store.count("k", "")).isEqualTo(1);
    }
    assertThat(refused(this::open)).hasMessageContaining("version 2");
  }

  @Test
  void open_whenAMigrationFails_leavesTheOldVersion() throws IOException {
    open().close();
    StateSchema broken =
        new StateSchema(
            1,
            StateSchema.CURRENT.creation(),
            List.of(List.of("CREATE TABLE one (x)", "INSERT INTO nowhere VALUES (1)")));

    assertThatThrownBy(() -> open(broken)).isInstanceOf(ProviderException.class);

    open().close();
  }

  @Test
  void open_whenItsCreationWasInterrupted_createsItAnew() throws IOException {
    Files.createFile(file());

    open().close();
  }

  @Test
  void open_whenOpenInThisProcess_namesIt() throws IOException {
    try (SqliteStore store = open()) {
      ProviderException e = refused(this::open);
      assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
      assertThat(e).hasMessageContaining("pid " + ProcessHandle.current().pid());

      Path link = Files.createSymbolicLink(directory.resolve("link.db"), file());
      assertThatThrownBy(() -> SqliteState.at(link)).hasMessageContaining("has it open");
      store.apply(List.of(put("still works")));
    }
    open().close();
  }

  @Test
  void open_whenOpenInAnotherProcess_namesHostAndPidUntilItIsKilled() throws Exception {
    Process child = StateChild.command(List.of(), file().toString(), "hold").start();
    try {
      assertThat(child.getInputStream().read()).isEqualTo('o');

      for (int i = 0; i < 2; i++) {
        ProviderException e = refused(this::open);
        assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
        assertThat(e)
            .hasMessageContainingAll(
                file().toString(),
                "pid " + child.pid(),
                "host " + InetAddress.getLocalHost().getHostName());
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
    open().close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lustre", "nfs", "nfs4", "fuse.sshfs", "cifs", "beegfs", "9p", "new"})
  void open_whenTheFileSystemIsNotLocal_isRefusedUnlessExclusive(String type) throws IOException {
    ProviderException e =
        refused(
            () ->
                SqliteStore.open(settings(SqliteStore.Use.LOCAL), StateSchema.CURRENT, f -> type));
    assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED);
    assertThat(e).hasMessageContainingAll(file().toString(), '"' + type + '"', "exclusive()");

    for (int i = 0; i < 2; i++) { // a new file, and one that there is
      try (SqliteStore store =
          SqliteStore.open(settings(SqliteStore.Use.EXCLUSIVE), StateSchema.CURRENT, f -> type)) {
        store.apply(List.of(put("a")));
        assertThat(store.count("k", "")).isEqualTo(1);
        // Shared memory is what such file systems can't do.
        assertThat(directory.resolve("state.db-shm")).doesNotExist();
      }
    }
  }

  @Test
  void apply_whenTheDiskIsFull_saysSoAndGoesOnWhenThereIsSpace() throws IOException {
    List<String> creation = new ArrayList<>(StateSchema.CURRENT.creation());
    creation.add("PRAGMA max_page_count=64");
    try (SqliteStore store = open(new StateSchema(0, creation, List.of()))) {
      store.apply(List.of(put("small")));
      ProviderException e =
          refused(
              () -> {
                store.apply(List.of(put("x"), put("large", new byte[1 << 20])));
                return "";
              });

      assertThat(e.kind()).isEqualTo(ErrorKind.NO_SPACE);
      assertThat(e).hasMessageContaining(file().toString());
      assertThat(store.find(new RecordKey("k", "x"))).isEmpty();
      store.apply(List.of(put("small again")));
      assertThat(store.count("k", "")).isEqualTo(2);
    }
  }

  @Test
  void apply_whenOneOfAGroupDoesNotFit_commitsTheOthers() throws Exception {
    List<String> creation = new ArrayList<>(StateSchema.CURRENT.creation());
    creation.add("PRAGMA max_page_count=256");
    try (SqliteStore store = open(new StateSchema(0, creation, List.of()))) {
      List<Callable<String>> tasks = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String id = "t" + i;
        boolean isTooLarge = i % 3 == 0;
        tasks.add(
            () -> {
              try {
                store.apply(List.of(put(id, new byte[isTooLarge ? 2 << 20 : 10])));
                return "ok";
              } catch (ProviderException e) {
                return e.kind().name();
              }
            });
      }
      List<String> results = runAll(tasks);
      for (int i = 0; i < 12; i++) {
        assertThat(results.get(i)).isEqualTo(i % 3 == 0 ? "NO_SPACE" : "ok");
      }
      assertThat(store.count("k", "")).isEqualTo(8);
    }
  }

  @Test
  void apply_whenManyThreadsWrite_sharesCommits() throws Exception {
    RecordingObserver observer = new RecordingObserver();
    try (SqliteState state = SqliteState.builder(file()).observer(observer).open()) {
      List<Callable<String>> tasks = new ArrayList<>();
      for (int t = 0; t < 16; t++) {
        String thread = "t" + t;
        tasks.add(
            () -> {
              for (int i = 0; i < 50; i++) {
                state.apply(List.of(put(thread + "/" + i)));
              }
              return "";
            });
      }
      runAll(tasks);

      assertThat(state.count("k", "")).isEqualTo(800);
      assertThat(state.commits()).isLessThan(800).isEqualTo(observer.count("state.commits"));
      assertThat(state.fsyncs())
          .isGreaterThanOrEqualTo(state.commits())
          .isEqualTo(observer.count("state.fsyncs"));
      assertThat(observer.count("state.rows")).isEqualTo(800);
      assertThat(observer.measures("state.commit.nanos")).hasSize((int) state.commits());
    }
  }

  private static List<String> runAll(List<Callable<String>> tasks) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(tasks.size());
    try {
      List<String> results = new ArrayList<>();
      for (var future : pool.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void apply_whenTheObserverThrows_commitsAllTheSame() throws IOException {
    Observer broken =
        new Observer() {
          @Override
          public void count(String name, long delta) {
            throw new IllegalStateException("the observer is broken");
          }
        };
    try (SqliteState state = SqliteState.builder(file()).observer(broken).open()) {
      state.apply(List.of(put("a")));
      assertThat(state.count("k", "")).isEqualTo(1);
    }
  }

  @Test
  void apply_whenNothingChanges_costsNoCommit() throws IOException {
    try (SqliteStore store = open()) {
      store.apply(List.of(new StateChange.Delete(new RecordKey("k", "none"), StateChange.ANY)));
      assertThat(store.commits()).isZero();
      assertThat(store.syncs()).isZero();
    }
  }

  @Test
  void apply_whenInterrupted_finishesAndKeepsTheInterrupt() throws IOException {
    try (SqliteStore store = open()) {
      Thread.currentThread().interrupt();
      store.apply(List.of(put("a")));
      assertThat(store.count("k", "")).isEqualTo(1);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void builder_owner_isThatOfRowsThatNameNone() throws IOException {
    try (SqliteState state = SqliteState.builder(file()).owner("tenant").open()) {
      state.apply(List.of(put("a")));
      state.append("", "s", "t", "{}");
      assertThat(state.find(new RecordKey("k", "a")).orElseThrow().owner()).isEqualTo("tenant");
      assertThat(state.events(0, 1).get(0).owner()).isEqualTo("tenant");
    }
  }

  @Test
  void find_whenAPayloadWasChangedOnDisk_isCorruptAndNamesIt() throws IOException {
    try (SqliteStore store = open()) {
      store.apply(List.of(put("a", "the quick brown fox".getBytes(UTF_8)), put("b")));
    }
    byte[] bytes = Files.readAllBytes(file());
    String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    bytes[text.indexOf("brown")] ^= 1;
    Files.write(file(), bytes);

    try (SqliteStore store = open()) {
      ProviderException e = refused(() -> store.find(new RecordKey("k", "a")));
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(e).hasMessageContainingAll(file().toString(), "k/a");
      assertThat(refused(store::verify).kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(store.find(new RecordKey("k", "b"))).isPresent();
    }
  }

  @Test
  void read_whenTheFileIsDamagedAnywhere_isTypedAndNeverWrong() throws IOException {
    List<StateChange> changes = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      changes.add(put(String.format("id-%05d", i), new byte[i]));
    }
    List<StateRecord> good;
    try (SqliteStore store = open()) {
      store.apply(changes);
      for (int i = 0; i < 50; i++) {
        store.append("", "s", "t", "{}");
      }
      good = store.scan("k", "", "", 1000);
    }
    byte[] bytes = Files.readAllBytes(file());
    int found = 0;
    for (long seed = 1; seed <= 150; seed++) {
      damage(bytes, new Random(seed));
      found += readAll(good, "seed " + seed) ? 0 : 1;
    }
    assertThat(found).isGreaterThan(50);
  }

  private void damage(byte[] good, Random random) throws IOException {
    byte[] bad = good.clone();
    switch (random.nextInt(3)) {
      case 0 -> bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> {
        int at = random.nextInt(bad.length);
        byte[] junk = new byte[Math.min(512, bad.length - at)];
        random.nextBytes(junk);
        System.arraycopy(junk, 0, bad, at, junk.length);
      }
      default -> {
        int page = 4096;
        int from = random.nextInt(bad.length / page) * page;
        int to = random.nextInt(bad.length / page) * page;
        System.arraycopy(good, from, bad, to, page); // a lost write, a wrong place
      }
    }
    Files.write(file(), bad);
    if (random.nextInt(4) == 0) {
      try (RandomAccessFile cut = new RandomAccessFile(file().toFile(), "rw")) {
        cut.setLength(random.nextInt(bad.length));
      }
    }
  }

  /** Whether it was read; what is read without an error is what was written. */
  private boolean readAll(List<StateRecord> good, String where) throws IOException {
    try (SqliteStore store = open()) {
      store.verify();
      List<StateRecord> read = store.scan("k", "", "", 1000);
      if (!read.isEmpty()) { // cut to nothing, it is as new
        assertThat(read).as(where).isEqualTo(good);
      }
      return true;
    } catch (ProviderException e) {
      assertThat(e.kind())
          .as(where)
          .isIn(ErrorKind.CORRUPT, ErrorKind.INVALID, ErrorKind.UNSUPPORTED);
      assertThat(e).as(where).hasMessageContaining(file().toString());
      return false;
    }
  }
}
