// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ComponentFlag;
import io.kmesh.lustre.EntryName;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileAdvice;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.LeaseMode;
import io.kmesh.lustre.QuotaKind;
import io.kmesh.lustre.StripePattern;
import io.kmesh.lustre.jna.JnaLustre;
import io.kmesh.lustre.jna.internal.lustre.ServerFolder;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreOpenFiles;
import io.kmesh.spi.lustre.OnServerOnlyException;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the binding does that the contracts can't ask of every Lustre: hostile messages, failing
 * calls, what is left open, and functions that only some releases have. Run by {@link
 * StubbedLustreContractTest}.
 */
class StubBindingChecks {
  private static final int ITEM = 72;
  private static final byte[] CONTENT = "content".getBytes(UTF_8);
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path directory;
  private final StubMount mount = new StubMount();
  private final Stub stub = mount.stub();
  private @Nullable LustreBinding lustre;

  private LustreBinding lustre() {
    return Objects.requireNonNull(lustre);
  }

  @BeforeEach
  void open() throws IOException {
    lustre = mount.open(directory);
  }

  @AfterEach
  void nothingIsLeftOpen() throws IOException {
    if (lustre != null) {
      lustre.close();
    }
    assertThat(stub.openHandles()).as("descriptors and handles left open").isZero();
    assertThat(stub.calls("HANG_OF_A_SERVER_THREAD")).isZero();
  }

  private Fid create(String name) throws IOException {
    try (PosixFile file =
        lustre().tree().openFile(PathBytes.of(name), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(CONTENT), 0);
      return lustre().identity().fid(file);
    }
  }

  private void request(HsmActionKind action, Fid fid) throws IOException {
    lustre().hsm().request(HsmRequest.of(action, ArchiveId.ANY, List.of(fid)));
  }

  private static ActionItem next(CopytoolSession session) throws IOException {
    List<ActionItem> items = session.receive(SOON);
    assertThat(items).hasSize(1);
    return items.get(0);
  }

  private void archive(Fid fid) throws IOException {
    try (CopytoolSession session = lustre().copytools().register(Set.of())) {
      request(HsmActionKind.ARCHIVE, fid);
      try (RunningAction running = session.begin(next(session))) {
        running.succeed();
      }
    }
  }

  private static ProviderException failure(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    ProviderException e = catchThrowableOfType(ProviderException.class, call);
    assertThat(e).as("a refusal").isNotNull();
    return e;
  }

  // ---- messages

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

  // ---- failing calls

  @Test
  void register_whenItFails_leavesNothingAndCanBeTriedAgain() throws IOException {
    for (Errno errno : List.of(Errno.EPERM, Errno.ENXIO, Errno.EEXIST)) {
      stub.failNext("llapi_hsm_copytool_register", errno.code());
      assertThat(failure(() -> lustre().copytools().register(Set.of())).errno()).hasValue(errno);
    }
    lustre().copytools().register(Set.of()).close();
  }

  @Test
  void calls_whenTheyFail_nameTheObjectAndTheErrno() throws IOException {
    Fid fid = create("file");
    List<String> unheard = new ArrayList<>();
    record Case(String function, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {}
    List<Case> cases =
        List.of(
            new Case("llapi_hsm_request", () -> request(HsmActionKind.ARCHIVE, fid)),
            new Case("llapi_hsm_state_get_fd", () -> lustre().hsm().state(fid)),
            new Case("llapi_hsm_current_action", () -> lustre().hsm().currentAction(fid)),
            new Case("llapi_get_data_version", () -> lustre().hsm().dataVersion(fid)),
            new Case("llapi_fid2path", () -> lustre().identity().paths(fid)),
            new Case("llapi_path2fid", () -> lustre().identity().fid(PathBytes.of("file"))),
            new Case("llapi_obd_fstatfs", () -> lustre().usage().targets()),
            new Case("llapi_get_poollist", () -> lustre().usage().pools()),
            new Case("llapi_quotactl", () -> lustre().usage().quota(QuotaKind.USER, 0)),
            new Case("ioctl", () -> lustre().identity().project(fid)));
    for (Case one : cases) {
      long before = stub.calls(one.function());
      stub.failNext(one.function(), Errno.EIO.code());
      Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(one.call());
      if (stub.calls(one.function()) == before) {
        unheard.add(one.function());
      } else {
        assertThat(thrown).as(one.function()).isInstanceOf(ProviderException.class);
        assertThat(thrown.getMessage()).startsWith("Cannot ").contains("EIO");
      }
    }
    assertThat(unheard).as("functions that were not called").isEmpty();
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

  // ---- what contracts do not ask

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

  /** As a client answers that knows no flags of renameat2(2). */
  @Test
  void rename_whenTheClientRefusesFlags_takesFreeNamesOnly() throws IOException {
    Fid fid = create("file");
    create("taken");
    try (PosixDirectory root = lustre().tree().openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0700);
      root.makeDirectory(PathBytes.of("e"), 0700);
      for (String from : List.of("file", "d")) {
        for (String to : List.of("taken", "e")) {
          assertThat(renameWithoutFlags(root, from, to)).hasValue(Errno.EEXIST);
        }
        assertThat(renameWithoutFlags(root, from, from + ".new")).isEmpty();
        assertThat(root.find(PathBytes.of(from))).isEmpty();
        assertThat(root.find(PathBytes.of(from + ".new"))).isPresent();
        assertThat(renameWithoutFlags(root, from, "other")).hasValue(Errno.ENOENT);
      }
      assertThat(lustre().identity().fid(PathBytes.of("file.new"))).isEqualTo(fid);
      assertThat(lustre().identity().stat(fid).links()).isEqualTo(1);
      assertThat(renameWithoutFlags(root, "d.new", "d.new/inside")).hasValue(Errno.EINVAL);
    }
  }

  private Optional<Errno> renameWithoutFlags(PosixDirectory directory, String from, String to) {
    stub.failNext("renameat2", Errno.EINVAL.code());
    PathBytes name = PathBytes.of(from);
    ProviderException e =
        catchThrowableOfType(
            ProviderException.class,
            () -> {
              int slash = to.lastIndexOf('/');
              PathBytes last = PathBytes.of(to.substring(slash + 1));
              if (slash < 0) {
                directory.rename(name, directory, last, RenameMode.NO_REPLACE);
              } else {
                PathBytes parent = PathBytes.of(to.substring(0, slash));
                try (PosixDirectory below = directory.openDirectory(parent)) {
                  directory.rename(name, below, last, RenameMode.NO_REPLACE);
                }
              }
            });
    return e == null ? Optional.empty() : e.errno();
  }

  @Test
  void capabilities_areAllButTheServers() {
    Set<LustreCapability> expected = EnumSet.allOf(LustreCapability.class);
    expected.remove(LustreCapability.SERVER_CONTROL);
    assertThat(lustre().capabilities()).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(lustre().identity().fileSystemName()).isEqualTo("lustre");
    OnServerOnlyException e =
        catchThrowableOfType(
            OnServerOnlyException.class, () -> lustre().changelogs().register(1, Optional.empty()));
    assertThat(e.getMessage()).contains("lctl --device lustre-MDT0001 changelog_register");
  }

  @Test
  void request_whenOneMdtRefuses_isQueuedByTheOther() throws IOException {
    Set<Integer> mdts = new HashSet<>();
    List<Fid> fids = new ArrayList<>();
    try (PosixDirectory root = lustre().tree().openRoot()) {
      for (String name : List.of("a", "b")) {
        root.makeDirectory(PathBytes.of(name), 0700);
        fids.add(create(name + "/file"));
        mdts.add(lustre().identity().mdt(fids.get(fids.size() - 1)));
      }
    }
    assertThat(mdts).as("directories alternate").hasSize(2);
    stub.failNext("llapi_hsm_request", Errno.EAGAIN.code());
    ProviderException e =
        failure(
            () ->
                lustre().hsm().request(HsmRequest.of(HsmActionKind.ARCHIVE, ArchiveId.ANY, fids)));
    assertThat(e.errno()).hasValue(Errno.EAGAIN);
    assertThat(e.getMessage()).contains("2 files", "does not run (inferred)");
    int first = lustre().identity().mdt(fids.get(0));
    assertThat(stub.actions(first)).isEmpty();
    assertThat(stub.actions(1 - first)).contains(fids.get(1).toString());
  }

  @Test
  void restore_whenThePolicyLetsNobodyWait_isQueuedToTheLastFile() throws IOException {
    List<Fid> fids = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      fids.add(new Fid(0x200000401L, 1000 + i, 0));
    }
    long before = stub.calls("llapi_hsm_request");
    for (int i = 0; i < 3; i++) {
      stub.failNext("llapi_hsm_request", Errno.ENODATA.code());
    }
    ProviderException e =
        failure(
            () ->
                lustre().hsm().request(HsmRequest.of(HsmActionKind.RESTORE, ArchiveId.ANY, fids)));
    assertThat(e.errno()).hasValue(Errno.ENODATA);
    assertThat(e.getMessage()).contains("it is queued", "NonBlockingRestore", "(inferred)");
    assertThat(stub.calls("llapi_hsm_request")).as("parts of 52").isEqualTo(before + 3);
  }

  @Test
  void clear_ofWhatIsNoUser_isRefusedBeforeTheLibrary() throws IOException {
    stub.registerUser(0);
    long before = stub.calls("llapi_changelog_clear");
    for (String user :
        List.of("", "cl", "1", "garbage", "cl1\0", "cl1-\0", "cl1-" + "x".repeat(70_000))) {
      ProviderException e = failure(() -> lustre().changelogs().clear(0, user, 0));
      assertThat(e.errno()).hasValue(Errno.EINVAL);
      assertThat(e.getMessage())
          .startsWith("Cannot clear the changelog of lustre-MDT0000: EINVAL(22), no user is called")
          .hasSizeLessThan(600);
    }
    assertThat(stub.calls("llapi_changelog_clear")).isEqualTo(before);
    assertThat(failure(() -> lustre().changelogs().clear(0, "cl99-name", 0)).errno())
        .hasValue(Errno.ENOENT);
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
  void server_whenThisNodeServesMdts_isRead() throws IOException {
    Path root = directory.resolve("parameters");
    ServerFolder.write(
        root, ServerFolder.parameters(ServerFolder.captured("hsm/params.all_hsm.txt")));
    System.setProperty("kmesh.lustre.parameters", root.toString());
    try (LustreBinding server = new JnaLustre().open(directory.resolve("mnt"))) {
      assertThat(server.capabilities()).contains(LustreCapability.SERVER_CONTROL);
      assertThat(server.server().mdts()).containsExactlyInAnyOrder(0, 1);
      assertThat(server.server().coordinator(1).maxRequests()).hasValue(3);
    } finally {
      System.clearProperty("kmesh.lustre.parameters");
    }
  }

  @Test
  void usage_countsTargetsPoolsAndQuota() throws IOException {
    assertThat(lustre().usage().targets()).hasSize(6);
    assertThat(lustre().usage().pools()).hasSize(2);
    assertThat(lustre().usage().pools()).allSatisfy(pool -> assertThat(pool.osts()).hasSize(2));
    Fid fid = create("file");
    lustre().identity().changeProject(fid, 77);
    assertThat(lustre().identity().project(fid)).isEqualTo(77);
    assertThat(lustre().usage().quota(QuotaKind.PROJECT, 77).files()).isEqualTo(1);
    assertThat(lustre().usage().quota(QuotaKind.PROJECT, 78).files()).isZero();
  }

  @Test
  void openFiles_areLockedLeasedAndAdvised() throws IOException {
    create("file");
    LustreOpenFiles files = lustre().openFiles();
    try (PosixFile file = lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.READ))) {
      LustreOpenFiles.GroupLock lock = files.lockGroup(file, 5);
      assertThat(failure(() -> files.lockGroup(file, 6)).errno()).hasValue(Errno.EINVAL);
      lock.close();
      try (LustreOpenFiles.Lease lease = files.lease(file, LeaseMode.WRITE)) {
        assertThat(lease.isHeld()).isTrue();
        lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.READ)).close();
        assertThat(lease.isHeld()).as("somebody opened it").isFalse();
      }
      files.advise(file, FileAdvice.WILL_READ, new Extent(0, 10));
      assertThat(failure(() -> files.advise(file, FileAdvice.DONT_NEED, new Extent(5, 0))).errno())
          .hasValue(Errno.EINVAL);
      assertThat(files.heat(file).isOn()).isTrue();
      assertThat(failure(() -> files.pccState(file)).errno()).hasValue(Errno.EOPNOTSUPP);
    }
  }

  @Test
  void mirrors_areAddedGetStaleAndInSyncAgain() throws IOException {
    Fid fid = create("file");
    archive(fid);
    lustre().layouts().extendMirror(fid, Layout.plain(1).inPool("flash"));
    assertThat(lustre().layouts().fileLayout(fid).mirrors()).hasSize(2);
    try (PosixFile file = lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.READ))) {
      FileLayout open = lustre().layouts().fileLayout(file);
      assertThat(open.mirrors()).hasSize(2);
      assertThat(open.mirrors().get(1).get(0).striping().orElseThrow().pool()).hasValue("flash");
    }
    try (PosixFile file = lustre().tree().openFile(PathBytes.of("file"), Set.of(OpenFlag.WRITE))) {
      file.write(ByteBuffer.wrap(CONTENT), 3);
    }
    assertThat(stale(fid)).isEqualTo(1);
    lustre().layouts().resyncMirrors(fid);
    lustre().layouts().resyncMirrors(fid);
    assertThat(stale(fid)).isZero();
    List<List<FileComponent>> mirrors = lustre().layouts().fileLayout(fid).mirrors();
    int first = mirrors.get(0).get(0).mirrorId();
    int second = mirrors.get(1).get(0).mirrorId();
    assertThat(lustre().layouts().firstDifference(fid, first, second)).isEmpty();
    lustre().layouts().splitMirror(fid, second);
    assertThat(lustre().layouts().fileLayout(fid).mirrors()).hasSize(1);
    assertThat(failure(() -> lustre().layouts().splitMirror(fid, first)).errno())
        .hasValue(Errno.EINVAL);
  }

  private long stale(Fid fid) throws IOException {
    return lustre().layouts().fileLayout(fid).components().stream()
        .filter(component -> component.has(ComponentFlag.STALE))
        .count();
  }

  @Test
  void changelog_whenLongAndWithGaps_isReadInOrder() throws IOException {
    String user = stub.registerUser(0);
    for (int i = 0; i < 300; i++) {
      create("file-" + i);
      if (i % 100 == 50) {
        stub.skipRecords(0, 7);
      }
    }
    List<Long> indexes = new ArrayList<>();
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 0)) {
      for (List<ChangelogRecord> some = cursor.next(64); !some.isEmpty(); some = cursor.next(64)) {
        some.forEach(record -> indexes.add(record.index()));
      }
    }
    assertThat(indexes).hasSize(900).isSorted().doesNotHaveDuplicates();
    assertThat(indexes.get(899)).isEqualTo(900 + 3 * 7);
    lustre().changelogs().clear(0, user, indexes.get(899));
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 0)) {
      assertThat(cursor.next(10)).isEmpty();
      create("late");
      assertThat(cursor.next(10)).isNotEmpty();
    }
    stub.removeUser(0, user);
    assertThat(failure(() -> lustre().changelogs().clear(0, user, 0)).errno())
        .hasValue(Errno.ENOENT);
  }

  @Test
  void changelog_whenReadByTheLibrary_saysTheSame() throws IOException {
    stub.registerUser(0);
    for (int i = 0; i < 5; i++) {
      create("file-" + i);
    }
    List<ChangelogRecord> byDevice;
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 2)) {
      byDevice = cursor.next(1000);
    }
    System.setProperty("kmesh.lustre.changelogs", "library");
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 2)) {
      List<ChangelogRecord> byLibrary = new ArrayList<>(cursor.next(3));
      assertThat(byLibrary).hasSize(3);
      byLibrary.addAll(cursor.next(1000));
      assertThat(byLibrary).isEqualTo(byDevice).isNotEmpty();
      assertThat(cursor.next(10)).isEmpty();
      create("late");
      assertThat(cursor.next(1000)).isNotEmpty();
    } finally {
      System.clearProperty("kmesh.lustre.changelogs");
    }
  }

  @Test
  void changelog_whenTheKernelKnowsLargeNids_hasThem() throws IOException {
    stub.registerUser(0);
    stub.largeNid(true);
    create("file");
    Path lustreVersion = directory.resolve("parameters/sys/fs/lustre/version");
    Files.createDirectories(Objects.requireNonNull(lustreVersion.getParent()));
    System.setProperty("kmesh.lustre.parameters", directory.resolve("parameters").toString());
    try {
      for (String release : List.of("2.15.8", "2.16.1", "2.17.57_62_gc881f8e", "?")) {
        Files.writeString(lustreVersion, "lustre: " + release + "\nkernel: patchless_client\n");
        try (LustreBinding other = new JnaLustre().open(directory.resolve("mnt"));
            ChangelogCursor cursor = other.changelogs().open(0, 0)) {
          String expected =
              release.startsWith("2.16") || release.startsWith("2.17")
                  ? "fd00:0:0:0:0:0:0:7@tcp"
                  : "<?>";
          assertThat(cursor.next(1000))
              .isNotEmpty()
              .allSatisfy(
                  r -> assertThat(Objects.requireNonNull(r.origin()).nid()).isEqualTo(expected));
        }
      }
    } finally {
      System.clearProperty("kmesh.lustre.parameters");
      stub.largeNid(false);
    }
  }

  @Test
  void changelog_whoseDeviceWasAway_goesOn() throws IOException {
    stub.registerUser(0);
    create("file");
    try (ChangelogCursor cursor = lustre().changelogs().open(0, 0)) {
      int before = cursor.next(1000).size();
      assertThat(before).isPositive();
      assertThat(cursor.next(1000)).isEmpty();
      create("late");
      stub.failNext("changelog_device", Errno.ENXIO.code());
      assertThat(catchThrowableOfType(ProviderException.class, () -> cursor.next(1000)).errno())
          .hasValue(Errno.ENXIO);
      assertThat(cursor.next(1000)).hasSize(before);
    }
  }

  @Test
  void changelog_whenTheLibraryFailsInBetween_leavesNothingOpen() throws IOException {
    stub.registerUser(0);
    System.setProperty("kmesh.lustre.changelogs", "library");
    try {
      stub.failNext("llapi_changelog_set_xflags", Errno.EIO.code());
      ProviderException e =
          catchThrowableOfType(ProviderException.class, () -> lustre().changelogs().open(0, 0));
      assertThat(e.errno()).hasValue(Errno.EIO);
    } finally {
      System.clearProperty("kmesh.lustre.changelogs");
    }
    assertThat(stub.calls("llapi_changelog_fini")).isEqualTo(1);
  }

  @Test
  void parents_whenHardLinked_areAllDirectoriesWithTheirNames() throws IOException {
    Fid fid = create("file");
    try (PosixDirectory root = lustre().tree().openRoot()) {
      root.makeDirectory(PathBytes.of("d"), 0755);
      try (PosixDirectory below = root.openDirectory(PathBytes.of("d"))) {
        root.link(PathBytes.of("file"), below, PathBytes.of("other"));
      }
    }
    assertThat(lustre().identity().parents(fid))
        .containsExactlyInAnyOrder(
            new EntryName(lustre().identity().fid(PathBytes.EMPTY), PathBytes.of("file")),
            new EntryName(lustre().identity().fid(PathBytes.of("d")), PathBytes.of("other")));
  }

  // ---- bad input

  @Test
  void hsm_whenTheObjectIsALink_isNeverThatOfItsTarget() throws IOException {
    Fid file = create("file");
    Fid link;
    try (PosixDirectory root = lustre().tree().openRoot()) {
      root.makeSymlink(
          PathBytes.of("link"), PathBytes.of(directory.resolve("mnt").resolve("file").toString()));
      link = lustre().identity().fid(root, PathBytes.of("link"));
    }
    assertThat(
            failure(
                    () ->
                        lustre()
                            .hsm()
                            .changeState(link, Set.of(HsmFlag.NOARCHIVE), Set.of(), ArchiveId.ANY))
                .errno())
        .hasValue(Errno.ELOOP);
    assertThat(failure(() -> lustre().hsm().currentAction(link)).errno()).hasValue(Errno.ELOOP);
    assertThat(failure(() -> lustre().hsm().state(link)).errno()).hasValue(Errno.ELOOP);
    assertThat(lustre().hsm().state(file).flags()).isEmpty();
  }

  @Test
  void open_whenThePathIsNoMountPoint_saysWhatItIs() throws IOException {
    try (PosixDirectory root = lustre().tree().openRoot()) {
      root.makeDirectory(PathBytes.of("below"), 0755);
    }
    JnaLustre provider = new JnaLustre();
    Path below = directory.resolve("mnt").resolve("below");
    assertThat(failure(() -> provider.open(below)).kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(failure(() -> provider.open(directory)).kind()).isEqualTo(ErrorKind.UNSUPPORTED);
    assertThat(failure(() -> provider.open(directory.resolve("none"))).kind())
        .isEqualTo(ErrorKind.NOT_FOUND);
    assertThat(provider.mountPoints())
        .containsExactly(PathBytes.of(directory.toRealPath().resolve("mnt").toString()));
  }

  @Test
  void state_whenANewerReleaseSetsAFlag_keepsIt() throws IOException {
    Fid fid = create("file");
    stub.setState(directory.resolve("mnt").resolve("file"), 0x4009, 0x7fffffff);
    HsmState state = lustre().hsm().state(fid);
    assertThat(state.bits()).isEqualTo(0x4009);
    assertThat(state.archiveId()).isEqualTo(ArchiveId.of(0x7fffffff));
    assertThat(state.toString()).contains("0x4000");
  }

  @Test
  void state_isReadWithoutThePathForm() throws IOException {
    Fid fid = create("file");
    for (int i = 0; i < 5; i++) {
      lustre().hsm().state(fid);
    }
    assertThat(stub.calls("llapi_hsm_state_get")).isZero();
    assertThat(stub.calls("llapi_hsm_state_get_fd")).isEqualTo(5);
  }

  @Test
  void request_whenThePayloadIsTooLarge_isInvalidAndNothingIsQueued() throws IOException {
    Fid fid = create("file");
    HsmRequest large =
        new HsmRequest(HsmActionKind.ARCHIVE, ArchiveId.ANY, List.of(fid), new byte[2000]);
    ProviderException e = failure(() -> lustre().hsm().request(large));
    assertThat(e.kind()).isEqualTo(ErrorKind.INVALID);
    assertThat(e.getMessage()).contains("2000");
    assertThat(stub.actions(lustre().identity().mdt(fid))).isEmpty();
  }

  // ---- more of HSM

  @Test
  void importStub_whenComposite_isReleasedInAllComponents() throws IOException {
    Layout layout =
        new Layout(
            List.of(
                new LayoutComponent(0, 1 << 20, StripePattern.RAID0, 1, 1 << 20, null),
                new LayoutComponent(
                    1 << 20, LayoutComponent.TO_EOF, StripePattern.RAID0, 2, 1 << 20, null)),
            false);
    FileTime time = new FileTime(1_234_567_890, 0);
    Fid fid =
        lustre()
            .hsm()
            .importStub(
                PathBytes.of("stub"),
                ArchiveId.of(3),
                new ImportAttributes(0644, 1, 2, 1 << 21, time, time),
                layout);
    assertThat(lustre().hsm().state(fid).bits()).isEqualTo(0xd);
    assertThat(lustre().hsm().state(fid).archiveId()).isEqualTo(ArchiveId.of(3));
    assertThat(lustre().identity().stat(fid).size()).isEqualTo(1 << 21);
    assertThat(lustre().layouts().layout(fid).components()).hasSize(2);
    assertThat(lustre().layouts().layout(fid).isReleased()).isTrue();
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
