// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The copytool side: hostile messages, broken pipes, and what is left of actions. */
class StubCopytoolChecks extends StubChecks {
  private static final int ITEM = 72;

  /** An action list with one item. */
  private static byte[] list(String fsname, int action, byte[] data, Fid fid) {
    int head = 32 + (fsname.length() + 1 + 7 & ~7);
    int length = ITEM + data.length;
    ByteBuffer b = ByteBuffer.allocate(head + (length + 7 & ~7)).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(0, 1).putInt(4, 1).putInt(24, 1);
    b.put(32, fsname.getBytes(UTF_8));
    b.putInt(head, length).putInt(head + 4, action);
    for (int at : new int[] {head + 8, head + 24}) {
      b.putLong(at, fid.sequence()).putInt(at + 8, fid.oid());
    }
    b.putLong(head + 48, -1).putLong(head + 56, 0x1234_5678L);
    b.put(head + ITEM, data);
    return b.array();
  }

  @Test
  void receive_whateverTheFileSystemsNameAndTheData_givesTheItem() throws IOException {
    Fid fid = new Fid(0x200000401L, 9, 0);
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      for (String name : List.of("l", "lustre", "lustre7", "lustre88")) {
        for (int size : new int[] {0, 1, 3, 7, 8, 15}) {
          byte[] data = new byte[size];
          new Random(size).nextBytes(data);
          stub.scriptActionList(list(name, 20, data, fid));
          ActionItem item = next(session);
          assertThat(item.fid()).isEqualTo(fid);
          assertThat(item.payload()).isEqualTo(data);
          assertThat(item.cookie()).isEqualTo(0x1234_5678L);
        }
      }
    }
  }

  @Test
  void receive_whenTheListIsHostile_failsAndGoesOn() throws IOException {
    Fid fid = create("file");
    byte[] good = list("lustre", 20, new byte[] {1, 2, 3}, fid);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      for (int i = 0; i < 400; i++) {
        byte[] bad = good.clone();
        if (random.nextInt(3) == 0) {
          bad = java.util.Arrays.copyOf(bad, 32 + random.nextInt(bad.length - 32));
        }
        for (int k = random.nextInt(4); k >= 0; k--) {
          int at = random.nextInt(bad.length);
          bad[at] = random.nextBoolean() ? (byte) 0xff : (byte) random.nextInt();
        }
        stub.scriptActionList(bad);
        try {
          session.receive(Duration.ZERO);
        } catch (ProviderException e) {
          assertThat(e.getMessage()).as("seed %d, list %d", seed, i).startsWith("Cannot ");
        }
      }
      stub.scriptActionList(good);
      assertThat(next(session).payload()).isEqualTo(new byte[] {1, 2, 3});
    }
  }

  @Test
  void receive_whenInterrupted_asksAgain() throws IOException {
    Fid fid = create("file");
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      stub.failNext("llapi_hsm_copytool_recv", Errno.EINTR.code());
      request(HsmActionKind.ARCHIVE, fid);
      session.begin(next(session)).succeed();
    }
  }

  @Test
  void receive_whenThePipeBreaks_isToldAndClosingStillWorks() throws IOException {
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      for (Errno errno : List.of(Errno.EPIPE, Errno.ESHUTDOWN)) {
        stub.failNext("llapi_hsm_copytool_recv", errno.code());
        assertThat(failure(() -> session.receive(Duration.ZERO)).errno())
            .hasValueSatisfying(e -> assertThat(e).isIn(Errno.EPIPE, Errno.ESHUTDOWN));
      }
    }
  }

  @Test
  void register_whenItFails_leavesNothingAndCanBeTriedAgain() throws IOException {
    for (Errno errno : List.of(Errno.EPERM, Errno.ENXIO, Errno.EEXIST)) {
      stub.failNext("llapi_hsm_copytool_register", errno.code());
      assertThat(failure(() -> lustre().copytools().register(Set.of())).errno()).hasValue(errno);
    }
    lustre().copytools().register(Set.of()).close();
  }

  @Test
  void begin_whenTheVolatileFileCannotBeMade_leavesTheActionToBeFailed() throws IOException {
    Fid fid = create("file");
    archive(fid);
    request(HsmActionKind.RELEASE, fid);
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      request(HsmActionKind.RESTORE, fid);
      ActionItem item = next(session);
      stub.failNext("llapi_hsm_action_begin", Errno.ENOSPC.code());
      assertThat(failure(() -> session.begin(item)).errno()).hasValue(Errno.ENOSPC);
      for (String function : List.of("llapi_hsm_action_get_fd", "llapi_hsm_action_get_dfid")) {
        stub.failNext(function, Errno.EMFILE.code());
        assertThat(failure(() -> session.begin(item)).errno()).hasValue(Errno.EMFILE);
      }
      session.fail(item, Errno.ENOSPC, null);
      assertThat(stub.actions(lustre().identity().mdt(fid))).isEmpty();
    }
  }

  @Test
  void close_whenActionsRun_abandonsThem() throws IOException {
    List<Fid> fids = List.of(create("a"), create("b"), create("c"));
    CopytoolSession session = lustre().copytools().register(Set.of());
    for (Fid fid : fids) {
      request(HsmActionKind.ARCHIVE, fid);
      session.begin(next(session));
    }
    session.close();
    assertThat(stub.actions(lustre().identity().mdt(fids.get(0)))).contains("STARTED");
  }

  @Test
  void register_whenArchivesAreNamed_receivesOnlyTheirs() throws IOException {
    Fid one = create("one");
    Fid two = create("two");
    try (CopytoolSession session = lustre().copytools().register(Set.of(ArchiveId.of(2)))) {
      request(HsmActionKind.ARCHIVE, one);
      lustre().hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.of(2), List.of(two)));
      ActionItem item = next(session);
      assertThat(item.fid()).isEqualTo(two);
      session.begin(item).succeed();
      stub.scriptActionList(list("lustre", 20, new byte[0], one));
      assertThat(session.receive(Duration.ZERO)).as("a list of archive 1").isEmpty();
    }
  }

  @Test
  void register_whenThousandsOfArchivesAreNamed_receivesTheLastOnes() throws IOException {
    Set<ArchiveId> many = new HashSet<>();
    for (int i = 1; i <= 20_000; i++) {
      many.add(ArchiveId.of(i));
    }
    Fid fid = create("file");
    try (CopytoolSession session = lustre().copytools().register(many)) {
      HsmRequest last = HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.of(20_000), List.of(fid));
      lustre().hsm().request(last);
      session.begin(next(session)).succeed();
      assertThat(lustre().hsm().state(fid).archiveId()).isEqualTo(ArchiveId.of(20_000));
    }
  }

  @Test
  void register_whenTheRunDirectoryIsTooLong_isRefused() throws IOException {
    String usual = System.getProperty("kmesh.run-directory");
    System.setProperty("kmesh.run-directory", "/" + "x/".repeat(40_000));
    try {
      assertThat(failure(() -> lustre().copytools().register(Set.of())))
          .hasMessageStartingWith("Cannot register a copytool on ")
          .hasMessageContaining("kmesh.run-directory");
    } finally {
      System.setProperty("kmesh.run-directory", usual);
    }
  }

  @Test
  void restore_afterwards_hasTheDirectorysLayout() throws IOException {
    Fid fid = lustre().layouts().createFile(PathBytes.of("file"), 0600, Layout.plain(2));
    try (PosixFile file = lustre().identity().open(fid, Set.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(CONTENT), 0);
    }
    archive(fid);
    request(HsmActionKind.RELEASE, fid);
    assertThat(lustre().layouts().layout(fid).isReleased()).isTrue();
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      request(HsmActionKind.RESTORE, fid);
      RunningAction running = session.begin(next(session));
      assertThat(lustre().identity().stat(running.dataFid()).links()).isZero();
      running.data().write(ByteBuffer.wrap(CONTENT), 0);
      running.succeed();
    }
    assertThat(lustre().layouts().layout(fid).components().get(0).stripeCount()).isEqualTo(1);
    try (PosixFile file = lustre().identity().open(fid, Set.of(OpenFlag.READ))) {
      ByteBuffer read = ByteBuffer.allocate(16);
      assertThat(file.read(read, 0)).isEqualTo(CONTENT.length);
    }
  }

  @Test
  void session_whenManyThreadsWork_endsEachActionOnce() throws Exception {
    stub.set("hsm.max_requests", "50");
    Set<Fid> open = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 120; i++) {
      open.add(create("file-" + i));
    }
    List<Fid> all = List.copyOf(open);
    ExecutorService workers = Executors.newFixedThreadPool(4);
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      lustre().hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.ANY, all));
      List<Future<?>> running = new ArrayList<>();
      while (running.size() < all.size()) {
        for (ActionItem item : session.receive(SOON)) {
          running.add(
              workers.submit(
                  () -> {
                    try (RunningAction action = session.begin(item)) {
                      action.progress(new Extent(0, 1));
                      action.succeed();
                      assertThat(open.remove(item.fid())).isTrue();
                    }
                    return null;
                  }));
        }
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      workers.shutdownNow();
    }
    assertThat(open).isEmpty();
    for (Fid fid : all) {
      assertThat(lustre().hsm().state(fid).bits()).isEqualTo(0x9);
    }
  }
}
