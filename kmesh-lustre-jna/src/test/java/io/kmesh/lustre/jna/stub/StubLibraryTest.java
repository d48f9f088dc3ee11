// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The stub by itself, called as the binding calls the real library: each answer is one that a
 * running Lustre gave (see {@code observed-on-lustre.md} and {@code errno/errs.jsonl}).
 */
class StubLibraryTest {
  private static final int ENOENT = 2;
  private static final int EPERM = 1;
  private static final int E2BIG = 7;
  private static final int EAGAIN = 11;
  private static final int EBUSY = 16;
  private static final int EEXIST = 17;
  private static final int ENODEV = 19;
  private static final int EINVAL = 22;
  private static final int ENOTTY = 25;
  private static final int ERANGE = 34;
  private static final int EPROTO = 71;
  private static final int ENODATA = 61;
  private static final int EOPNOTSUPP = 95;
  private static final int ESTALE = 116;
  private static final int ECANCELED = 125;

  private static final int ARCHIVE = 10;
  private static final int RESTORE = 11;
  private static final int RELEASE = 12;
  private static final int CANCEL = 14;
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int O_NONBLOCK = 04000;
  private static final long HSM_PROGRESS = 0x401866d8L;

  @TempDir Path directory;
  private Path root = Path.of("");
  private Stub stub = new Stub(Path.of("libc.so.6"));
  private final Memory out = new Memory(1 << 16);

  @BeforeEach
  void mount() throws IOException, InterruptedException {
    assumeThat(StubLibrary.whyImpossible()).isEmpty();
    stub = new Stub(StubLibrary.build());
    root = Files.createDirectory(directory.resolve("fs"));
    stub.mount(root);
    root = root.toRealPath();
  }

  @AfterEach
  void unmount() {
    if (!root.toString().isEmpty()) {
      assertThat(stub.openHandles()).as("what is left open").isZero();
      stub.unmount();
    }
  }

  private int call(String function, @Nullable Object... arguments) {
    return stub.function(function).invokeInt(arguments);
  }

  private String path(String name) {
    return root.resolve(name).toString();
  }

  private void create(String name, String content) {
    int fd = call("openat", -100, path(name), O_RDWR | O_CREAT, 0600);
    assertThat(fd).isNotNegative();
    byte[] bytes = content.getBytes(UTF_8);
    if (bytes.length > 0) {
      out.write(0, bytes, 0, bytes.length);
      assertThat(
              stub.function("pwrite").invokeLong(new Object[] {fd, out, (long) bytes.length, 0L}))
          .isEqualTo(bytes.length);
    }
    assertThat(call("close", fd)).isZero();
  }

  private byte[] fid(String name) {
    assertThat(call("llapi_path2fid", path(name), out)).isZero();
    return out.getByteArray(0, 16);
  }

  private static String text(byte[] fid) {
    java.nio.ByteBuffer b = java.nio.ByteBuffer.wrap(fid).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    return String.format("[0x%x:0x%x:0x%x]", b.getLong(0), b.getInt(8), b.getInt(12));
  }

  private int states(String name) {
    assertThat(call("llapi_hsm_state_get", path(name), out)).isZero();
    return out.getInt(0);
  }

  private int request(int action, List<byte[]> fids, int data) {
    Memory request = new Memory(24L + 32L * fids.size() + data + 8);
    request.clear();
    request.setInt(0, action);
    request.setInt(16, fids.size());
    request.setInt(20, data);
    for (int i = 0; i < fids.size(); i++) {
      request.write(24 + 32L * i, fids.get(i), 0, 16);
      request.setLong(24 + 32L * i + 24, -1);
    }
    return call("llapi_hsm_request", root.toString(), request);
  }

  private Pointer register() {
    PointerByReference handle = new PointerByReference();
    assertThat(call("llapi_hsm_copytool_register", handle, root.toString(), 0, null, O_NONBLOCK))
        .isZero();
    return handle.getValue();
  }

  private void unregister(Pointer copytool) {
    assertThat(call("llapi_hsm_copytool_unregister", new PointerByReference(copytool))).isZero();
  }

  /** The next list's only item; a copy. */
  private Memory receive(Pointer copytool) {
    PointerByReference list = new PointerByReference();
    assertThat(call("llapi_hsm_copytool_recv", copytool, list, out)).isZero();
    Pointer hal = list.getValue();
    assertThat(hal.getInt(4)).as("items").isEqualTo(1);
    assertThat(hal.getString(32)).isEqualTo("lustre");
    Memory item = new Memory(72);
    item.write(0, hal.getByteArray(40, 72), 0, 72);
    return item;
  }

  private Pointer begin(Pointer copytool, Memory item) {
    PointerByReference handle = new PointerByReference();
    assertThat(call("llapi_hsm_action_begin", handle, copytool, item, -1, 0, (byte) 0)).isZero();
    return handle.getValue();
  }

  private int end(Pointer action, int error) {
    return call("llapi_hsm_action_end", new PointerByReference(action), extent(0, 0), 0, error);
  }

  private static Memory extent(long offset, long length) {
    Memory extent = new Memory(16);
    extent.setLong(0, offset);
    extent.setLong(8, length);
    return extent;
  }

  private void archive(String name) {
    Pointer copytool = register();
    assertThat(request(ARCHIVE, List.of(fid(name)), 0)).isZero();
    assertThat(end(begin(copytool, receive(copytool)), 0)).isZero();
    unregister(copytool);
  }

  // ---- outside

  @Test
  void answers_outsideTheFileSystem_areThoseThatWereSeen() {
    assertThat(call("llapi_path2fid", "/etc/passwd", out)).isEqualTo(-ENODATA);
    assertThat(call("llapi_path2fid", path("absent"), out)).isEqualTo(-ENOENT);
    assertThat(call("llapi_hsm_state_get", "/etc/passwd", out)).isEqualTo(-ENOTTY);
    assertThat(call("llapi_hsm_state_get", root.toString(), out)).isEqualTo(-ENOTTY);
    assertThat(call("llapi_hsm_state_get", path("absent"), out)).isEqualTo(-ENOENT);
    assertThat(call("llapi_hsm_state_get_fd", -1, out)).isEqualTo(-9);
    assertThat(call("llapi_search_mounts", "/etc", 0, out, out)).isEqualTo(-ENODEV);
    assertThat(call("llapi_file_get_stripe", root.toString(), out)).isEqualTo(-ENOTTY);
    assertThat(call("llapi_file_get_stripe", "/etc/passwd", out)).isEqualTo(-ENOTTY);
    assertThat(call("llapi_hsm_request", "/etc", new Memory(64))).isEqualTo(-ENODEV);
    assertThat(call("llapi_lease_acquire", 0, 7)).isEqualTo(-EINVAL);
    assertThat(call("llapi_changelog_clear", "lustre-MDT0000", "cl1", -1L)).isEqualTo(-EINVAL);
    assertThat(call("llapi_changelog_clear", "lustre-MDT0007", "cl1", 0L)).isEqualTo(-ENOENT);
    assertThat(call("llapi_hsm_copytool_unregister", new PointerByReference())).isEqualTo(-EINVAL);
    for (String other : List.of("/tmp", "/nope", directory.toString())) {
      assertThat(call("llapi_hsm_copytool_register", new PointerByReference(), other, 0, null, 0))
          .isEqualTo(-ENOENT);
    }
  }

  @Test
  void minusOneFunctions_tellErrno() {
    assertThat(call("llapi_ladvise", -1, 0L, 0, null)).isEqualTo(-1);
    assertThat(call("llapi_get_version_string", out, 1)).isEqualTo(-1);
    assertThat(call("llapi_get_version_string", out, 128)).isZero();
    assertThat(out.getString(0)).startsWith("2.17");
    assertThat(Native.getLastError()).isNotNegative();
  }

  // ---- identity

  @Test
  void fids_areParsedAndFoundByAllNames() {
    create("file", "x");
    String fid = text(fid("file"));
    assertThat(call("linkat", -100, path("file"), -100, path("other"), 0)).isZero();
    List<String> found = new ArrayList<>();
    Memory link = new Memory(16);
    link.clear();
    int before;
    do {
      before = link.getInt(0);
      assertThat(call("llapi_fid2path", root.toString(), fid, out, 4096, link.share(8), link))
          .isZero();
      found.add(out.getString(0));
    } while (link.getInt(0) != before);
    assertThat(found).containsExactly("file", "other");
    assertThat(call("llapi_fid2path", root.toString(), fid, out, 3, link.share(8), link))
        .isEqualTo(-ERANGE);
    assertThat(call("llapi_fid2path", "lustre", "[0x200000401:0x999:0x0]", out, 99, null, null))
        .isEqualTo(-ENOENT);
    assertThat(call("llapi_fid2path", "/etc", fid, out, 99, null, null)).isEqualTo(-ENODEV);
    assertThat(call("llapi_fid2path", root.toString(), "0x1:2", out, 99, null, null))
        .isEqualTo(-EINVAL);
    Memory absent = new Memory(16);
    absent.setLong(0, 0x200000401L);
    absent.setLong(8, 0x7fff);
    assertThat(call("llapi_open_by_fid", root.toString(), absent, 0)).isEqualTo(-ESTALE);
    assertThat(call("llapi_get_agent_uuid", root.toString(), out, 64L)).isZero();
    assertThat(out.getString(0)).endsWith("\n");
  }

  // ---- HSM

  @Test
  void stateSet_withAnArchiveButWithoutExists_isDroppedInSilence() {
    create("file", "x");
    assertThat(call("llapi_hsm_state_set", path("file"), 0x20L, 0L, 3)).isZero();
    assertThat(states("file")).isZero();
    assertThat(call("llapi_hsm_state_set", path("file"), 0x40L, 0L, 0)).isEqualTo(-EINVAL);
    assertThat(call("llapi_hsm_state_set", path("file"), 0x8000L, 0L, 0)).isEqualTo(-EINVAL);
    assertThat(call("llapi_hsm_state_set", path("file"), 0x20L, 0L, 0)).isZero();
    assertThat(states("file")).isEqualTo(0x20);
  }

  @Test
  void requests_areRefusedAsTheKernelDoes() {
    create("file", "x");
    byte[] fid = fid("file");
    List<byte[]> many = new ArrayList<>();
    for (int i = 0; i < 53; i++) {
      many.add(fid);
    }
    assertThat(request(ARCHIVE, many, 0)).isEqualTo(-E2BIG);
    assertThat(request(ARCHIVE, many.subList(0, 52), 0)).isZero();
    assertThat(request(ARCHIVE, List.of(), 0)).isZero();
    assertThat(request(99, List.of(fid), 0)).isEqualTo(-EINVAL);
    assertThat(request(ARCHIVE, List.of(new byte[16]), 0)).isEqualTo(-EINVAL);
    assertThat(request(RELEASE, List.of(fid), 0)).isEqualTo(-EPERM);
    stub.set("hsm_control", "shutdown");
    assertThat(request(ARCHIVE, List.of(fid), 0)).isEqualTo(-EAGAIN);
  }

  @Test
  void copytool_archivesReleasesAndRestores() throws IOException {
    create("file", "content");
    archive("file");
    assertThat(states("file")).isEqualTo(0x9);
    assertThat(request(RELEASE, List.of(fid("file")), 0)).isZero();
    assertThat(states("file")).isEqualTo(0xd);
    assertThat(Files.readAllBytes(root.resolve("file"))).as("gone").containsOnly(0).hasSize(7);
    Pointer copytool = register();
    assertThat(request(RESTORE, List.of(fid("file")), 0)).isZero();
    Pointer running = begin(copytool, receive(copytool));
    int fd = call("llapi_hsm_action_get_fd", running);
    out.setString(0, "content");
    stub.function("pwrite").invokeLong(new Object[] {fd, out, 7L, 0L});
    assertThat(call("close", fd)).isZero();
    assertThat(end(running, 0)).isZero();
    assertThat(states("file")).isEqualTo(0x9);
    assertThat(Files.readString(root.resolve("file"))).isEqualTo("content");
    PointerByReference list = new PointerByReference();
    assertThat(call("llapi_hsm_copytool_recv", copytool, list, out)).isEqualTo(-EAGAIN);
    unregister(copytool);
  }

  @Test
  void openFiles_areBusyAndDirtyWhenClosed() {
    create("file", "content");
    archive("file");
    int fd = call("openat", -100, path("file"), O_RDWR, 0);
    assertThat(request(RELEASE, List.of(fid("file")), 0)).isEqualTo(-EBUSY);
    stub.function("pwrite").invokeLong(new Object[] {fd, out, 1L, 0L});
    assertThat(states("file")).isEqualTo(0x9);
    assertThat(call("close", fd)).isZero();
    assertThat(states("file")).isEqualTo(0xb);
    assertThat(request(RELEASE, List.of(fid("file")), 0)).isEqualTo(-EPERM);
  }

  @Test
  void progress_byIoctl_keepsAliveAndFailsWithoutBegin() {
    create("file", "x");
    Pointer copytool = register();
    assertThat(request(ARCHIVE, List.of(fid("file")), 0)).isZero();
    Memory item = receive(copytool);
    int mount = call("openat", -100, root.toString(), 0, 0);
    Memory progress = new Memory(48);
    progress.clear();
    progress.write(0, item.getByteArray(8, 16), 0, 16);
    progress.setLong(16, item.getLong(56));
    assertThat(call("ioctl", mount, HSM_PROGRESS, progress)).isZero();
    progress.setShort(42, (short) 5);
    assertThat(call("ioctl", mount, HSM_PROGRESS, progress)).as("without COMPLETED").isEqualTo(-1);
    progress.setShort(40, (short) 1);
    assertThat(call("ioctl", mount, HSM_PROGRESS, progress)).isZero();
    assertThat(call("ioctl", mount, HSM_PROGRESS, progress)).as("it is over").isEqualTo(-1);
    assertThat(states("file")).isEqualTo(1);
    assertThat(stub.actions(0)).isEmpty();
    assertThat(call("close", mount)).isZero();
    unregister(copytool);
  }

  @Test
  void cancel_whenRunning_isToldByProgress() {
    create("file", "x");
    Pointer copytool = register();
    assertThat(request(ARCHIVE, List.of(fid("file")), 0)).isZero();
    Pointer running = begin(copytool, receive(copytool));
    assertThat(request(CANCEL, List.of(fid("file")), 0)).isZero();
    assertThat(call("llapi_hsm_action_progress", running, extent(0, 1), 1L, 0))
        .isEqualTo(-ECANCELED);
    assertThat(receive(copytool).getInt(4)).isEqualTo(23);
    assertThat(end(running, ECANCELED)).isZero();
    unregister(copytool);
  }

  @Test
  void copytools_twoOnAMount_bothReceiveAndOneTakesTheOtherAway() {
    create("file", "x");
    Pointer first = register();
    Pointer second = register();
    assertThat(request(ARCHIVE, List.of(fid("file")), 0)).isZero();
    Memory item = receive(first);
    assertThat(receive(second).getLong(56)).isEqualTo(item.getLong(56));
    unregister(second);
    PointerByReference list = new PointerByReference();
    assertThat(call("llapi_hsm_copytool_recv", first, list, out)).isEqualTo(-32);
    unregister(first);
  }

  @Test
  void scriptedLists_arriveAsTheyAre() {
    Pointer copytool = register();
    byte[] hostile = new byte[32];
    hostile[4] = 127;
    stub.scriptActionList(hostile);
    PointerByReference list = new PointerByReference();
    assertThat(call("llapi_hsm_copytool_recv", copytool, list, out)).isZero();
    assertThat(out.getInt(0)).isEqualTo(32);
    assertThat(list.getValue().getByteArray(0, 32)).isEqualTo(hostile);
    stub.scriptActionList(new byte[3]);
    assertThat(call("llapi_hsm_copytool_recv", copytool, list, out)).isEqualTo(-EPROTO);
    unregister(copytool);
  }

  // ---- changelogs

  @Test
  void changelog_readByTheLibraryAndByTheDevice_isTheSame() {
    String user = stub.registerUser(0);
    create("a\nb", "x");
    PointerByReference reader = new PointerByReference();
    assertThat(call("llapi_changelog_start", reader, 0, "lustre-MDT0000", 0L)).isZero();
    PointerByReference record = new PointerByReference();
    List<Integer> types = new ArrayList<>();
    while (call("llapi_changelog_recv", reader.getValue(), record) == 0) {
      Pointer rec = record.getValue();
      types.add(rec.getInt(4));
      assertThat(rec.getShort(2) & 0xe000).as("extensions that nobody asked for").isZero();
      if (rec.getInt(4) == 1) {
        assertThat(rec.getString(64)).isEqualTo("a\nb");
      }
      call("llapi_changelog_free", record);
    }
    assertThat(types).containsExactly(1, 10, 11);
    assertThat(call("llapi_changelog_fini", reader)).isZero();

    int fd = call("openat", -100, "/dev/changelog-lustre-MDT0000", 0, 0);
    assertThat(stub.function("read").invokeLong(new Object[] {fd, out, 20L}))
        .as("too small for the next record")
        .isZero();
    long size = stub.function("read").invokeLong(new Object[] {fd, out, 65536L});
    assertThat(size).isEqualTo(3L * (64 + 32 + 8 + 16 + 24) + 3 + 4);
    assertThat(out.getShort(2) & 0xf000).isEqualTo(0xd000);
    assertThat(call("close", fd)).isZero();
    assertThat(call("llapi_changelog_clear", "lustre-MDT0000", user, 99L)).isEqualTo(-EINVAL);
    assertThat(call("llapi_changelog_clear", "lustre-MDT0000", "cl9", 1L)).isEqualTo(-ENOENT);
    assertThat(call("llapi_changelog_clear", "lustre-MDT0000", user, 2L)).isZero();
    assertThat(call("llapi_changelog_clear", "lustre-MDT0000", user, 1L)).isEqualTo(-EINVAL);
  }

  // ---- layouts

  @Test
  void layouts_ofTheIoctlAndTheAttribute_differ() {
    create("file", "x");
    assertThat(call("llapi_file_get_stripe", path("file"), out)).isZero();
    assertThat(out.getInt(0)).isEqualTo(0x0bd10bd0);
    assertThat(out.getInt(24)).isEqualTo(4 << 20);
    assertThat(out.getShort(28)).isEqualTo((short) 1);
    assertThat(out.getShort(30)).isZero();
    assertThat(
            stub.function("lgetxattr")
                .invokeLong(new Object[] {path("file"), "lustre.lov", out, 65536L}))
        .isEqualTo(56);
    assertThat(out.getShort(30)).isEqualTo((short) 0xffff);
    assertThat(call("mkdirat", -100, path("d"), 0700)).isZero();
    assertThat(call("llapi_file_get_stripe", path("d"), out)).isEqualTo(-ENODATA);
  }

  @Test
  void import_whenThePoolIsMissing_leavesNoFile() {
    Memory stat = new Memory(144);
    stat.clear();
    stat.setLong(48, 1 << 20);
    stat.setInt(24, 0104755);
    assertThat(
            call("llapi_hsm_import", path("stub"), 5, stat, 0L, -1, 1, 0, "nosuch", new Memory(16)))
        .isEqualTo(-EINVAL);
    assertThat(root.resolve("stub")).doesNotExist();
    assertThat(call("llapi_hsm_import", path("stub"), 5, stat, 0L, -1, 1, 0, "flash", out))
        .isZero();
    assertThat(states("stub")).isEqualTo(0xd);
    assertThat(root.resolve("stub")).hasSize(1 << 20);
    assertThat(call("llapi_hsm_import", path("stub"), 5, stat, 0L, -1, 1, 0, null, out))
        .isEqualTo(-EEXIST);
  }

  @Test
  void volatileFiles_haveNoNameAndLeasesBreak() {
    int elsewhere = call("llapi_create_volatile_idx", "/tmp", -1, O_RDWR);
    assertThat(elsewhere).as("outside of Lustre, too").isNotNegative();
    assertThat(call("close", elsewhere)).isZero();
    assertThat(call("llapi_create_volatile_idx", root.toString(), 9, O_RDWR)).isEqualTo(-ENODEV);
    int fd = call("llapi_create_volatile_idx", root.toString(), 1, O_RDWR);
    assertThat(root).isEmptyDirectory();
    assertThat(call("llapi_fd2fid", fd, out)).isZero();
    Memory fid = new Memory(16);
    fid.write(0, out.getByteArray(0, 16), 0, 16);
    int again = call("llapi_open_by_fid", root.toString(), fid, 0);
    assertThat(again).as("by its FID while it is open").isNotNegative();
    assertThat(call("close", again)).isZero();
    assertThat(call("close", fd)).isZero();
    assertThat(call("llapi_open_by_fid", root.toString(), fid, 0)).isEqualTo(-ESTALE);

    create("file", "x");
    int leased = call("openat", -100, path("file"), O_RDWR, 0);
    assertThat(call("llapi_lease_acquire", leased, 2)).isZero();
    assertThat(call("llapi_lease_check", leased)).isEqualTo(2);
    int other = call("openat", -100, path("file"), 0, 0);
    assertThat(call("llapi_lease_check", leased)).as("broken").isZero();
    assertThat(call("llapi_lease_acquire", leased, 2)).isEqualTo(-EBUSY);
    assertThat(call("close", other)).isZero();
    assertThat(call("close", leased)).isZero();
  }

  @Test
  void swaps_ofReleasedFiles_areRefused() {
    create("file", "content");
    create("other", "other");
    assertThat(call("llapi_swap_layouts", path("file"), path("other"), 0L, 0L, 0L)).isZero();
    assertThat(root.resolve("file")).hasContent("other");
    archive("file");
    assertThat(request(RELEASE, List.of(fid("file")), 0)).isZero();
    assertThat(call("llapi_swap_layouts", path("file"), path("other"), 0L, 0L, 0L))
        .isEqualTo(-EOPNOTSUPP);
  }

  // ---- the stub's own

  @Test
  void failNext_failsOnceWithTheErrno() {
    create("file", "x");
    stub.failNext("llapi_path2fid", ESTALE);
    long before = stub.calls("llapi_path2fid");
    assertThat(call("llapi_path2fid", path("file"), out)).isEqualTo(-ESTALE);
    assertThat(call("llapi_path2fid", path("file"), out)).isZero();
    assertThat(stub.calls("llapi_path2fid")).isEqualTo(before + 2);
  }

  @Test
  void build_whenFunctionsAreOmitted_lacksThemOnly() throws IOException, InterruptedException {
    Path file = StubLibrary.build("llapi_heat_get", "llapi_quotactl");
    com.sun.jna.NativeLibrary library = com.sun.jna.NativeLibrary.getInstance(file.toString());
    for (String gone : List.of("llapi_heat_get", "llapi_quotactl")) {
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> library.getFunction(gone))
          .isInstanceOf(UnsatisfiedLinkError.class);
    }
    assertThat(library.getFunction("llapi_heat_set")).isNotNull();
    assertThat(library.getFunction("openat")).isNotNull();
  }
}
