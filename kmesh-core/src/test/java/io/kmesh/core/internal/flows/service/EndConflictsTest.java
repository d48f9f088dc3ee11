// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.merge.Conflict;
import io.kmesh.core.internal.flows.merge.KeptConflict;
import io.kmesh.core.internal.flows.merge.MergePolicy;
import io.kmesh.core.internal.flows.merge.ReplicaEnds;
import io.kmesh.core.internal.flows.place.LocalKeys;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.FlowConflict;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.time.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The conflicts of one end, page by page. */
class EndConflictsTest {
  @TempDir Path dir;
  private PosixTree tree;
  private FlowBase base;
  private MergedEnd end;
  private EndConflicts conflicts;

  @BeforeEach
  void open() throws Exception {
    ManualTime time = ManualTime.startingAt(Instant.EPOCH);
    tree = PosixTrees.open(dir);
    base = FlowBase.open(new MemoryOrdered(), ReplicaEnds.newId(0, new Random(1)));
    end =
        new MergedEnd(
            base,
            MergePolicy.NEWEST,
            PosixLiveTree.open(tree, PathBytes.EMPTY),
            new DeleteGuard(10, 10),
            LocalKeys.POSIX,
            time);
    conflicts = new EndConflicts(base, end, tree, "source", "newest");
  }

  @AfterEach
  void close() throws Exception {
    base.close();
    tree.close();
  }

  private void meet(int number) throws Exception {
    NodeId node = new NodeId(7, number);
    Version won = new Version(new Dot(7, number), VersionVector.of(7, number));
    Version lost = new Version(new Dot(8, number), VersionVector.of(8, number));
    end.conflicts()
        .found(
            new Conflict(
                Conflict.Kind.CONTENT, null, node, won, node, lost, Conflict.Action.DROPPED, null));
  }

  @Test
  void pages_haveEachConflictOnce_alsoWhenSomeAreResolvedMeanwhile() throws Exception {
    for (int i = 1; i <= 600; i++) {
      meet(i);
    }
    List<String> ids = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    String from = "";
    do {
      ConflictPage page = conflicts.page(from, ConflictPage.MOST);
      page.conflicts().stream().map(FlowConflict::id).forEach(ids::add);
      sizes.add(page.conflicts().size());
      from = page.next();
      if (!from.isEmpty()) {
        conflicts.resolve(conflicts.find(ids.get(0)).orElseThrow(), Resolution.FORGET);
        ids.remove(0);
      }
    } while (!from.isEmpty());
    assertThat(sizes).containsExactly(256, 256, 88);
    assertThat(ids).hasSize(598).doesNotHaveDuplicates();
  }

  @Test
  void bytesThatAreKept_goWhenTheOtherEndDidIt_alsoWhenTheyAreGone() throws Exception {
    meet(1);
    PathBytes path = PathBytes.of("kept/f~1");
    Files.createDirectory(dir.resolve("kept"));
    Path kept = Files.writeString(dir.resolve(path.toString()), "loser");
    end.conflicts().keptAside(new NodeId(7, 1), new Dot(8, 1), path);
    FlowConflict told = conflicts.page("", 1).conflicts().get(0);
    assertThat(told.keptEnd()).isEqualTo("source");
    assertThat(told.kept()).isEqualTo("kept/f~1");
    KeptConflict found = conflicts.find(told.id()).orElseThrow();
    conflicts.resolve(found, Resolution.FORGET);
    assertThat(kept).doesNotExist();
    conflicts.resolve(found, Resolution.KEEP_WINNER); // as after a kill in the middle
    assertThat(conflicts.find(told.id())).isEmpty();
  }

  @Test
  void pageThatBeginsNowhere_isRefused() {
    assertThatThrownBy(() -> conflicts.page("no place", 1))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("no page begins so");
  }
}
