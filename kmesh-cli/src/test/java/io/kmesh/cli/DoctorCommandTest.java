// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.cli.CommandLineTester.Ran;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.lustre.jna.JnaLustreFacts;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreServer;
import io.kmesh.spi.lustre.LustreUsage;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kmesh doctor, with a simulated Lustre in a machine whose /proc, /sys and /dev are files. */
class DoctorCommandTest {
  private static final String ROOTS_CAPABILITIES = "000001ffffffffff";

  @TempDir private static Path shared;
  private static Path mount;
  private static SimulatedLustre lustre;

  @TempDir Path folder;
  private CommandLineTester kmesh;
  private SimulatedProvider provider;
  private final FakeNatives natives = new FakeNatives();
  private Path root;

  /** Nothing here changes it. */
  @BeforeAll
  static void mount() throws IOException {
    mount = shared.toRealPath().resolve("mnt");
    lustre = SimulatedLustre.builder(mount).seed(1).open();
  }

  @AfterAll
  static void unmount() throws IOException {
    lustre.close();
  }

  @BeforeEach
  void open() throws IOException {
    folder = folder.toRealPath();
    kmesh = new CommandLineTester(folder);
    root = folder.resolve("root");
    provider = new SimulatedProvider().mount(mount, complete(lustre));
    file(
        "proc/self/mounts",
        "/dev/sda1 / ext4 rw,relatime 0 0\n10.0.0.1@tcp:/lustre " + mount + " lustre rw 0 0\n");
    become(0, ROOTS_CAPABILITIES);
    file("proc/locks", "");
    file("sys/fs/lustre/version", "2.15.8\n");
    file("dev/changelog-lustre-MDT0000", "");
    file("dev/changelog-lustre-MDT0001", "");
    kmesh.lustre = new LustreWorld(() -> List.of(provider), natives, root);
  }

  /** A Lustre that has all there is, on a node whose parameters are files. */
  private LustreBinding complete(LustreBinding real) {
    return with(real, EnumSet.allOf(LustreCapability.class));
  }

  private LustreBinding with(LustreBinding real, Set<LustreCapability> capabilities) {
    return new ForwardingLustreBinding() {
      @Override
      protected LustreBinding delegate() {
        return real;
      }

      @Override
      public Set<LustreCapability> capabilities() {
        return capabilities;
      }

      @Override
      public LustreServer server() {
        return JnaLustreFacts.server(root, "lustre");
      }
    };
  }

  private void file(String path, String content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content, StandardCharsets.ISO_8859_1);
  }

  private void become(int user, String capabilities) throws IOException {
    file(
        "proc/self/status",
        "Name:\tjava\nUid:\t" + user + "\t" + user + "\t0\t0\nCapEff:\t" + capabilities + "\n");
  }

  /** A server node, as a captured state of its parameters says. */
  private void serve(String captured) throws IOException {
    String text = captured(captured) + "\n" + captured("changelogs");
    String at = "";
    List<String> lines = new ArrayList<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith("mdt.") || line.startsWith("mdd.")) {
        parameter(at, lines);
        lines.clear();
        int equals = line.indexOf('=');
        at = line.substring(0, equals).replace('.', '/');
        lines.add(line.substring(equals + 1));
      } else {
        lines.add(line);
      }
    }
    parameter(at, lines);
    for (String mdt : List.of("MDT0000", "MDT0001")) {
      file("sys/fs/lustre/mdt/lustre-" + mdt + "/hsm/max_requests", "3\n");
    }
  }

  /** What lctl printed then: see the README.md beside it. */
  private static String captured(String name) throws IOException {
    try (InputStream in =
        DoctorCommandTest.class.getResourceAsStream("/io/kmesh/cli/parameters/" + name + ".txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Releases differ in which parameter is where. */
  private void parameter(String name, List<String> lines) throws IOException {
    if (!name.isEmpty()) {
      // The actions were printed a second time behind the last of the others.
      boolean isWord = name.endsWith("hsm_control");
      String content = isWord ? lines.get(0) : String.join("\n", lines).stripLeading();
      file((isWord ? "sys" : "proc") + "/fs/lustre/" + name, content + "\n");
    }
  }

  @Test
  void clientWhereAllWorks_endsWith0_andSaysWhatItCannotSee() {
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).as(ran.toString()).isEqualTo(ExitCode.OK);
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out())
        .contains(
            "libc by JNA          works\n",
            "  file                 /usr/lib/liblustreapi.so.1\n",
            "  functions            all that Kmesh knows\n",
            "  module               2.15.8\n",
            "  CAP_SYS_ADMIN        yes: ",
            "Lustre " + mount + "\n",
            "  device               10.0.0.1@tcp:/lustre\n",
            "  file system          lustre\n",
            "lustre-MDT0000_UUID[MDT:0]",
            "lustre-OST0003_UUID[OST:3]",
            "fast (OSTs [0, 1], ",
            "  copytool             none of Kmesh\n",
            "/dev/changelog-lustre-MDT0001 can be read\n",
            "  coordinator          not to be seen from a client\n",
            "Can't be told from here\n",
            "inferred from here",
            "lctl get_param mdt.lustre-MDT*.hsm_control"
                + " mdt.lustre-MDT*.hsm.{max_requests,agents,actions}",
            "lctl get_param mdd.lustre-MDT*.changelog_users")
        .endsWith("\nEverything works here.\n");
  }

  @Test
  void json_hasTheSame() {
    JsonNode json = kmesh.ok("doctor", "--json", mount.toString()).json();
    assertThat(json.get("works").asBoolean()).isTrue();
    assertThat(json.at("/library/release").asText()).isEqualTo("2.15.8");
    assertThat(json.at("/kernel/release").asText()).isEqualTo("2.15.8");
    assertThat(json.at("/privileges/capSysAdmin").asBoolean()).isTrue();
    JsonNode first = json.at("/mounts/0");
    assertThat(first.get("fileSystem").asText()).isEqualTo("lustre");
    assertThat(first.get("targets")).hasSize(6);
    assertThat(first.get("pools").get(0).get("osts")).hasSize(2);
    assertThat(first.get("changelogs").get(0).get("state").asText()).isEqualTo("can be read");
    assertThat(json.get("problems")).isEmpty();
    assertThat(json.get("unknown")).hasSize(1);
  }

  @Test
  void machineWithoutLustre_isTold_andWhatToDo() throws IOException {
    file("proc/self/mounts", "/dev/sda1 / ext4 rw,relatime 0 0\n");
    Files.delete(root.resolve("sys/fs/lustre/version"));
    become(1000, "0000000000000000");
    provider.unusable("no library");
    natives.libraryMissing =
        "Cannot use liblustreapi: liblustreapi.so.1: cannot open shared object file. Install the"
            + " Lustre client.";
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains(
            "  CAP_SYS_ADMIN        no: ",
            "Without Lustre\n  works                repositories, snapshots, ",
            "Will not work here\n",
            "  - Every call of Lustre (kmesh lustre, attach, the copytool): Cannot use liblustreapi:"
                + " liblustreapi.so.1: cannot open shared object"
                + " file. Install the Lustre client.\n",
            "the kernel's client is not loaded",
            "modprobe lustre",
            "none is mounted here",
            "mount -t lustre MGSNODE@tcp:/FSNAME /mnt/lustre")
        // Of no use before there is a Lustre.
        .doesNotContain("Run as root");
    JsonNode json = kmesh.run("doctor", "--json").json();
    assertThat(json.get("problems")).hasSize(3);
    assertThat(json.get("mounts")).isEmpty();
    assertThat(json.get("withoutLustre").get("trees").asText()).startsWith("by libc");
  }

  @Test
  void thisMachine_isToldAsItIs() {
    kmesh.lustre = LustreWorld.ofMachine();
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isIn(ExitCode.OK, ExitCode.PROBLEMS);
    // Not the class path, in which JNA looked too.
    assertThat(ran.out()).contains("Java\n", "liblustreapi\n").doesNotContain("resource path");
    assertThat(kmesh.run("doctor", "--json").json().has("works")).isTrue();
  }

  @Test
  void pathThatIsNoLustre_isWrongUse() {
    Ran ran = kmesh.run("doctor", folder.toString());
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err())
        .contains(
            "Cannot examine " + folder + ": it does not lie on a mounted Lustre, but on ext4 at /.",
            "Name one of " + mount);
    Ran missing = kmesh.run("doctor", folder + "/nowhere");
    assertThat(missing.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(missing.err()).contains("there is no such file or directory");
    assertThat(kmesh.run("doctor", "a", "b").code()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void pathInsideALustre_isItsMount() {
    assertThat(kmesh.ok("doctor", mount + "/some/file").out()).contains("Lustre " + mount + "\n");
  }

  @Test
  void mountThatNoBindingOpens_isToldByTheKernelsWords() {
    provider.unusable("no library");
    natives.libraryMissing = "Cannot use liblustreapi: it is missing.";
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains(
            "  device               10.0.0.1@tcp:/lustre\n",
            "usable               no: without liblustreapi",
            "All of " + mount + ": it can't be opened",
            "lctl get_param mdt.lustre-MDT*.hsm_control");
  }

  @Test
  void missingFunctions_areNamedWithWhatIsOffForThem() {
    natives.release = "2.12.9";
    natives.missing.put("HeatCalls", List.of("llapi_heat_get"));
    Set<LustreCapability> all = EnumSet.allOf(LustreCapability.class);
    all.remove(LustreCapability.HEAT);
    all.remove(LustreCapability.SERVER_CONTROL);
    provider.mount(mount, with(lustre, all));
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains(
            "  missing              llapi_heat_get; off for it: HEAT\n",
            "the library is of another branch, 2.12.9",
            "  - HEAT on "
                + mount
                + ": /usr/lib/liblustreapi.so.1 of release 2.12.9 has no"
                + " llapi_heat_get.\n    Install a newer Lustre client, when you need it.\n")
        .doesNotContain("- SERVER_CONTROL");
    assertThat(kmesh.run("doctor", "--json").json().at("/library/missing/HeatCalls/off").asText())
        .isEqualTo("HEAT");
  }

  @Test
  void userWithoutPrivileges_isToldWhatTheyAreFor() throws IOException {
    become(1000, "0000000000000000");
    Set<LustreCapability> all = EnumSet.allOf(LustreCapability.class);
    all.removeAll(
        EnumSet.of(
            LustreCapability.OPEN_BY_FID, LustreCapability.COPYTOOL, LustreCapability.CHANGELOGS));
    provider.mount(mount, with(lustre, all));
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains(
            "  user                 1000\n",
            "this process has no CAP_SYS_ADMIN",
            "this process has no CAP_DAC_READ_SEARCH",
            "- OPEN_BY_FID on " + mount + ": files can't be opened by their FID by this user",
            "- CHANGELOGS on " + mount);
  }

  @Test
  void noexecFolder_andMissingLibc_areOneFinding() throws IOException {
    Path cache = Files.createDirectories(folder.resolve("cache/JNA/temp"));
    kmesh.environment.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    file(
        "proc/self/mounts",
        "/dev/sda1 / ext4 rw 0 0\ntmpfs " + folder.resolve("cache") + " tmpfs rw,noexec 0 0\n");
    assertThat(kmesh.ok("doctor").out())
        .contains(cache + " (JNA's default)", "noexec: nothing may run from there");
    natives.libcMissing = "failed to map segment from shared object";
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains(
            cache + " is mounted noexec, so that JNA can't be loaded: failed to map segment",
            "KMESH_JAVA_OPTIONS=-Dkmesh.native-directory=");
  }

  @Test
  void foreignCopytool_andHolderOfTheLock_areNamed() throws IOException {
    natives.foreign.add("process 77 (lhsmtool_posix)");
    natives.lock = Files.writeString(folder.resolve("copytool.lock"), "process 4711 (java)\n");
    Object inode = Files.getAttribute(natives.lock, "unix:ino");
    assertThat(kmesh.run("doctor").out()).contains("copytool             none of Kmesh");
    file("proc/locks", "1: FLOCK  ADVISORY  WRITE 4711 08:01:" + inode + " 0 EOF\n");
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains(
            "copytool             Kmesh's, process 4711 (java), by " + natives.lock,
            "both would receive every action: process 77 (lhsmtool_posix)",
            "End it first");
  }

  @Test
  void fullAndSilentTargets_areFindings() {
    provider.mount(
        mount,
        new ForwardingLustreBinding() {
          @Override
          protected LustreBinding delegate() {
            return complete(lustre);
          }

          @Override
          public LustreUsage usage() {
            return usages();
          }
        });
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains(
            "- Writing to lustre-OST0000_UUID of " + mount + ", restores too: its space is used to",
            "- What lies on lustre-OST0001_UUID of " + mount + ": it tells no size")
        .doesNotContain("Writing to lustre-MDT0000");
  }

  private static LustreUsage usages() {
    return new LustreUsage() {
      @Override
      public List<TargetUsage> targets() {
        return List.of(
            usage(TargetUsage.Kind.MDT, 0, 100, 50),
            usage(TargetUsage.Kind.OST, 0, 100, 97),
            usage(TargetUsage.Kind.OST, 1, 0, 0));
      }

      @Override
      public List<io.kmesh.lustre.PoolUsage> pools() {
        return List.of();
      }
    };
  }

  private static TargetUsage usage(TargetUsage.Kind kind, int index, long size, long used) {
    return new TargetUsage(
        kind,
        index,
        "lustre-" + kind + "000" + index + "_UUID",
        DataSize.ofBytes(size),
        DataSize.ofBytes(used),
        1000,
        10);
  }

  @Test
  void server_tellsItsCoordinators_andWhatWaitsForACopytool() throws IOException {
    serve("waiting_no_agent");
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out())
        .contains(
            "lustre-MDT0000: enabled, slots 0 of 3 taken, 1 waiting, agents 0\n",
            "lustre-MDT0001: enabled, slots 0 of 3 taken, 0 waiting, agents 0\n",
            "changelog of         lustre-MDT0000: users cl1 at 0\n",
            "- 1 HSM actions that wait on lustre-MDT0000: no copytool is registered.",
            "    Start one for their archives: [1]\n")
        .doesNotContain("Can't be told from here");
  }

  @Test
  void slotsThatNobodyHas_areNamedWithTheirRemedy() throws IOException {
    serve("after_agent_exit");
    Ran ran = kmesh.run("doctor");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    String set = "lctl set_param mdt.lustre-MDT0000.hsm_control=";
    assertThat(ran.out())
        .contains(
            "of 3 slots of the coordinator of lustre-MDT0000",
            "never answered (inferred)",
            set + "shutdown; " + set + "enabled; " + set + "purge; " + set + "enabled");
    JsonNode json = kmesh.run("doctor", "--json").json().at("/mounts/0/coordinators/0");
    assertThat(json.get("lost").asInt()).isEqualTo(json.get("started").asInt()).isPositive();
    assertThat(json.at("/startedActions/0/fid").asText()).startsWith("[0x200000402:");
    assertThat(json.at("/changelogUsers/0/id").asText()).isEqualTo("cl1");
    assertThat(json.at("/changelogUsers/0/idleSeconds").asInt()).isEqualTo(15);
  }

  @Test
  void slotsThatAnAgentHas_areInWork() throws IOException {
    serve("archive_in_progress");
    Ran ran = kmesh.ok("doctor");
    assertThat(ran.out())
        .contains(
            "lustre-MDT0000: enabled, slots 1 of 3 taken, 0 waiting, agents 1\n",
            "agent b42330e3-38e1-432c-bec1-e4c2fb445ce5, archives 1, has 1 actions\n");
  }

  @Test
  void coordinatorThatIsOff_isAFinding() throws IOException {
    serve("all_hsm");
    file("sys/fs/lustre/mdt/lustre-MDT0001/hsm_control", "disabled\n");
    assertThat(kmesh.run("doctor").out())
        .contains(
            "- HSM on lustre-MDT0001: its coordinator is disabled.",
            "    Run here: lctl set_param mdt.lustre-MDT0001.hsm_control=enabled\n");
  }

  @Test
  void settingsOfACoordinator_areTold_unknownLinesToo() throws IOException {
    serve("all_hsm");
    file("proc/fs/lustre/mdt/lustre-MDT0001/hsm/agents", "agent of a newer form\n");
    assertThat(kmesh.ok("doctor").out())
        .contains(
            "looks every 10 s, gives up after 3600 s, lists what ended for 60 s, policy"
                + " NoRetryAction, users may RESTORE, groups RESTORE, others RESTORE\n",
            "1 lines of an unknown form; the first: agent of a newer form\n");
    JsonNode json = kmesh.run("doctor", "--json").json().at("/mounts/0/coordinators");
    assertThat(json.at("/0/parameters/grace_delay").asText()).isEqualTo("60");
    assertThat(json.at("/0/changelogLastIndex").asInt()).isEqualTo(98);
    assertThat(json.at("/1/unknown/0").asText()).isEqualTo("agent of a newer form");
  }

  @Test
  void serverWithoutAMount_isToldTheSame() throws IOException {
    serve("all_hsm");
    provider.unusable("no library");
    natives.libraryMissing = "Cannot use liblustreapi: it is missing.";
    assertThat(kmesh.run("doctor").out())
        .contains("lustre-MDT0001: enabled, slots 0 of 3 taken, 0 waiting, agents 0\n");
  }

  @Test
  void serverOfSomeMdts_namesTheCommandForTheOthers() throws IOException {
    file("sys/fs/lustre/mdt/lustre-MDT0000/hsm_control", "enabled\n");
    assertThat(kmesh.ok("doctor").out())
        .contains(
            "lustre-MDT0000: enabled, slots ? of ? taken",
            "those of other servers: not from here",
            "lctl get_param mdt.lustre-MDT*.hsm_control");
  }

  @Test
  void mountPointWithBlanks_isReadFromTheTable() throws IOException {
    file("proc/self/mounts", "1@tcp:2@tcp:/fs/sub /mnt/a\\040b\\134c lustre rw 0 0\nbad line\n");
    MountTable.Mount found = MountTable.read(root).lustre().get(0);
    assertThat(found.point().utf8()).hasValue("/mnt/a b\\c");
    assertThat(found.fileSystem()).isEqualTo("fs");
  }

  @Test
  void help_teachesExitCodes() {
    assertThat(kmesh.ok("doctor", "--help").out())
        .contains("Usage: kmesh doctor", "something will not work.");
  }
}
