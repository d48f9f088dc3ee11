// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import static io.kmesh.core.internal.repository.keys.KeyWorld.holder;
import static io.kmesh.core.internal.repository.keys.KeyWorld.init;
import static io.kmesh.core.internal.repository.keys.KeyWorld.open;
import static io.kmesh.core.internal.repository.keys.KeyWorld.refused;
import static io.kmesh.core.internal.repository.keys.KeyWorld.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class RotationTest {
  private final MemoryStore store = MemoryStore.create();

  @Test
  void rotate_keepsDomains_dropsWhoIsNotNamed() throws IOException {
    try (RepositoryKeys keys = init(store);
        MemoryKeys keeper = new MemoryKeys()) {
      Holder site = holder("site", keeper, keeper.make("k"));
      keys.addWrapping(holder("bert"));
      keys.addWrapping(holder("carl"));
      keys.addWrapping(site);
      keys.createDomain("second");
      byte[] gear = keys.domain("second").gear();
      Rotated rotated = keys.rotate(holder("anna"), List.of(holder("carl"), site));
      assertThat(rotated.generation()).isEqualTo(2);
      assertThat(rotated.dropped()).extracting(WrappingInfo::name).containsExactly("bert");
      assertThat(rotated.unreadable()).isEmpty();
      assertThat(keys.generation()).isEqualTo(2);
      assertThat(keys.wrappings()).hasSize(3).allMatch(w -> w.generation() == 2);
      assertThat(store.keys()).noneMatch(k -> k.contains("key-1") || k.startsWith("keys/1-"));
      refused(ErrorKind.DENIED, () -> open(store, "bert"));
      for (String name : new String[] {"anna", "carl"}) {
        try (RepositoryKeys again = open(store, name)) {
          assertThat(again.domain("second").gear()).isEqualTo(gear);
          assertThat(again.domains()).hasSize(2);
        }
      }
      RepositoryKeys.open(store, settings(), site.credential()).close();
    }
  }

  @Test
  void anyChange_byWhoOpenedBeforeARotation_isRefused() throws IOException {
    try (RepositoryKeys stale = init(store);
        RepositoryKeys keys = open(store, "anna")) {
      keys.rotate(holder("anna"), List.of());
      int objects = store.keys().size();
      refused(ErrorKind.PRECONDITION, () -> stale.createDomain("x")).hasMessageContaining("2");
      refused(ErrorKind.PRECONDITION, () -> stale.addWrapping(holder("x")));
      refused(ErrorKind.PRECONDITION, () -> stale.rotate(holder("x"), List.of()));
      refused(ErrorKind.PRECONDITION, stale::finishRotation);
      refused(ErrorKind.PRECONDITION, () -> stale.domain("main"));
      assertThat(store.keys()).hasSize(objects);
    }
  }

  /** Does something once, before or behind the first put of a key that begins so. */
  private static final class Meanwhile extends ForwardingObjectStore {
    private final ObjectStore store;
    private final String prefix;
    private final boolean isBehind;
    private Step step;

    private Meanwhile(ObjectStore store, String prefix, boolean isBehind, Step step) {
      this.store = store;
      this.prefix = prefix;
      this.isBehind = isBehind;
      this.step = step;
    }

    @Override
    protected ObjectStore delegate() {
      return store;
    }

    @Override
    public CompletionStage<ObjectInfo> put(String key, ByteBuffer body, PutOptions options) {
      if (!isBehind) {
        run(key);
      }
      CompletionStage<ObjectInfo> put = super.put(key, body, options);
      if (isBehind && !put.toCompletableFuture().isCompletedExceptionally()) {
        run(key);
      }
      return put;
    }

    private void run(String key) {
      if (key.startsWith(prefix)) {
        Step now = step;
        step = () -> {};
        try {
          now.run();
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  @Test
  void rotate_whileAnotherOneRuns_exactlyOneWins_whereverTheyMeet() throws IOException {
    for (String prefix : new String[] {"domains/", "keys/2"}) {
      for (boolean isBehind : new boolean[] {false, true}) {
        for (boolean hasDomain : new boolean[] {true, false}) {
          MemoryStore world = MemoryStore.create();
          try (RepositoryKeys first = init(world)) {
            if (!hasDomain) {
              first.shredDomain("main");
            }
          }
          if (!hasDomain && prefix.equals("domains/")) {
            continue;
          }
          int[] won = {0};
          Step rival =
              () -> {
                try (RepositoryKeys other = open(world, "anna")) {
                  other.rotate(holder("anna"), List.of());
                  won[0]++;
                } catch (ProviderException e) {
                  assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION);
                }
              };
          ObjectStore disturbed = new Meanwhile(world, prefix, isBehind, rival);
          try (RepositoryKeys keys = open(disturbed, "anna")) {
            keys.rotate(holder("anna"), List.of());
            won[0]++;
          } catch (ProviderException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION);
            assertThat(e).hasMessageContaining("rotat");
          }
          try (RepositoryKeys keys = open(world, "anna")) {
            assertThat(won[0]).as(prefix + isBehind + hasDomain).isLessThanOrEqualTo(1);
            assertThat(keys.domains()).hasSize(hasDomain ? 1 : 0);
            assertThat(keys.wrappings()).hasSize(1);
            keys.rotate(holder("anna"), List.of());
            assertThat(world.keys()).hasSize(hasDomain ? 3 : 2);
          }
        }
      }
    }
  }

  @Test
  void rotate_whileADomainIsMade_keepsItOrItsMakerIsTold() throws IOException {
    for (String prefix : new String[] {"domains/", "keys/2"}) {
      for (boolean isBehind : new boolean[] {false, true}) {
        MemoryStore world = MemoryStore.create();
        try (RepositoryKeys maker = init(world)) {
          boolean[] made = {false};
          Step rival =
              () -> {
                try {
                  maker.createDomain("new");
                  made[0] = true;
                } catch (ProviderException e) {
                  assertThat(e.kind()).isEqualTo(ErrorKind.PRECONDITION);
                }
              };
          try (RepositoryKeys keys = open(new Meanwhile(world, prefix, isBehind, rival), "anna")) {
            assertThat(keys.rotate(holder("anna"), List.of()).unreadable()).isEmpty();
          }
          try (RepositoryKeys keys = open(world, "anna")) {
            assertThat(keys.domains()).hasSize(made[0] ? 2 : 1).allMatch(DomainInfo::isReadable);
          }
        }
      }
    }
  }

  @Test
  void rotate_whileADomainIsShredded_doesNotBringItsKeyBack() throws IOException {
    for (boolean isBehind : new boolean[] {false, true}) {
      MemoryStore world = MemoryStore.create();
      try (RepositoryKeys other = init(world)) {
        Step rival = () -> other.shredDomain("main");
        try (RepositoryKeys keys =
            open(new Meanwhile(world, "domains/", isBehind, rival), "anna")) {
          keys.rotate(holder("anna"), List.of());
        }
      }
      assertThat(world.keys()).noneMatch(k -> k.startsWith("domains/"));
    }
  }

  @Test
  void rotate_whenTheStoreFailsBeforeTheCommit_takesItBack() throws IOException {
    init(store).close();
    List<String> before = store.keys();
    ObjectStore failing =
        io.kmesh.testkit.fault.FaultyObjectStore.of(
            store,
            io.kmesh.testkit.fault.FaultPlan.on("put")
                .matching("keys/")
                .failAlways(ErrorKind.DENIED),
            io.kmesh.testkit.time.ManualTime.create());
    try (RepositoryKeys keys = open(failing, "anna")) {
      refused(ErrorKind.DENIED, () -> keys.rotate(holder("anna"), List.of()));
      assertThat(keys.generation()).isEqualTo(1);
      keys.domain("main").close();
    }
    assertThat(store.keys()).isEqualTo(before);
  }
}
