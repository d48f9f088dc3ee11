// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.Stores;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.engine.KmeshConfiguration.NamedStore;
import io.kmesh.spi.state.RecordKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoreRegistryTest {
  private final MemoryState state = MemoryState.create(ManualTime.create());

  private static NamedStore any(String name) {
    return new NamedStore(name, MemoryStore.create(), ArchiveId.ANY);
  }

  private static NamedStore as(String name, int id) {
    return new NamedStore(name, MemoryStore.create(), ArchiveId.of(id));
  }

  @Test
  void open_newNames_getTheSmallestFreeNumbersForEver() {
    Stores first = StoreRegistry.open(state, List.of(any("b"), any("a")));
    assertThat(first.names()).containsExactly("a", "b");
    assertThat(first.archiveId("b")).contains(ArchiveId.of(1));
    assertThat(first.archiveId("a")).contains(ArchiveId.of(2));
    Stores later = StoreRegistry.open(state.reopen(), List.of(any("c"), any("a")));
    assertThat(later.archiveId("a")).contains(ArchiveId.of(2));
    assertThat(later.archiveId("c")).as("1 stays b's").contains(ArchiveId.of(3));
    assertThat(later.archiveId("b")).as("not given this time").isEmpty();
    assertThat(later.find("b")).isEmpty();
  }

  @Test
  void open_givenNumberBehindANewName_isNotTakenByIt() {
    Stores stores = StoreRegistry.open(state, List.of(any("new"), as("fixed", 1)));
    assertThat(stores.archiveId("fixed")).contains(ArchiveId.of(1));
    assertThat(stores.archiveId("new")).contains(ArchiveId.of(2));
  }

  @Test
  void open_sameNameTwice_isRefused() {
    assertThatThrownBy(() -> StoreRegistry.open(state, List.of(any("a"), any("a"))))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("\"a\": it was given twice");
  }

  @Test
  void open_badName_isRefused() {
    assertThatThrownBy(() -> StoreRegistry.open(state, List.of(any("A b"))))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("a-z 0-9");
  }

  @Test
  void open_otherNumberThanBefore_isAConflict() {
    StoreRegistry.open(state, List.of(as("a", 4)));
    assertThatThrownBy(() -> StoreRegistry.open(state, List.of(as("a", 5))))
        .isInstanceOfSatisfying(
            SpecConflictException.class, e -> assertThat(e.fields()).containsExactly("archiveId"))
        .hasMessageContaining("it has been archive 4");
    assertThatThrownBy(() -> StoreRegistry.open(state, List.of(as("b", 4))))
        .isInstanceOf(SpecConflictException.class)
        .hasMessageContaining("that is \"a\"");
    assertThat(StoreRegistry.open(state, List.of(any("a"))).archiveId("a"))
        .contains(ArchiveId.of(4));
  }

  @Test
  void open_damagedOrNewerRecord_saysWhich() throws IOException {
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey("store.archive", "a"),
                "",
                0,
                "x".getBytes(StandardCharsets.US_ASCII),
                StateChange.ABSENT)));
    assertThatThrownBy(() -> StoreRegistry.open(state, List.of()))
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining("the store \"a\"");
    state.apply(
        List.of(
            new StateChange.Put(
                new RecordKey("store.archive", "a"), "", 1, new byte[0], StateChange.ANY)));
    assertThatThrownBy(() -> StoreRegistry.open(state, List.of()))
        .hasMessageContaining("it has format 1");
  }
}
