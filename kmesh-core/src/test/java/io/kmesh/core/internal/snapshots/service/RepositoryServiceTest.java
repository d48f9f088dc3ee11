// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.repository.CheckDepth;
import io.kmesh.repository.CheckReport;
import io.kmesh.repository.CopyReport;
import io.kmesh.repository.Credential;
import io.kmesh.repository.InitOptions;
import io.kmesh.repository.KeyHolder;
import io.kmesh.repository.PruneReport;
import io.kmesh.repository.RepairReport;
import io.kmesh.repository.Repository;
import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryServiceTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final InitOptions CHEAP =
      InitOptions.DEFAULT.withPassphraseCost(DataSize.ofKib(8), 1);

  private final MemoryKeys keys = new MemoryKeys();
  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final MemoryStore store = MemoryStore.create();
  private final MemoryStore other = MemoryStore.create();
  @TempDir Path directory;

  @AfterEach
  void close() throws IOException {
    keys.close();
    state.close();
    store.close();
    other.close();
  }

  private Kmesh open(Credential credential) {
    return Kmesh.builder()
        .state(state)
        .store("main", store)
        .repository("repo", "main", credential)
        .repository("second", other, key("site"))
        .build();
  }

  private Credential key(String name) {
    keys.make(name);
    return Credential.key(keys, name);
  }

  @Test
  void init_twice_opensTheSame() {
    try (Kmesh kmesh = open(key("site"))) {
      assertThat(kmesh.repositories().names()).containsExactly("repo", "second");
      assertThat(kmesh.repositories().find("repo")).isEmpty();
      Repository repo = kmesh.repositories().init("repo");
      assertThat(kmesh.repositories().init("repo").id()).isEqualTo(repo.id());
      assertThat(kmesh.repositories().find("repo")).map(Repository::id).contains(repo.id());
      assertThatThrownBy(() -> kmesh.repositories().find("none"))
          .isInstanceOf(KmeshException.class)
          .hasMessageContaining("[repo, second]");
    }
    try (Kmesh kmesh = open(key("site"))) {
      assertThat(kmesh.repositories().find("repo")).isPresent();
    }
  }

  @Test
  void passphrase_fromFileOrText_opensAndIsNeverPrinted() throws IOException {
    Path file = directory.resolve("passphrase");
    Files.writeString(file, "open sesame ü\nsecond line\n");
    try (Kmesh kmesh = open(Credential.passphraseFile(file))) {
      kmesh.repositories().init("repo", CHEAP);
    }
    Credential typed = Credential.passphrase("open sesame ü".toCharArray());
    assertThat(typed.toString()).doesNotContain("sesame");
    try (Kmesh kmesh = open(typed)) {
      assertThat(kmesh.repositories().find("repo")).isPresent();
      assertThat(kmesh.toString()).doesNotContain("sesame");
    }
    try (Kmesh kmesh = open(Credential.passphrase("wrong".toCharArray()))) {
      assertThatThrownBy(() -> kmesh.repositories().find("repo"))
          .isInstanceOfSatisfying(
              KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.DENIED));
    }
    assertThatThrownBy(() -> Credential.passphrase(new char[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void keys_addRemoveRotate_decideWhoMayOpen() {
    try (Kmesh kmesh = open(key("site"))) {
      Repository repo = kmesh.repositories().init("repo", CHEAP.withHolder("site"));
      KeyHolder guest = repo.keys().add("guest", key("guest-key"));
      assertThat(repo.keys().list()).extracting(KeyHolder::name).contains("site", "guest");
      repo.keys().remove(guest.id());
      assertThat(repo.keys().list()).extracting(KeyHolder::name).containsExactly("site");
      assertThatThrownBy(() -> repo.keys().remove(repo.keys().list().get(0).id()))
          .isInstanceOfSatisfying(
              KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION));
      Credential next = Credential.passphrase("next".toCharArray());
      assertThat(repo.keys().rotate("second", next).dropped())
          .extracting(KeyHolder::name)
          .containsExactly("site");
      assertThat(repo.check(CheckDepth.EVERYTHING).await(LIMIT).isSound()).isTrue();
    }
    try (Kmesh kmesh = open(Credential.passphrase("next".toCharArray()))) {
      assertThat(kmesh.repositories().find("repo")).isPresent();
    }
  }

  @Test
  void operations_ofAnEmptyRepository_reportNothingAndAreFoundAgain() {
    try (Kmesh kmesh = open(key("site"))) {
      Repository repo = kmesh.repositories().init("repo");
      kmesh.repositories().init("second");
      var check = repo.check(CheckDepth.oneIn(3, 2));
      CheckReport report = check.await(LIMIT);
      assertThat(report.isSound()).isTrue();
      PruneReport pruned = repo.prune(p -> p.deadAfter(Duration.ZERO)).await(LIMIT);
      assertThat(pruned).isEqualTo(repo.planPrune(p -> {}));
      assertThat(repo.repair().await(LIMIT)).isInstanceOf(RepairReport.class);
      assertThat(repo.copyTo("second").await(LIMIT)).isEqualTo(new CopyReport(0, 0, DataSize.ZERO));
      assertThatThrownBy(() -> repo.copyTo("repo")).isInstanceOf(KmeshException.class);
      assertThat(repo.stats().snapshots()).isZero();
      assertThat(kmesh.operations().find(check.id(), CheckReport.class).orElseThrow().await(LIMIT))
          .isEqualTo(report);
    }
  }

  @Test
  void builder_namesThatCantBe_areRefused() {
    assertThatThrownBy(
            () -> Kmesh.builder().state(state).repository("repo", "nowhere", key("site")).build())
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("nowhere");
    assertThatThrownBy(
            () -> Kmesh.builder().state(state).repository("Not so", store, key("site")).build())
        .isInstanceOf(KmeshException.class);
  }
}
