// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.Coordinator;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A simulated HSM in deterministic mode over inodes in memory. */
final class HsmFixture implements AutoCloseable {
  final ManualTime time;
  final MemoryInodes inodes;
  HsmSide side;

  HsmFixture(Path directory, int mdts) throws IOException {
    this(directory, mdts, 7);
  }

  HsmFixture(Path directory, int mdts, long seed) throws IOException {
    time = ManualTime.create();
    inodes = new MemoryInodes(directory, mdts);
    side = open(seed);
  }

  private HsmSide open(long seed) throws IOException {
    return new HsmSide(inodes, time, CoordinatorSettings.DEFAULTS, OptionalLong.of(seed));
  }

  /** As a process restart: registrations are gone, the lists stay. */
  void reopen() throws IOException {
    side.close();
    side = open(8);
  }

  Coordinator coordinator() {
    return side.coordinator();
  }

  CopytoolSession register(Integer... archives) throws IOException {
    return register("client", archives);
  }

  CopytoolSession register(String node, Integer... archives) throws IOException {
    return side.copytools(node)
        .register(Set.copyOf(Arrays.stream(archives).map(ArchiveId::of).toList()));
  }

  void request(HsmActionKind action, Fid... fids) throws IOException {
    side.hsm().request(HsmRequest.of(action, ArchiveId.ANY, List.of(fids)));
  }

  void step() throws IOException {
    coordinator().step();
  }

  void pass(Duration time) throws IOException {
    this.time.advance(time);
    step();
  }

  /** Steps, and receives all that a copytool was sent. */
  List<ActionItem> deliver(CopytoolSession session) throws IOException {
    step();
    return drain(session);
  }

  static List<ActionItem> drain(CopytoolSession session) throws IOException {
    List<ActionItem> all = new ArrayList<>();
    for (List<ActionItem> items = session.receive(Duration.ZERO);
        !items.isEmpty();
        items = session.receive(Duration.ZERO)) {
      all.addAll(items);
    }
    return all;
  }

  ActionItem deliverOne(CopytoolSession session) throws IOException {
    List<ActionItem> items = deliver(session);
    assertThat(items).hasSize(1);
    return items.get(0);
  }

  /** A file that was archived by this copytool. */
  Fid archived(CopytoolSession session, int mdt, String content) throws IOException {
    Fid fid = inodes.create(mdt, content);
    request(HsmActionKind.ARCHIVE, fid);
    session.begin(deliverOne(session)).succeed();
    return fid;
  }

  Fid released(CopytoolSession session, int mdt, String content) throws IOException {
    Fid fid = archived(session, mdt, content);
    request(HsmActionKind.RELEASE, fid);
    return fid;
  }

  static void write(RunningAction action, String content) throws IOException {
    action.data().write(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)), 0);
  }

  List<ActionStatus> statuses(int mdt) {
    return coordinator().actions(mdt).stream().map(a -> a.status()).toList();
  }

  String state(Fid fid) throws IOException {
    return "0x" + Integer.toHexString(side.hsm().state(fid).bits());
  }

  static void assertErrno(ThrowingCallable call, Errno errno) {
    assertThat(catchThrowable(call))
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.errno()).contains(errno));
  }

  @Override
  public void close() throws IOException {
    side.close();
  }
}
