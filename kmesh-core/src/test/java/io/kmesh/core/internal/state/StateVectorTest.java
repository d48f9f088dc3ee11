// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.state.Lease;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateEvent;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.state.SqliteState;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checked-in state of version 0 opens and holds what was written into it. */
final class StateVectorTest {
  @TempDir private Path directory;

  private final ManualTime time = ManualTime.create();

  private static RecordKey key(String id) {
    return new RecordKey("vector", id);
  }

  /**
   * What the checked-in file was made with: {@code main} writes it to the path that it is given.
   */
  private static void write(SqliteState state, ManualTime time) throws IOException {
    state.apply(
        List.of(
            put("plain", "text", StateChange.ABSENT),
            put("\u00e9\n\0\ud83d\ude00", "odd id", StateChange.ABSENT),
            put("empty", "", StateChange.ABSENT),
            put("deleted", "x", StateChange.ABSENT)));
    state.apply(
        List.of(put("plain", "text, replaced", 1), new StateChange.Delete(key("deleted"), 1)));
    state.append("tenant", "subject", "type", "{\"a\":1}");
    time.advance(Duration.ofNanos(1_500_000));
    state.append("", "subject", "other", "{}");
    assertThat(state.acquire("held", "me", Duration.ofDays(3650))).isPresent();
    Lease given = state.acquire("given back", "me", Duration.ofSeconds(1)).orElseThrow();
    state.release(given);
  }

  private static StateChange put(String id, String text, long expected) {
    return new StateChange.Put(key(id), "tenant", 3, text.getBytes(UTF_8), expected);
  }

  private static StateRecord record(String id, String text, long version) {
    return new StateRecord(key(id), "tenant", 3, version, text.getBytes(UTF_8));
  }

  public static void main(String[] arguments) throws IOException {
    ManualTime time = ManualTime.create();
    try (SqliteState state = SqliteState.builder(Path.of(arguments[0])).time(time).open()) {
      write(state, time);
    }
  }

  @Test
  void open_whenVersion0_holdsWhatWasWritten() throws IOException {
    Path file = directory.resolve("state.db");
    try (InputStream vector = StateVectorTest.class.getResourceAsStream("/state/version-0.db")) {
      Files.copy(vector, file);
    }
    try (SqliteState state = SqliteState.builder(file).time(time).open()) {
      assertThat(state.verify()).isEqualTo(7);
      assertHoldsAll(state);
    }
  }

  @Test
  void write_now_holdsTheSame() throws IOException {
    try (SqliteState state = SqliteState.builder(directory.resolve("new.db")).time(time).open()) {
      write(state, time);
      assertHoldsAll(state);
    }
  }

  private static void assertHoldsAll(SqliteState state) throws IOException {
    assertThat(state.scan("vector", "", "", 10))
        .containsExactly(
            record("empty", "", 1),
            record("plain", "text, replaced", 2),
            record("\u00e9\n\0\ud83d\ude00", "odd id", 1));
    assertThat(state.events(0, 10))
        .containsExactly(
            new StateEvent(1, ManualTime.START, "tenant", "subject", "type", "{\"a\":1}"),
            new StateEvent(2, ManualTime.START.plusNanos(1_500_000), "", "subject", "other", "{}"));
    assertThat(state.acquire("held", "other", Duration.ofSeconds(1))).isEmpty();
    assertThat(state.acquire("held", "me", Duration.ofSeconds(1)).orElseThrow().token())
        .isEqualTo(1);
    assertThat(state.acquire("given back", "me", Duration.ofSeconds(1)).orElseThrow().token())
        .isEqualTo(2);
  }

  @Test
  void checksum_isThatOfTheFormat() {
    // CRC-32C over: 8 bytes 1, then "ab" as 8 bytes 2 and its two bytes.
    assertThat(new RowChecksum().add(1L).add("ab").sum()).isEqualTo(49_821_196L);
  }
}
