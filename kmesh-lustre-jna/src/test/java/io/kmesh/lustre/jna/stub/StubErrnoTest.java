// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import io.kmesh.lustre.jna.internal.lustre.ServerFolder;
import io.kmesh.spi.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Wrong calls that were made on a running Lustre, and what they gave: the errnos have the names
 * that Kmesh prints, and the stub answers the same.
 */
class StubErrnoTest {
  private static final Pattern CALL =
      Pattern.compile(
          "\\{\"call\":\"(.*)\",\"rc\":(-?\\d+),\"errno\":(\\d+),\"rc_name\":\"(\\w*)\","
              + "\"errno_name\":\"(\\w*)\"\\}");
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final String NOBODY = "[0x200000401:0x7fffffff:0x0]";

  @TempDir Path directory;
  private @Nullable Stub stub;
  private Path root = Path.of("");
  private final Memory out = new Memory(1 << 16);

  /** What a call gave. */
  private record Answer(int rc, int errno) {}

  private static Map<String, Answer> captured() {
    Map<String, Answer> found = new LinkedHashMap<>();
    for (String line : ServerFolder.captured("errno/errs.jsonl").lines().toList()) {
      Matcher m = CALL.matcher(line);
      if (m.matches()) {
        Answer answer = new Answer(Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)));
        found.put(m.group(1), answer);
        if (answer.errno() > 0) {
          assertThat(Errno.of(answer.errno())).hasToString(m.group(5) + "(" + answer.errno() + ")");
        }
        if (!m.group(4).isEmpty()) {
          assertThat(Errno.of(answer.rc())).hasToString(m.group(4) + "(" + -answer.rc() + ")");
        }
      }
    }
    return found;
  }

  @Test
  void everyErrno_hasItsName_andEveryLineIsRead() {
    assertThat(captured()).hasSizeGreaterThan(160);
    for (String line : ServerFolder.captured("errno/errs.jsonl").lines().toList()) {
      // Notes, parameters, and the rest of a note that ends in a newline.
      assertThat(line.startsWith("{\"call\"")).as(line).isEqualTo(CALL.matcher(line).matches());
      assertThat(line)
          .satisfiesAnyOf(
              l -> assertThat(l).startsWith("{"),
              l -> assertThat(l).startsWith("mdt."),
              l -> assertThat(l).startsWith("lrh="),
              l -> assertThat(l).isEqualTo("'\"}"));
    }
  }

  private int call(String function, @Nullable Object... arguments) {
    return java.util.Objects.requireNonNull(stub).function(function).invokeInt(arguments);
  }

  private String path(String name) {
    return root.resolve(name).toString();
  }

  private void mount() throws IOException, InterruptedException {
    assumeThat(StubLibrary.whyImpossible()).isEmpty();
    Stub loaded = new Stub(StubLibrary.build());
    stub = loaded;
    Path made = Files.createDirectory(directory.resolve("fs"));
    loaded.mount(made);
    root = made.toRealPath();
    int fd = call("openat", -100, path("file"), O_RDWR | O_CREAT, 0600);
    assertThat(call("close", fd)).isZero();
    assertThat(call("mkdirat", -100, path("dir"), 0700)).isZero();
  }

  @AfterEach
  void unmount() {
    if (stub != null) {
      assertThat(stub.openHandles()).as("what is left open").isZero();
      stub.unmount();
    }
  }

  private Pointer list(int action, int count, long sequence) {
    Memory request = new Memory(64);
    request.clear();
    request.setInt(0, action);
    request.setInt(16, count);
    request.setLong(24, sequence);
    request.setInt(32, 0x7fffffff);
    request.setLong(48, -1);
    return request;
  }

  private int open(String mdt, long from) {
    PointerByReference handle = new PointerByReference();
    int r = call("llapi_changelog_start", handle, 0, mdt, from);
    if (r >= 0) {
      call("llapi_changelog_fini", handle);
    }
    return r;
  }

  private int register(String mount) {
    return call("llapi_hsm_copytool_register", new PointerByReference(), mount, 0, null, 04000);
  }

  private int path2fid(String text) {
    return call("llapi_path2fid", text, out);
  }

  private int fid2path(String device, String fid, int size) {
    Memory two = new Memory(16);
    two.clear();
    return call("llapi_fid2path", device, fid, out, size, two, two.share(8));
  }

  private int stateSet(String path, long set) {
    return call("llapi_hsm_state_set", path, set, 0L, 0);
  }

  private Map<String, IntSupplier> calls() {
    String fs = root.toString();
    Map<String, IntSupplier> calls = new LinkedHashMap<>();
    calls.put("hsm_state_get(ok,no hsm)", () -> call("llapi_hsm_state_get", path("file"), out));
    calls.put("hsm_state_get(enoent)", () -> call("llapi_hsm_state_get", path("none"), out));
    calls.put("hsm_state_get(/etc/passwd)", () -> call("llapi_hsm_state_get", "/etc/passwd", out));
    calls.put("hsm_state_get(dir)", () -> call("llapi_hsm_state_get", path("dir"), out));
    calls.put("hsm_state_get_fd(-1)", () -> call("llapi_hsm_state_get_fd", -1, out));
    calls.put("hsm_state_get(root of fs)", () -> call("llapi_hsm_state_get", fs, out));
    calls.put(
        "hsm_current_action(none)", () -> call("llapi_hsm_current_action", path("file"), out));
    calls.put(
        "hsm_current_action(/etc/passwd)",
        () -> call("llapi_hsm_current_action", "/etc/passwd", out));
    calls.put("hsm_current_action(dir)", () -> call("llapi_hsm_current_action", path("dir"), out));
    calls.put("hsm_state_set(/etc/hostname)", () -> stateSet("/etc/hostname", 0x20));
    calls.put("hsm_state_set(bit 0x8000)", () -> stateSet(path("file"), 0x8000));
    calls.put("hsm_state_set(RELEASED)", () -> stateSet(path("file"), 4));
    calls.put("hsm_state_set(LOST on none)", () -> stateSet(path("file"), 0x40));
    calls.put("hsm_state_set enoent", () -> stateSet(path("none"), 0x20));
    calls.put("request root=/etc", () -> call("llapi_hsm_request", "/etc", list(10, 1, 5)));
    calls.put("request root=/nope", () -> call("llapi_hsm_request", "/nope", list(10, 1, 5)));
    calls.put("request action 99", () -> call("llapi_hsm_request", fs, list(99, 1, 5)));
    calls.put("request itemcount 0", () -> call("llapi_hsm_request", fs, list(10, 0, 5)));
    calls.put(
        "ARCHIVE missing fid", () -> call("llapi_hsm_request", fs, list(10, 1, 0x200000401L)));
    calls.put("register(/etc)", () -> register("/etc"));
    calls.put("register(/nope)", () -> register("/nope"));
    calls.put("register(subdirectory)", () -> register(path("dir")));
    calls.put(
        "register(NULL archives,count 1)",
        () -> call("llapi_hsm_copytool_register", new PointerByReference(), fs, 1, null, 0));
    calls.put("recv(NULL)", () -> call("llapi_hsm_copytool_recv", null, out, out));
    calls.put("get_fd(NULL)", () -> call("llapi_hsm_copytool_get_fd", (Object) null));
    calls.put("path2fid(ok)", () -> path2fid(path("file")));
    calls.put("path2fid(/etc/passwd)", () -> path2fid("/etc/passwd"));
    calls.put("path2fid(enoent)", () -> path2fid(path("none")));
    calls.put("fid2path(missing)", () -> fid2path(fs, NOBODY, 4096));
    calls.put("fid2path(garbage)", () -> fid2path(fs, "garbage", 4096));
    calls.put("fid2path(/etc)", () -> fid2path("/etc", NOBODY, 4096));
    calls.put("changelog_start(unknown mdt)", () -> open("lustre-MDT0007", 0));
    calls.put("changelog_start(garbage)", () -> open("garbage", 0));
    calls.put(
        "changelog_clear(unknown user)",
        () -> call("llapi_changelog_clear", "lustre-MDT0000", "cl99", 0L));
    calls.put(
        "changelog_clear(garbage user)",
        () -> call("llapi_changelog_clear", "lustre-MDT0000", "garbage", 0L));
    calls.put(
        "changelog_clear(negative)",
        () -> call("llapi_changelog_clear", "lustre-MDT0000", "cl1", -1L));
    calls.put(
        "changelog_clear(unknown mdt)",
        () -> call("llapi_changelog_clear", "lustre-MDT0007", "cl1", 0L));
    calls.put(
        "file_get_stripe(/etc/passwd)", () -> call("llapi_file_get_stripe", "/etc/passwd", out));
    calls.put("file_get_stripe(/mnt/lustre root)", () -> call("llapi_file_get_stripe", fs, out));
    calls.put("file_get_stripe(enoent)", () -> call("llapi_file_get_stripe", path("none"), out));
    calls.put("search_fsname(/etc)", () -> call("llapi_search_fsname", "/etc", out));
    calls.put("search_fsname(ok)", () -> call("llapi_search_fsname", fs, out));
    return calls;
  }

  @Test
  void wrongCalls_giveWhatARunningLustreGave() throws Exception {
    mount();
    Map<String, Answer> captured = captured();
    Map<String, Integer> expected = new LinkedHashMap<>();
    Map<String, Integer> told = new LinkedHashMap<>();
    calls()
        .forEach(
            (name, call) -> {
              expected.put(name, captured.getOrDefault(name, new Answer(9999, 0)).rc());
              told.put(name, call.getAsInt());
            });
    assertThat(told).isEqualTo(expected);
  }

  @Test
  void callsWithoutAMount_giveWhatTheRealLibraryGave() throws Exception {
    mount();
    java.util.Objects.requireNonNull(stub).unmount();
    String observed = ServerFolder.captured("../reference/observed-without-mount.json");
    Map<String, IntSupplier> calls = new LinkedHashMap<>();
    String tmp = Files.createDirectory(directory.resolve("tmp")).toString();
    calls.put("path2fid(absent)", () -> path2fid(tmp + "/absent"));
    calls.put("hsm_state_get(/tmp)", () -> call("llapi_hsm_state_get", tmp, out));
    calls.put("hsm_state_get(absent)", () -> call("llapi_hsm_state_get", tmp + "/absent", out));
    calls.put("search_mounts(/tmp)", () -> call("llapi_search_mounts", tmp, 0, out, out));
    calls.put("copytool_register(/tmp)", () -> register(tmp));
    calls.put(
        "copytool_register(/tmp,NULL archives)",
        () -> call("llapi_hsm_copytool_register", new PointerByReference(), tmp, 1, null, 0));
    calls.put(
        "copytool_unregister(NULL)",
        () -> call("llapi_hsm_copytool_unregister", new PointerByReference()));
    calls.put("changelog_start(absent)", () -> open("lustre-MDT0000", 0));
    calls.put(
        "changelog_clear(neg)", () -> call("llapi_changelog_clear", "lustre-MDT0000", "cl1", -1L));
    calls.put(
        "changelog_clear(absent)",
        () -> call("llapi_changelog_clear", "lustre-MDT0000", "cl1", 0L));
    calls.put("lease_acquire(bad mode)", () -> call("llapi_lease_acquire", 0, 7));
    calls.put("fid2path(not lustre)", () -> fid2path(tmp, NOBODY, 4096));
    Map<String, Integer> expected = new LinkedHashMap<>();
    Map<String, Integer> told = new LinkedHashMap<>();
    calls.forEach(
        (name, call) -> {
          Matcher m =
              Pattern.compile("\"" + Pattern.quote(name) + "\":\\s*(-?\\d+)").matcher(observed);
          assertThat(m.find()).as(name).isTrue();
          expected.put(name, Integer.parseInt(m.group(1)));
          told.put(name, call.getAsInt());
        });
    assertThat(told).isEqualTo(expected);
    // A release's own: no data, or not supported.
    assertThat(path2fid(tmp)).isIn(-61, -95);
    assertThat(observed).contains("\"2.12.9\": -61", "\"2.15.8\": -95");
  }
}
