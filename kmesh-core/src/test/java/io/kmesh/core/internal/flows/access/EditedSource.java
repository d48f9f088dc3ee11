// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.detect.DeleteGuard;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.detect.LiveSource;
import io.kmesh.core.internal.flows.detect.PosixLiveTree;
import io.kmesh.core.internal.flows.grants.SensitivePaths;
import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Edits;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Message.Action;
import io.kmesh.core.internal.flows.replica.Message.Expected;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A source's tree that another site asks to change, one edit after the other. */
final class EditedSource {
  private static final long OTHER = 9;
  private static final Channel CHANNEL =
      new Channel() {
        @Override
        public String site() {
          return "burst";
        }

        @Override
        public void send(byte[] message) {}

        @Override
        public void sendBulk(byte[] message) {}

        @Override
        public void abort(String reason) {}
      };

  private EditedSource() {}

  /** Opens a tree, with what is known of it. */
  static SourceEdits open(PosixTree tree, MemoryOrdered store) throws IOException {
    FlowBase base = FlowBase.open(store, 1);
    LiveSource source =
        new LiveSource(
            new Inspector(
                base,
                PosixLiveTree.open(tree, PathBytes.EMPTY),
                DeleteGuard.DEFAULT,
                Concurrent.HERE_WINS,
                RunningTime.instance()),
            Optional.empty(),
            Duration.ofHours(1),
            RunningTime.instance(),
            found -> {});
    return new SourceEdits("f", tree, base, source, SensitivePaths.NONE, () -> {});
  }

  /** The other site sends the bytes of an edit, the last ones first. */
  static void send(SourceEdits edits, long number, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int end = bytes.length; end > 0; end -= 19) {
      int from = Math.max(0, end - 19);
      ByteBuffer piece = ByteBuffer.wrap(bytes, from, end - from);
      edits.contents().data(NodeId.ROOT, new Dot(OTHER, number), bytes.length, from, piece);
    }
  }

  /** The other site asks for an edit. */
  static Message.Edited ask(SourceEdits edits, Message.Edit edit) throws IOException {
    edits.edit(CHANNEL, OTHER, edit);
    List<Edits.Answer> answers = edits.step();
    assertThat(answers).hasSize(1);
    return answers.get(0).edited();
  }

  /** An edit that minds what it meets as it says. */
  static Message.Edit edit(
      long number,
      Action action,
      String path,
      String other,
      Expected expected,
      long first,
      long second,
      byte[] value) {
    return new Message.Edit(
        number,
        action,
        PathBytes.of(path),
        PathBytes.of(other),
        expected,
        NodeId.ROOT,
        Dot.NONE,
        0,
        new FileTime(0, 0),
        first,
        second,
        value);
  }
}
