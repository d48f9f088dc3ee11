// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What looks register, and what they leave alone. */
class InspectorTest {
  private static final PathBytes A = PathBytes.of("a");
  private static final PathBytes B = PathBytes.of("b");

  @Test
  void scan_whenTheTreeIsNew_registersAllOnce() throws IOException {
    try (PosixWorld world = new PosixWorld(1)) {
      world.steps.makeDirectory(A);
      world.steps.write(A.resolve("f"), 10);
      world.steps.link(A.resolve("f"), B);
      world.steps.write(PathBytes.of(".kmesh~x"), 10);
      world.scan();
      world.requireEqual();
      assertThat(world.inspector.takeFindings().newNodes()).isEqualTo(2);
      long seq = world.base.lastSeq();
      world.scan();
      assertThat(world.inspector.takeFindings().isEmpty()).isTrue();
      assertThat(world.base.lastSeq()).isEqualTo(seq);
    }
  }

  @Test
  void scan_whenADirectoryWithAThousandFilesWasRenamed_changesTwoNames() throws IOException {
    try (PosixWorld world = new PosixWorld(2)) {
      world.steps.makeDirectory(A);
      for (int i = 0; i < 1000; i++) {
        world.steps.write(A.resolve("f" + i), 1);
      }
      world.scan();
      world.settle();
      long seq = world.base.lastSeq();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      world.look(new Hints().name(world.topKey(), A, null).name(world.topKey(), B, null));
      world.requireEqual();
      // Two names; the tops's time.
      assertThat(world.base.changesSince(seq).toList()).hasSize(3);
      assertThat(world.inspector.takeFindings().looked()).isLessThan(1100);
    }
  }

  @Test
  void look_whenOnlyTheModeChanged_leavesTheContent() throws IOException {
    try (PosixWorld world = new PosixWorld(3)) {
      world.steps.write(A, 10);
      world.scan();
      world.settle();
      Node before = world.node(A);
      world.steps.setMode(A, 0640);
      world.look(new Hints().object(before.local().key()));
      Node after = world.node(A);
      assertThat(after.attributes().mode()).isEqualTo(0640);
      assertThat(after.attributesVersion()).isNotEqualTo(before.attributesVersion());
      assertThat(after.contentVersion()).isEqualTo(before.contentVersion());
    }
  }

  @Test
  void scan_whenAWriterSetTheTimeBack_takesTheBytesForOthers() throws IOException {
    try (PosixWorld world = new PosixWorld(4)) {
      world.steps.write(A, 10);
      world.steps.setTime(A, new FileTime(1_000_000, 5));
      world.scan();
      world.settle();
      Node before = world.node(A);
      world.steps.write(A, 10);
      world.steps.setTime(A, new FileTime(1_000_000, 5));
      world.scan();
      assertThat(world.node(A).contentVersion()).isNotEqualTo(before.contentVersion());
      Node written = world.node(A);
      world.settle();
      world.steps.rename(A, B, RenameMode.NO_REPLACE);
      world.scan();
      assertThat(world.node(B).id()).isEqualTo(written.id());
      assertThat(world.node(B).contentVersion().origin().counter())
          .isEqualTo(written.contentVersion().origin().counter());
    }
  }

  @Test
  void step_whenAStampWasYoung_looksOnceMore() throws IOException {
    try (PosixWorld world = new PosixWorld(5)) {
      world.steps.write(A, 10);
      world.scan();
      Node before = world.node(A);
      assertThat(world.inspector.nextDue()).isPresent();
      world.finish();
      assertThat(world.node(A)).isEqualTo(before);
      world.time.advance(Duration.ofSeconds(5));
      world.finish();
      assertThat(world.node(A).contentVersion()).isNotEqualTo(before.contentVersion());
      assertThat(world.inspector.nextDue()).isEmpty();
      Node again = world.node(A);
      world.time.advance(Duration.ofSeconds(5));
      world.scan();
      assertThat(world.node(A)).isEqualTo(again);
    }
  }

  @Test
  void scan_whenTooMuchIsGone_holdsItUntilItIsConfirmed() throws IOException {
    try (PosixWorld world = new PosixWorld(6, new DeleteGuard(3, 10))) {
      world.steps.makeDirectory(A);
      for (int i = 0; i < 20; i++) {
        world.steps.write(A.resolve("f" + i), 1);
      }
      world.scan();
      world.settle();
      long seq = world.base.lastSeq();
      world.steps.removeAll(A);
      world.steps.write(B, 1);
      world.scan();
      assertThat(world.inspector.held()).isPresent();
      assertThat(world.inspector.held().orElseThrow().count()).isEqualTo(21);
      assertThat(world.inspector.held().orElseThrow().examples()).contains(A);
      assertThat(world.inspector.takeFindings().removedNames()).isZero();
      world.reopen();
      assertThat(world.inspector.held().orElseThrow().count()).isEqualTo(21);
      // Confirmed is what was held, not what went since.
      world.steps.unlink(B);
      world.inspector.confirmDeletions();
      world.finish();
      assertThat(world.inspector.held()).isEmpty();
      assertThat(world.inspector.takeFindings().removedNames()).isEqualTo(21);
      world.scan();
      world.requireEqual();
      assertThat(world.base.lastSeq()).isGreaterThan(seq);
    }
  }
}
