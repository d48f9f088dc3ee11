// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.base;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Names that are in memory are what the store has. */
class FlowBaseNamesTest {
  private final FlowBase base;

  FlowBaseNamesTest() throws IOException {
    base = FlowBase.open(new MemoryOrdered(), 1);
  }

  private static Link link(int number) {
    return new Link(NodeId.ROOT, PathBytes.of("n" + number));
  }

  private Dirent change(int number) throws IOException {
    Dirent before = base.dirent(link(number));
    return base.change(before, before.to(base.newNodeId(), before.version().next(base.nextDot())));
  }

  @Test
  void rollback_bringsNamesBackAsTheyWereCommitted() throws IOException {
    Dirent committed = change(1);
    base.commit();
    change(1);
    base.keep(change(2).withPlaced(NodeId.ROOT));
    base.rollback();
    assertThat(base.dirent(link(1))).isEqualTo(committed);
    assertThat(base.dirent(link(2))).isEqualTo(Dirent.none(link(2)));
  }

  @Test
  void forget_leavesNone() throws IOException {
    base.forget(change(1));
    assertThat(base.dirent(link(1))).isEqualTo(Dirent.none(link(1)));
    assertThat(base.changesSince(0).next()).isFalse();
  }

  @Test
  void names_beyondWhatIsInMemory_areThere() throws IOException {
    int names = 20_000;
    for (int i = 0; i < names; i++) {
      change(i);
    }
    for (int i = 0; i < names; i++) {
      Dirent name = base.dirent(link(i));
      base.keep(name.withPlaced(name.node()));
    }
    base.commit();
    assertThat(base.names(NodeId.ROOT).toList())
        .hasSize(names)
        .allMatch(Dirent::isPlaced)
        .allSatisfy(name -> assertThat(base.dirent(name.link())).isEqualTo(name));
  }
}
