// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import static io.kmesh.core.internal.repository.keys.KeyWorld.bytes;
import static io.kmesh.core.internal.repository.keys.KeyWorld.holder;
import static io.kmesh.core.internal.repository.keys.KeyWorld.init;
import static io.kmesh.core.internal.repository.keys.KeyWorld.only;
import static io.kmesh.core.internal.repository.keys.KeyWorld.open;
import static io.kmesh.core.internal.repository.keys.KeyWorld.passphrase;
import static io.kmesh.core.internal.repository.keys.KeyWorld.refused;
import static io.kmesh.core.internal.repository.keys.KeyWorld.settings;
import static io.kmesh.core.internal.repository.keys.KeyWorld.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.key.KeyFile;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyObjectStore;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryKeysTest {
  private final MemoryStore store = MemoryStore.create();

  @Test
  void init_thenOpen_givesTheSameKeysOfMain() throws IOException {
    try (RepositoryKeys made = init(store);
        RepositoryKeys opened = open(store, "anna");
        DomainKeys first = made.domain("main");
        DomainKeys second = opened.domain("main")) {
      assertThat(opened.repository()).isEqualTo(made.repository()).matches("[0-9a-f]{32}");
      assertThat(opened.generation()).isEqualTo(1);
      assertThat(second.id()).isEqualTo(first.id()).matches("[0-9a-f]{16}");
      assertThat(second.chunkNameKey()).isEqualTo(first.chunkNameKey()).hasSize(32);
      assertThat(second.gear()).isEqualTo(first.gear()).hasSize(2048);
      assertThat(second.packKey(new byte[16])).isEqualTo(first.packKey(new byte[16]));
      assertThat(second.data()).isEqualTo(Chunking.DATA);
      assertThat(second.image()).isEqualTo(Chunking.IMAGE);
      assertThat(opened.domains()).containsExactly(new DomainInfo(first.id(), "main", ""));
      assertThat(opened.wrappings())
          .singleElement()
          .satisfies(
              w -> {
                assertThat(w.name()).isEqualTo("anna");
                assertThat(w.kind()).isEqualTo(WrappingInfo.Kind.PASSPHRASE);
                assertThat(w.generation()).isEqualTo(1);
              });
    }
    assertThat(store.keys()).hasSize(3);
    assertThat(store.requests("put")).isEqualTo(3);
  }

  @Test
  void open_nothingThere_saysSo() {
    refused(ErrorKind.NOT_FOUND, () -> open(store, "anna")).hasMessageContaining("memory");
  }

  @Test
  void open_wrongPassphrase_namesTheWrappingsThatWereTried() throws IOException {
    try (RepositoryKeys keys = init(store)) {
      keys.addWrapping(holder("bert"));
      refused(ErrorKind.DENIED, () -> open(store, "eve"))
          .hasMessageContaining("none of the 2 wrappings")
          .hasMessageContaining("keys/1-")
          .hasMessageNotContaining("pass of eve");
    }
  }

  @Test
  void open_wrappedForAnotherKind_saysWhatItNeeds(@TempDir Path folder) throws IOException {
    try (KeyFile file = KeyFile.create(folder.resolve("keys"))) {
      KeyReference reference = file.make("lab");
      RepositoryKeys.init(store, settings(), holder("site", file, reference)).close();
      refused(ErrorKind.DENIED, () -> open(store, "anna"))
          .hasMessageContaining("lab")
          .hasMessageContaining("KeyProvider");
      RepositoryKeys.open(store, settings(), holder("x", file, reference).credential()).close();
      try (MemoryKeys others = new MemoryKeys()) {
        others.make("lab");
        refused(
                ErrorKind.DENIED,
                () ->
                    RepositoryKeys.open(
                        store, settings(), holder("x", others, reference).credential()))
            .hasMessageContaining("memory keys");
      }
    }
    MemoryStore second = MemoryStore.create();
    init(second).close();
    try (MemoryKeys keys = new MemoryKeys()) {
      refused(
              ErrorKind.DENIED,
              () ->
                  RepositoryKeys.open(
                      second, settings(), holder("x", keys, keys.make("a")).credential()))
          .hasMessageContaining("Give a passphrase");
    }
  }

  @Test
  void open_whenTheKeeperDoesNotAnswer_failsAsItDid() throws IOException {
    Holder site;
    try (MemoryKeys keys = new MemoryKeys()) {
      site = holder("site", keys, keys.make("a"));
      RepositoryKeys.init(store, settings(), site).close();
    }
    Credential closed = site.credential();
    refused(ErrorKind.INVALID, () -> RepositoryKeys.open(store, settings(), closed));
  }

  @Test
  void open_newerFormats_areRefusedByName() throws IOException {
    init(store).close();
    String wrapping = only(store, "keys/");
    byte[] before = bytes(store, wrapping);
    for (String[] change :
        new String[][] {
          {"\"format\":0", "\"format\":1"}, {"\"kind\":\"passphrase\"", "\"kind\":\"tpm\""}
        }) {
      write(store, wrapping, replaced(before, change[0], change[1]));
      refused(ErrorKind.UNSUPPORTED, () -> open(store, "anna")).hasMessageContaining(wrapping);
      assertThat(describe()).isEqualTo(WrappingInfo.Kind.UNREADABLE);
    }
    write(store, wrapping, before);
    byte[] marker = bytes(store, Marker.KEY);
    write(store, Marker.KEY, replaced(marker, "\"format\":0", "\"format\":7"));
    refused(ErrorKind.UNSUPPORTED, () -> open(store, "anna")).hasMessageContaining("7");
  }

  private WrappingInfo.Kind describe() throws IOException {
    return RepositoryKeys.describeAll(new KeyObjects(store, settings())).get(0).kind();
  }

  private static byte[] replaced(byte[] text, String what, String with) {
    String old = new String(text, StandardCharsets.UTF_8);
    assertThat(old).contains(what);
    return old.replace(what, with).getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void open_oneWrappingDamaged_opensByAnother_andNamesItElse() throws IOException {
    try (RepositoryKeys keys = init(store)) {
      String first = only(store, "keys/");
      keys.addWrapping(holder("bert"));
      write(store, first, new byte[] {'{'});
      open(store, "bert").close();
      refused(ErrorKind.DENIED, () -> open(store, "eve"))
          .hasMessageContaining("1 wrappings")
          .hasMessageContaining(first);
      assertThat(keys.wrappings()).hasSize(2);
    }
  }

  @Test
  void open_storedObjectTooLarge_isCorrupt() throws IOException {
    init(store).close();
    write(store, Marker.KEY, new byte[(64 << 10) + 1]);
    refused(ErrorKind.CORRUPT, () -> open(store, "anna")).hasMessageContaining(Marker.KEY);
  }

  @Test
  void open_everyBitOfEachStoredObjectFlipped_isRefusedAndNamed_orChangesNothing()
      throws IOException {
    byte[] expected;
    try (RepositoryKeys keys = init(store);
        DomainKeys main = keys.domain("main")) {
      expected = main.chunkNameKey();
    }
    for (String key : store.keys()) {
      byte[] right = bytes(store, key);
      for (int bit = 0; bit < 8 * right.length; bit++) {
        byte[] wrong = right.clone();
        wrong[bit / 8] ^= (byte) (1 << bit % 8);
        write(store, key, wrong);
        try (RepositoryKeys keys = open(store, "anna");
            DomainKeys main = keys.domain("main")) {
          // Only what says nothing can change unseen: the wrapping's name for people.
          assertThat(main.chunkNameKey()).isEqualTo(expected);
          assertThat(key).startsWith("keys/");
          String text = new String(right, 0, bit / 8, StandardCharsets.UTF_8);
          assertThat(text).as("what is before the bit that nobody missed").contains("\"name\":\"");
          assertThat(text).doesNotContain("\"argon2id\"");
        } catch (IOException e) {
          // A changed id of the repository shows as a wrapping that does not open.
          assertThat(e.getMessage()).contains(key.equals(Marker.KEY) ? "k" : key);
        }
      }
      write(store, key, right);
    }
    open(store, "anna").close();
  }

  @Test
  void open_objectsMovedOrOfAnotherRepository_areRefused() throws IOException {
    MemoryStore other = MemoryStore.create();
    init(store).close();
    init(other).close();
    String mine = only(store, "keys/");
    write(store, mine, bytes(other, only(other, "keys/")));
    refused(ErrorKind.DENIED, () -> open(store, "anna"));
    write(store, "keys/2-00000000000000aa", bytes(store, mine));
    refused(ErrorKind.DENIED, () -> open(store, "anna"));
  }

  @Test
  void init_twice_refuses() throws IOException {
    init(store).close();
    refused(ErrorKind.EXISTS, () -> init(store));
    open(store, "anna").close();
  }

  @Test
  void init_withoutConditionalCreate_standsOnALease() throws IOException {
    MemoryStore weak = MemoryStore.builder().without(StoreCapability.CONDITIONAL_CREATE).build();
    init(weak).close();
    refused(ErrorKind.EXISTS, () -> init(weak));
    open(weak, "anna").close();
    assertThat(weak.keys()).noneMatch(key -> key.startsWith("lease/"));
  }

  @Test
  void init_withoutStrongConsistency_isRefused() throws IOException {
    MemoryStore weak = MemoryStore.builder().without(StoreCapability.STRONG_CONSISTENCY).build();
    refused(ErrorKind.UNSUPPORTED, () -> init(weak)).hasMessageContaining("STRONG_CONSISTENCY");
    assertThat(weak.keys()).isEmpty();
  }

  @Test
  void init_badNamesAndPassphrases_refusesBeforeItWrites() {
    for (Holder bad :
        List.of(
            new Holder("", passphrase("x")),
            new Holder("a\nb", passphrase("x")),
            new Holder("n".repeat(201), passphrase("x")))) {
      refused(ErrorKind.INVALID, () -> RepositoryKeys.init(store, settings(), bad));
    }
    assertThat(store.keys()).isEmpty();
    refused(
        ErrorKind.INVALID,
        () -> RepositoryKeys.init(store, settings(), new Holder("a", passphrase(""))));
  }

  @Test
  void changes_whoseRepliesAreLost_happenOnce() throws IOException {
    for (String method : new String[] {"put", "delete"}) {
      MemoryStore real = MemoryStore.create();
      FaultyObjectStore lossy =
          FaultyObjectStore.of(real, FaultPlan.on(method).loseReply(1000), ManualTime.create());
      try (RepositoryKeys keys = method.equals("put") ? init(lossy) : init(real)) {
        if (method.equals("put")) {
          keys.addWrapping(holder("bert"));
          keys.createDomain("second");
          keys.grant("second", holder("guest"));
          assertThat(keys.rotate(holder("anna"), List.of(holder("bert"))).dropped()).isEmpty();
          assertThat(keys.domains()).hasSize(2);
        }
      }
      try (RepositoryKeys keys = open(real, "anna")) {
        assertThat(keys.domains()).isNotEmpty();
      }
    }
    FaultyObjectStore once =
        FaultyObjectStore.of(store, FaultPlan.on("delete").loseReplyOnce(), ManualTime.create());
    try (RepositoryKeys keys = init(once)) {
      keys.rotate(holder("anna"), List.of());
      assertThat(keys.wrappings()).hasSize(1);
    }
  }

  @Test
  void removeWrapping_last_isRefused_another_isRemoved() throws IOException {
    try (RepositoryKeys keys = init(store)) {
      String first = keys.wrappings().get(0).id();
      refused(ErrorKind.PRECONDITION, () -> keys.removeWrapping(first)).hasMessageContaining(first);
      WrappingInfo second = keys.addWrapping(holder("bert"));
      assertThat(keys.wrappings()).contains(second).hasSize(2);
      keys.removeWrapping(first);
      refused(ErrorKind.DENIED, () -> open(store, "anna"));
      open(store, "bert").close();
      refused(ErrorKind.NOT_FOUND, () -> keys.removeWrapping(first));
      refused(ErrorKind.NOT_FOUND, () -> keys.removeWrapping("../main"));
    }
  }

  @Test
  void domains_haveKeysOfTheirOwn_andUniqueNames() throws IOException {
    try (RepositoryKeys keys = init(store)) {
      keys.createDomain("Zürich", new Chunking(64, 128, 256), Chunking.IMAGE);
      refused(ErrorKind.EXISTS, () -> keys.createDomain("main"));
      refused(ErrorKind.INVALID, () -> keys.createDomain(" "));
      refused(ErrorKind.NOT_FOUND, () -> keys.domain("other"));
      try (DomainKeys main = keys.domain("main");
          DomainKeys second = keys.domain("Zürich")) {
        assertThat(second.chunkNameKey()).isNotEqualTo(main.chunkNameKey());
        assertThat(second.data()).isEqualTo(new Chunking(64, 128, 256));
        assertThat(second.toString()).contains("****");
        byte[] box =
            main.box().seal(io.kmesh.core.internal.crypto.Box.Kind.HEAD, 0, "x", new byte[1]);
        refused(
            ErrorKind.CORRUPT,
            () -> second.box().open(io.kmesh.core.internal.crypto.Box.Kind.HEAD, "x", box));
        assertThatThrownBy(() -> main.packKey(new byte[12]))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void domains_amongManyPacks_takesFewRequests_andWithoutOrderWorksToo() throws IOException {
    for (StoreCapability missing :
        new StoreCapability[] {StoreCapability.MULTIPART, StoreCapability.UTF8_KEY_ORDER}) {
      MemoryStore real = MemoryStore.builder().without(missing).build();
      try (RepositoryKeys keys = init(real)) {
        String main = keys.domains().get(0).id();
        keys.createDomain("second");
        for (int i = 0; i < 3000; i++) {
          write(real, "domains/" + main + "/packs/s/" + i, new byte[1]);
        }
        write(real, "domains/0/x", new byte[1]);
        write(real, "domains/zzz", new byte[1]);
        long before = real.requests("list");
        assertThat(keys.domains()).hasSize(2);
        if (missing == StoreCapability.MULTIPART) {
          assertThat(real.requests("list") - before).isLessThan(10);
        }
      }
    }
  }

  @Test
  void domains_oneDamaged_doesNotHideTheOthers() throws IOException {
    try (RepositoryKeys keys = init(store)) {
      String damaged = only(store, "domains/");
      write(store, damaged, new byte[60]);
      keys.createDomain("second");
      keys.domain("second").close();
      assertThat(keys.domains()).hasSize(2).anyMatch(d -> d.problem().contains(damaged));
      refused(ErrorKind.CORRUPT, () -> keys.domain("main")).hasMessageContaining(damaged);
      refused(ErrorKind.CORRUPT, () -> keys.rotate(holder("anna"), List.of()))
          .hasMessageContaining(damaged);
      assertThat(keys.generation()).isEqualTo(1);
      keys.shredDomainById(damaged.substring(8, 24));
      assertThat(keys.domains()).hasSize(1);
      keys.rotate(holder("anna"), List.of());
    }
  }

  @Test
  void shredDomain_deletesKeysAndGrants_andNothingElse() throws IOException {
    try (RepositoryKeys keys = init(store)) {
      keys.createDomain("second");
      String id = keys.domain("second").id();
      keys.grant("second", holder("guest"));
      write(store, "domains/" + id + "/packs/s/0", new byte[1]);
      assertThat(keys.shredDomain("second")).isEqualTo(id);
      assertThat(store.keys())
          .filteredOn(k -> k.contains(id))
          .containsExactly("domains/" + id + "/packs/s/0");
      refused(ErrorKind.NOT_FOUND, () -> keys.domain("second"));
      refused(ErrorKind.NOT_FOUND, () -> keys.shredDomainById(id));
      refused(ErrorKind.NOT_FOUND, () -> keys.shredDomainById("../.."));
      assertThat(keys.domains()).hasSize(1);
    }
  }

  @Test
  void grant_opensItsDomainOnly_untilItIsRevoked() throws IOException {
    try (RepositoryKeys keys = init(store);
        MemoryKeys keeper = new MemoryKeys()) {
      keys.createDomain("second");
      WrappingInfo grant = keys.grant("second", holder("guest"));
      Holder site = holder("site", keeper, keeper.make("k"));
      keys.grant("second", site);
      keys.grant("main", site);
      assertThat(keys.grants("second")).contains(grant).hasSize(2);
      Credential guest = holder("guest").credential();
      refused(ErrorKind.DENIED, () -> open(store, "guest"));
      try (DomainKeys direct = keys.domain("second");
          DomainKeys granted = RepositoryKeys.openByGrant(store, settings(), null, guest);
          DomainKeys kept =
              RepositoryKeys.openByGrant(store, settings(), direct.id(), site.credential())) {
        assertThat(granted.id()).isEqualTo(direct.id());
        assertThat(granted.name()).isEqualTo("second");
        assertThat(granted.gear()).isEqualTo(direct.gear());
        assertThat(kept.gear()).isEqualTo(direct.gear());
      }
      refused(
              ErrorKind.INVALID,
              () -> RepositoryKeys.openByGrant(store, settings(), null, site.credential()))
          .hasMessageContaining("several");
      keys.rotate(holder("anna"), List.of());
      RepositoryKeys.openByGrant(store, settings(), null, guest).close();
      keys.revokeGrant(grant.id());
      refused(ErrorKind.NOT_FOUND, () -> keys.revokeGrant(grant.id()));
      refused(ErrorKind.NOT_FOUND, () -> keys.revokeGrant("x/y"));
      refused(ErrorKind.DENIED, () -> RepositoryKeys.openByGrant(store, settings(), null, guest));
    }
  }

  @Test
  void secrets_neverShow() throws IOException {
    try (RepositoryKeys keys = init(store);
        DomainKeys main = keys.domain("main")) {
      assertThat(keys.toString()).contains("****");
      assertThat(main.secret().toString()).contains("****");
      assertThat(holder("anna").toString()).doesNotContain("pass of").contains("****");
    }
    Credential.Passphrase wiped = passphrase("x");
    wiped.close();
    assertThatThrownBy(wiped::reveal).isInstanceOf(IllegalStateException.class);
    RepositoryKeys closed = open(store, "anna");
    closed.close();
    assertThatThrownBy(closed::generation).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(closed::domains).isInstanceOf(IllegalStateException.class);
  }
}
