// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchComposerTest {
  private static final int FILES = 40;
  private static final long SIZE = 1 << 20;

  @Test
  void after_endsABatch_whereMuchGoesUnaskedBehindIt() throws IOException {
    FlowBase base = files();
    BatchComposer composer = new BatchComposer(base, 2, node -> true);
    long place = 0;
    int told = 0;
    Message.Tail tail = Message.Tail.MORE;
    while (tail == Message.Tail.MORE) {
      Message.Batch batch = composer.after(place).orElseThrow();
      long pushed =
          batch.changes().stream()
              .filter(c -> c.content() == Message.Delivery.PUSHED)
              .mapToLong(c -> c.node() == null ? 0 : c.node().content().size())
              .sum();
      assertThat(pushed).isLessThanOrEqualTo(9L << 20);
      told += (int) (pushed / SIZE);
      place = batch.to();
      tail = batch.isLast();
    }
    assertThat(told).isEqualTo(FILES);
    assertThat(composer.after(place)).isEmpty();
  }

  @Test
  void after_doesNotCountWhatIsAskedFor() throws IOException {
    BatchComposer composer = new BatchComposer(files(), 2, node -> false);
    assertThat(composer.after(0).orElseThrow().isLast()).isEqualTo(Message.Tail.END);
  }

  private static FlowBase files() throws IOException {
    FlowBase base = FlowBase.open(new MemoryOrdered(), 1);
    for (int i = 0; i < FILES; i++) {
      NodeId id = base.newNodeId();
      base.change(
          new Node(
              id,
              FileType.REGULAR,
              0,
              PathBytes.EMPTY,
              new Attributes(0644, 0, 0),
              Version.NONE.next(base.nextDot()),
              new Content(SIZE, new FileTime(1, 0)),
              Version.NONE.next(base.nextDot()),
              null,
              List.of(),
              0));
      Dirent none = Dirent.none(new Link(NodeId.ROOT, PathBytes.of("f" + i)));
      base.change(none, none.to(id, Version.NONE.next(base.nextDot())));
    }
    base.commit();
    return base;
  }
}
