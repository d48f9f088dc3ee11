// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CoordinatorState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of an action log: the golden vector, torn ends, damage. */
class ActionLogTest {
  private static final Fid FID = new Fid(0x200000401L, 2, 0);

  /** As docs/format/simulated-lustre.md says. */
  private static final List<LogEntry> GOLDEN =
      List.of(
          new LogEntry.Settings(CoordinatorState.ENABLED, CoordinatorSettings.DEFAULTS),
          new LogEntry.Added(
              1,
              0x65920081L,
              HsmActionKind.RESTORE,
              FID,
              FID,
              7,
              4,
              0x18cc251f400L,
              "hi".getBytes(StandardCharsets.UTF_8)),
          new LogEntry.Changed(1, ActionStatus.STARTED, true, false, 0x18cc251f401L),
          new LogEntry.DataFid(1, new Fid(0x200000401L, 9, 0), 0x18cc251f402L),
          new LogEntry.Touched(1, 0x18cc251f403L),
          new LogEntry.Changed(1, ActionStatus.CANCELED, true, true, 0x18cc251f404L),
          new LogEntry.Dropped(1),
          new LogEntry.Counters(1, 0x65920081L));

  private static final String GOLDEN_HEX =
      "4b4d53494d48534d0000000001000000"
          + "26000000d9ffffffb9b868c8060003000000102700000000000080ee36000000000060ea"
          + "0000000000000100000002000202"
          + "46000000b9ffffffe007c679010100000000000000810092650000000001010400000200"
          + "0000020000000000000001040000020000000200000000000000070000000400000000f4"
          + "51c28c01000002006869"
          + "13000000ecfffffff58e6342020100000000000000010101f451c28c010000"
          + "21000000deffffff476d1e5e030100000000000000010400000200000009000000000000"
          + "0002f451c28c010000"
          + "11000000eeffffff85f28d7004010000000000000003f451c28c010000"
          + "13000000ecffffff652a9354020100000000000000030304f451c28c010000"
          + "09000000f6ffffffff0128d8050100000000000000"
          + "11000000eefffffff60fab3c0701000000000000008100926500000000";

  @TempDir Path directory;

  private static byte[] encode(List<LogEntry> entries, int mdt) {
    ByteBuffer b = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    b.put(LogCodec.header(mdt));
    entries.forEach(e -> LogCodec.write(b, e));
    return Arrays.copyOf(b.array(), b.position());
  }

  private static List<LogEntry> read(Path directory, int mdt) throws IOException {
    List<LogEntry> entries = new ArrayList<>();
    ActionLog.open(directory, mdt, entries::add).close();
    return entries;
  }

  private Path file(int mdt) {
    return directory.resolve("mdt" + mdt + ".actions");
  }

  @Test
  void golden_whenEncoded_isThisForEver() {
    assertThat(HexFormat.of().formatHex(encode(GOLDEN, 1))).isEqualTo(GOLDEN_HEX);
  }

  @Test
  void open_whenGolden_readsItBack() throws IOException {
    Files.write(file(1), HexFormat.of().parseHex(GOLDEN_HEX));
    assertThat(read(directory, 1)).isEqualTo(GOLDEN);
  }

  @Test
  void open_whenCutAnywhere_readsTheWholeEntriesBeforeAndGoesOn() throws IOException {
    byte[] whole = encode(GOLDEN, 1);
    int before = -1;
    for (int length = LogCodec.HEADER; length <= whole.length; length++) {
      Files.write(file(1), Arrays.copyOf(whole, length));
      List<LogEntry> entries = new ArrayList<>();
      try (ActionLog log = ActionLog.open(directory, 1, entries::add)) {
        assertThat(entries).isEqualTo(GOLDEN.subList(0, entries.size()));
        assertThat(entries.size()).isGreaterThanOrEqualTo(before);
        before = entries.size();
        log.append(new LogEntry.Dropped(99));
        log.flush();
      }
      assertThat(read(directory, 1)).hasSize(before + 1).endsWith(new LogEntry.Dropped(99));
    }
    assertThat(before).isEqualTo(GOLDEN.size());
  }

  @Test
  void open_whenAnyBitIsFlipped_isRefused() throws IOException {
    byte[] whole = encode(GOLDEN, 1);
    for (int i = 0; i < whole.length * 8; i++) {
      byte[] damaged = whole.clone();
      damaged[i / 8] ^= (byte) (1 << i % 8);
      Files.write(file(1), damaged);
      Throwable failure = catchThrowable(() -> read(directory, 1));
      assertThat(failure).as("bit %d", i).isInstanceOf(ProviderException.class);
      assertThat(((ProviderException) failure).kind())
          .as("bit %d", i)
          .isIn(ErrorKind.CORRUPT, ErrorKind.INVALID);
    }
  }

  @Test
  void open_whenOfAnotherMdtOrVersion_isRefused() throws IOException {
    Files.write(file(1), encode(GOLDEN, 2));
    assertThat(catchThrowable(() -> read(directory, 1))).hasMessageContaining("MDT2");
    byte[] newer = encode(GOLDEN, 1);
    newer[8] = 1;
    Files.write(file(1), newer);
    assertThat(catchThrowable(() -> read(directory, 1)))
        .hasMessageContaining("version 1")
        .hasMessageContaining("reads 0");
    Files.write(file(1), new byte[] {1, 2, 3});
    assertThat(catchThrowable(() -> read(directory, 1))).hasMessageContaining("header");
  }

  @Test
  void compact_whenMostIsOver_shrinksTheFileAndSaysTheSame() throws IOException {
    List<LogEntry> ignored = new ArrayList<>();
    try (ActionLog log = ActionLog.open(directory, 0, ignored::add)) {
      for (int i = 0; i < 60_000; i++) {
        log.append(new LogEntry.Touched(1, i));
      }
      log.flush();
      assertThat(log.isWorthCompacting()).isTrue();
      log.compact(to -> to.append(new LogEntry.Counters(5, 6)));
      assertThat(log.isWorthCompacting()).isFalse();
      log.append(new LogEntry.Dropped(7));
      log.flush();
    }
    assertThat(read(directory, 0))
        .containsExactly(new LogEntry.Counters(5, 6), new LogEntry.Dropped(7));
    assertThat(Files.size(file(0))).isLessThan(100);
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void decode_whenEncoded_isTheSame(@ForAll("entries") LogEntry entry) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    LogCodec.write(b, entry);
    byte[] body = Arrays.copyOfRange(b.array(), LogCodec.FRAME, b.position());
    assertThat(LogCodec.decode(body, "x")).isEqualTo(entry);
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void decode_whenAnyBytes_isAnEntryOrCorrupt(@ForAll @Size(max = 80) byte[] body) {
    if (body.length > 0) {
      body[0] = (byte) (Math.abs(body[0]) % 9);
    }
    Throwable failure = catchThrowable(() -> LogCodec.decode(body, "x"));
    if (failure != null) {
      assertThat(failure).isInstanceOf(ProviderException.class);
      assertThat(((ProviderException) failure).kind()).isEqualTo(ErrorKind.CORRUPT);
    }
  }

  @Provide
  Arbitrary<LogEntry> entries() {
    Arbitrary<Long> longs = Arbitraries.longs();
    Arbitrary<Fid> fids =
        Combinators.combine(longs, Arbitraries.integers(), Arbitraries.integers()).as(Fid::new);
    Arbitrary<byte[]> payloads = Arbitraries.bytes().array(byte[].class).ofMaxSize(1700);
    Arbitrary<Integer> archives = Arbitraries.integers().greaterOrEqual(0);
    Arbitrary<LogEntry> added =
        Combinators.combine(
                longs,
                longs,
                Arbitraries.of(HsmActionKind.class),
                fids,
                fids,
                archives,
                longs,
                payloads)
            .as(
                (index, cookie, action, fid, dataFid, archive, time, payload) ->
                    new LogEntry.Added(
                        index, cookie, action, fid, dataFid, archive, 4, time, payload));
    Arbitrary<Boolean> bits = Arbitraries.of(true, false);
    Arbitrary<LogEntry> changed =
        Combinators.combine(longs, Arbitraries.of(ActionStatus.class), bits, bits, longs)
            .as(LogEntry.Changed::new);
    Arbitrary<LogEntry> data = Combinators.combine(longs, fids, longs).as(LogEntry.DataFid::new);
    Arbitrary<LogEntry> touched = Combinators.combine(longs, longs).as(LogEntry.Touched::new);
    Arbitrary<LogEntry> settings =
        Combinators.combine(
                Arbitraries.of(CoordinatorState.class),
                Arbitraries.integers().between(1, Integer.MAX_VALUE),
                archives.filter(a -> a > 0))
            .as(
                (state, max, archive) ->
                    new LogEntry.Settings(
                        state,
                        CoordinatorSettings.DEFAULTS
                            .withMaxRequests(max)
                            .withDefaultArchiveId(ArchiveId.of(archive))));
    return Arbitraries.oneOf(
        added, changed, data, touched, longs.map(LogEntry.Dropped::new), settings);
  }
}
