// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.archive.CatalogScope;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The roots of copies on a Lustre: docs/format/virtual-copy.md, "On a Lustre". */
class StubRootsTest {
  private static final CatalogScope SCOPE = new CatalogScope("lab", "1".repeat(32), 3);
  private static final PathBytes PATH = PathBytes.of(new byte[] {'w', '/', (byte) 0xff});
  private static final Head.Root SNAPSHOT =
      new Head.Root("snapshot", "s", "fedcba9876543210", 5, new ChunkName(1, 2, 3), Map.of());
  private static final Head.Root ROOT =
      StubRoots.create("what-if", "0123456789abcdef", 7, SNAPSHOT, SCOPE, PATH, "cluster");

  private static final String[] VALUES = {"", "0", "-1", "33", "99999999999", "x", "2f2", "READY "};

  @Test
  void root_isTheGoldenOne_andIsRead() throws ProviderException {
    assertThat(ROOT)
        .isEqualTo(
            new Head.Root(
                "virtual-copy",
                "what-if",
                "0123456789abcdef",
                7,
                new ChunkName(1, 2, 3),
                Map.of(
                    "archive", "3",
                    "folder", "cluster:/" + PATH,
                    "host", "cluster",
                    "instance", "1".repeat(32),
                    "path", "772fff",
                    "snapshot", "fedcba9876543210",
                    "state", "CREATING")));
    assertThat(StubRoots.isStub(ROOT)).isTrue();
    assertThat(StubRoots.isOf(ROOT, SCOPE)).isTrue();
    assertThat(StubRoots.isOf(ROOT, new CatalogScope("lab", "1".repeat(32), 4))).isFalse();
    assertThat(StubRoots.path(ROOT)).isEqualTo(PATH);
    assertThat(StubRoots.archive(ROOT)).isEqualTo(ArchiveId.of(3));
    assertThat(StubRoots.state(ROOT)).isEqualTo(StubRoots.State.CREATING);
    assertThat(StubRoots.catalog(ROOT.id())).isEqualTo("copy-0123456789abcdef");
    assertThat(StubParts.hidden(ROOT.id())).hasToString(".kmesh-copy-0123456789abcdef");
    assertThat(StubParts.MARK).hasToString("trusted.kmesh.copy");
  }

  @Test
  void rootOfARefresh_namesWhoseItIs_untilTheCopyShowsTheSnapshot() throws ProviderException {
    Head.Root newer =
        new Head.Root("snapshot", "s", "00000000000000aa", 6, new ChunkName(4, 5, 6), Map.of());
    StubRoots.Claim claim = new StubRoots.Claim("op", "5".repeat(24));
    Head empty =
        new Head(1, "a".repeat(32), List.of(), List.of(), List.of(), List.of(), Map.of(), Set.of());
    Head ready = StubRoots.in(empty.withRoot(ROOT), ROOT.id(), StubRoots.State.READY);
    Head begun = StubRoots.refreshing(ready, ROOT.id(), SNAPSHOT.id(), newer, claim);
    Head.Root refresh = begun.root("virtual-copy-refresh", ROOT.id()).orElseThrow();
    assertThat(refresh.chunk()).isEqualTo(newer.chunk());
    assertThat(refresh.labels())
        .containsEntry("operation", "op")
        .containsEntry("session", "5".repeat(24))
        .containsEntry("snapshot", newer.id());
    Head done = StubRoots.refreshed(begun, ROOT.id(), newer, claim);
    Map<String, String> shown = new TreeMap<>(ROOT.labels());
    shown.put("state", "READY");
    shown.put("snapshot", newer.id());
    assertThat(done.roots())
        .containsExactly(
            new Head.Root("virtual-copy", "what-if", ROOT.id(), 7, newer.chunk(), shown));
  }

  @Tag("fuzz")
  @Property(tries = 1_000)
  void root_withAnyLabels_isAValue_orDamage(
      @ForAll @IntRange(max = 10) int which,
      @ForAll @IntRange(max = 8) int value,
      @ForAll @IntRange(max = 40) int at,
      @ForAll char to) {
    Map<String, String> labels = new TreeMap<>(ROOT.labels());
    List<String> names = new ArrayList<>(labels.keySet());
    String name = names.get(which % names.size());
    if (value < VALUES.length) {
      labels.put(name, VALUES[value]);
    } else {
      StringBuilder text = new StringBuilder(labels.get(name));
      text.setCharAt(at % text.length(), to);
      labels.put(name, text.toString());
    }
    Head.Root root = new Head.Root(ROOT.kind(), "n", ROOT.id(), 7, ROOT.chunk(), labels);
    try {
      assertThat(StubRoots.path(root)).isNotNull();
      assertThat(StubRoots.state(root)).isNotNull();
      assertThat(StubRoots.archive(root)).isNotNull();
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT);
      assertThat(e.getMessage()).contains(ROOT.id());
    }
  }
}
