// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MirrorArchiveTest {
  private static final int PART = 64 << 10;

  private MemoryStore store;
  private MirrorFixture world;

  @BeforeEach
  void open() throws IOException {
    store = newStore();
    world = new MirrorFixture(store, newState());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(world.budget.used().bytes()).as("bytes of the budget in use").isZero();
    assertThat(store.blocking().listUploads("")).as("unfinished uploads").isEmpty();
    assertThat(world.state.count("mirror.intent", "")).as("open intents").isZero();
    assertThat(world.state.count("mirror.part", "")).as("journalled parts").isZero();
  }

  static MemoryStore newStore() {
    return MemoryStore.create();
  }

  static MemoryState newState() {
    return MemoryState.create(MirrorFixture.STILL);
  }

  private List<String> keys() throws IOException {
    List<String> keys = new ArrayList<>();
    for (ObjectInfo info : store.blocking().list(ListRequest.prefix("")).objects()) {
      keys.add(info.key());
    }
    return keys;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void archive_whenSmall_putsOneObjectAtItsPath() throws IOException {
    Fid a = world.write(1, "dir/a.txt", text("hello"));

    ArchivedObject object = world.archive(a);

    assertThat(object.location()).isEqualTo("m/dir/a.txt");
    assertThat(object.size()).isEqualTo(5);
    assertThat(keys()).containsExactly("m/dir/a.txt");
    assertThat(store.blocking().head("m/dir/a.txt").metadata())
        .containsEntry("kmesh-format", "mirror/0")
        .containsEntry("kmesh-type", "file")
        .containsEntry("kmesh-mode", "0644")
        .containsEntry("kmesh-mtime", "1700000000123456789")
        .containsEntry("kmesh-fid", "[0x200000401:0x1:0x0]")
        .containsEntry("kmesh-data-version", "1")
        .containsEntry(
            "kmesh-sha256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    world.assertRestores(a);
  }

  @Test
  void archive_whenEmpty_restoresEmpty() throws IOException {
    Fid a = world.write(1, "empty", new byte[0]);
    world.archive(a);
    world.assertRestores(a);
  }

  @Test
  void archive_whenLarge_goesInPartsAndRestoresInRanges() throws IOException {
    Fid a = world.write(1, "large", MirrorFixture.random(1, 5 * PART + 17));

    world.archive(a);

    assertThat(keys()).hasSize(2).contains("m/large");
    assertThat(store.blocking().head("m/large").metadata()).containsKey("kmesh-side");
    world.assertRestores(a);
    world.remove(a);
    assertThat(keys()).isEmpty();
  }

  @Test
  void archive_whenSparse_leavesHolesOut() throws IOException {
    byte[] bytes = new byte[10 * PART];
    System.arraycopy(MirrorFixture.random(2, 100), 0, bytes, 3 * PART + 5, 100);
    Fid a = world.write(1, "sparse", bytes);

    world.archive(a);

    assertThat(store.blocking().head("m/sparse").size()).isEqualTo(PART);
    assertThat(store.blocking().head("m/sparse").metadata())
        .containsEntry("kmesh-extents", 3 * PART + "+" + PART)
        .containsEntry("kmesh-size", Integer.toString(10 * PART));
    world.assertRestores(a);
  }

  @Test
  void archive_whenLargeAndSparse_restores() throws IOException {
    byte[] bytes = new byte[12 * PART];
    System.arraycopy(MirrorFixture.random(3, 4 * PART), 0, bytes, 2 * PART, 4 * PART);
    System.arraycopy(MirrorFixture.random(4, 10), 0, bytes, 11 * PART + 3, 10);
    Fid a = world.write(1, "sparse", bytes);
    world.archive(a);
    assertThat(store.blocking().head("m/sparse").size()).isEqualTo(5 * PART);
    world.assertRestores(a);
  }

  @Test
  void archive_whenWrittenAndArchivedAgain_keepsTheOldUntilSettled() throws IOException {
    for (int size : new int[] {10, 3 * PART}) {
      Fid a = world.write(size, "a" + size, MirrorFixture.random(5, size));
      world.archive(a);
      world.write(size, "a" + size, MirrorFixture.random(6, size));

      try (PendingArchive pending = world.begin(a)) {
        pending.commit();
        assertThat(keys().stream().filter(k -> k.startsWith("m/.kmesh/kept/"))).hasSize(1);
        world.assertRestores(a);
        pending.settle();
      }

      assertThat(keys().stream().filter(k -> k.startsWith("m/.kmesh/kept/"))).isEmpty();
      world.assertRestores(a);
      world.remove(a);
      assertThat(keys()).isEmpty();
    }
  }

  @Test
  void close_whenNotCommitted_leavesNothing() throws IOException {
    for (int size : new int[] {10, 3 * PART}) {
      Fid a = world.write(1, "a", MirrorFixture.random(5, size));
      world.begin(a).close();
      assertThat(keys()).isEmpty();
      assertThat(world.archive.find(a)).isEmpty();
      assertThat(world.state.count("mirror.key", "")).isZero();
    }
  }

  @Test
  void archive_whenRenamedAndNameUsedAgain_keepsBoth() throws IOException {
    Fid a = world.write(1, "name", text("first"));
    world.archive(a);
    world.rename(a, "elsewhere");
    Fid b = world.write(2, "name", text("second"));

    world.archive(b);

    world.assertRestores(a);
    world.assertRestores(b);
    assertThat(keys()).containsExactly("m/elsewhere", "m/name");
    assertThat(world.archive.find(b).orElseThrow().key()).isEqualTo("m/name");
    assertThat(world.events).extracting("type").contains("mirror.object.moved");
    world.write(1, "elsewhere", text("written after the rename"));
    world.archive(a);
    world.assertRestores(a);
    world.assertRestores(b);
  }

  @Test
  void archive_whenNamesAreSwapped_keepsBothAtEachStep() throws IOException {
    Fid a = world.write(1, "a", text("content a"));
    Fid b = world.write(2, "b", MirrorFixture.random(1, 3 * PART));
    world.archive(a);
    world.archive(b);
    world.rename(a, "b");
    world.rename(b, "a");

    world.write(1, "b", text("content a, written"));
    world.archive(a);
    world.assertRestores(a);
    world.assertRestores(b);
    world.write(2, "a", text("content b, written"));
    world.archive(b);
    world.assertRestores(a);
    world.assertRestores(b);

    assertThat(world.archive.find(a).orElseThrow().key()).isEqualTo("m/b");
    assertThat(world.archive.find(b).orElseThrow().key()).isEqualTo("m/a");
    assertThat(keys()).containsExactly("m/a", "m/b");
  }

  @Test
  void archive_whenFirstHardLinkGoes_movesToTheOther() throws IOException {
    Fid a = world.write(1, "first", text("linked"));
    world.paths.get(a).add(PathBytes.of("second"));
    world.archive(a);
    assertThat(keys()).containsExactly("m/first");
    world.rename(a, "second");
    Fid b = world.write(2, "first", text("new"));
    world.archive(b);
    world.assertRestores(a);
    world.assertRestores(b);
    world.write(1, "second", text("linked, written"));
    world.archive(a);
    world.assertRestores(a);
    world.assertRestores(b);
    assertThat(keys()).containsExactly("m/first", "m/second");
  }

  @Test
  void archive_whenForeignObjectIsThere_takesAnotherKey() throws IOException {
    store.blocking().put("m/a", ByteBuffer.wrap(text("foreign")), PutOptions.NONE);
    store.blocking().put("m/large", ByteBuffer.wrap(text("foreign")), PutOptions.NONE);
    Fid a = world.write(1, "a", text("ours"));
    Fid large = world.write(2, "large", MirrorFixture.random(1, 3 * PART));

    world.archive(a);
    world.archive(large);

    world.assertRestores(a);
    world.assertRestores(large);
    assertThat(world.archive.find(a).orElseThrow().key())
        .startsWith("m/.kmesh/by-fid/200000401-1-0/");
    assertThat(store.blocking().head("m/a").size()).isEqualTo(7);
    assertThat(store.blocking().head("m/large").size()).isEqualTo(7);
    assertThat(world.events).extracting("type").contains("mirror.key.foreign");
    world.remove(a);
    world.remove(large);
    assertThat(keys()).containsExactly("m/a", "m/large");
  }

  @Test
  void archive_whenObjectWasDeletedBySomebody_storesAnew() throws IOException {
    Fid a = world.write(1, "a", text("one"));
    world.archive(a);
    store.blocking().delete(List.of(io.kmesh.spi.store.DeleteTarget.of("m/a")));
    assertKind(ErrorKind.NOT_FOUND, () -> world.restore(a));
    world.write(1, "a", text("two"));
    world.archive(a);
    world.assertRestores(a);
    assertThat(keys()).containsExactly("m/a");
  }

  @Test
  void restore_whenObjectWasOverwritten_isRefused() throws IOException {
    Fid a = world.write(1, "a", text("one"));
    world.archive(a);
    store.blocking().put("m/a", ByteBuffer.wrap(text("two")), PutOptions.NONE);
    assertThatThrownBy(() -> world.restore(a))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
        .hasMessageContaining("m/a")
        .hasMessageContaining(a.toString());
    assertKind(ErrorKind.NOT_FOUND, () -> world.remove(a));
    assertThat(keys()).containsExactly("m/a");
  }

  @Test
  void remove_whenNothingIsThere_isNotFound() throws IOException {
    Fid a = world.write(1, "a", text("one"));
    assertKind(ErrorKind.NOT_FOUND, () -> world.remove(a));
    world.archive(a);
    world.remove(a);
    assertThat(keys()).isEmpty();
    assertThat(world.state.count("mirror.entry", "")).isZero();
    assertThat(world.state.count("mirror.key", "")).isZero();
    assertKind(ErrorKind.NOT_FOUND, () -> world.remove(a));
    assertKind(ErrorKind.NOT_FOUND, () -> world.restore(a));
  }

  @Test
  void stillHolds_whenReplacedOrGone_isFalse() throws IOException {
    Fid a = world.write(1, "a", text("one"));
    world.archive(a);
    ArchiveReceipt receipt = world.archive.find(a).orElseThrow().receipt("ckpt");
    assertThat(world.archive.stillHolds(receipt)).isTrue();
    world.write(1, "a", text("two"));
    world.archive(a);
    assertThat(world.archive.stillHolds(receipt)).isFalse();
    ArchiveReceipt second = world.archive.find(a).orElseThrow().receipt("ckpt");
    assertThat(world.archive.stillHolds(second)).isTrue();
    world.remove(a);
    assertThat(world.archive.stillHolds(second)).isFalse();
  }

  @Test
  void rebuild_whenStateIsLost_findsEveryFile() throws IOException {
    Fid a = world.write(1, "a", text("one"));
    Fid b = world.write(2, "dir/bad%ÿ", MirrorFixture.random(1, 3 * PART));
    Fid c = world.write(3, "sparse", new byte[10 * PART]);
    for (Fid fid : List.of(a, b, c)) {
      world.archive(fid);
    }
    store.blocking().put("m/foreign", ByteBuffer.wrap(text("x")), PutOptions.NONE);
    MirrorFixture fresh = new MirrorFixture(store, newState());
    fresh.files.putAll(world.files);

    assertThat(fresh.archive.rebuild()).isEqualTo(3);

    for (Fid fid : List.of(a, b, c)) {
      fresh.assertRestores(fid);
      assertThat(fresh.archive.find(fid))
          .map(e -> e.sha256())
          .isEqualTo(world.archive.find(fid).map(e -> e.sha256()));
    }
  }

  @Test
  void archive_whenAttributesAreLarge_putsThemInASideObject() throws IOException {
    Fid a = world.write(1, "a", text("one"));
    world.files.get(a).xattrs.put(PathBytes.of("user.big"), MirrorFixture.random(1, 10_000));
    world.files.get(a).xattrs.put(PathBytes.of("trusted.lov"), new byte[10]);
    world.archive(a);
    ObjectInfo info = store.blocking().head("m/a");
    String side = info.metadata().get("kmesh-side");
    ObjectInfo sideInfo = store.blocking().head("m/" + side);
    byte[] body =
        store
            .blocking()
            .read("m/" + side, 0, (int) sideInfo.size(), io.kmesh.spi.store.Condition.none())
            .data()
            .array();
    assertThat(PackedXattrs.unpack(SplitAttributes.readSide(side, body).get("kmesh-xattrs")))
        .containsOnlyKeys(PathBytes.of("user.big"));
    world.remove(a);
    assertThat(keys()).isEmpty();
  }

  @Test
  void archive_whenFileShrinksWhileRead_isRefused() throws IOException {
    Fid a = world.write(1, "a", text("one"));
    world.files.get(a).claimedSize = 5L;
    assertKind(ErrorKind.TRANSIENT, () -> world.archive(a));
    world.files.get(a).claimedSize = 1L;
    assertKind(ErrorKind.TRANSIENT, () -> world.archive(a));
    assertThat(keys()).isEmpty();
  }

  @Test
  void open_whenStoreLacksConditions_isRefused() {
    assertThatThrownBy(() -> new MirrorFixture(new WeakStore(store), newState()))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNSUPPORTED))
        .hasMessageContaining("CONDITIONAL_CREATE");
  }

  static void assertKind(ErrorKind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable c) {
    assertThatThrownBy(c)
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  private static final class WeakStore extends io.kmesh.spi.store.ForwardingObjectStore {
    private final io.kmesh.spi.store.ObjectStore delegate;

    WeakStore(io.kmesh.spi.store.ObjectStore delegate) {
      this.delegate = delegate;
    }

    @Override
    protected io.kmesh.spi.store.ObjectStore delegate() {
      return delegate;
    }

    @Override
    public java.util.Set<io.kmesh.spi.store.StoreCapability> capabilities() {
      TreeSet<io.kmesh.spi.store.StoreCapability> some = new TreeSet<>(delegate.capabilities());
      some.remove(io.kmesh.spi.store.StoreCapability.CONDITIONAL_CREATE);
      return some;
    }
  }
}
