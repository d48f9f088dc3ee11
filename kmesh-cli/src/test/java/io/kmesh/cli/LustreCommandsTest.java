// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.cli.CommandLineTester.Ran;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** kmesh lustre, over a simulated one that a provider of the test finds. */
class LustreCommandsTest {
  @TempDir private static Path shared;
  private static Path mount;
  private static SimulatedLustre lustre;
  private static int tests;

  @TempDir Path folder;
  private CommandLineTester kmesh;
  private SimulatedProvider provider;

  /** The folder of this test. */
  private PathBytes own;

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
    provider = new SimulatedProvider().mount(mount, lustre);
    kmesh.lustre = new LustreWorld(() -> List.of(provider), new FakeNatives(), folder);
    own = PathBytes.of("test" + tests++);
    try (PosixDirectory root = lustre.tree().openRoot()) {
      root.makeDirectory(own, 0755);
    }
  }

  private Fid write(String name, String content) throws IOException {
    try (PosixFile file =
        lustre.tree().openFile(own.resolve(name), EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(content.getBytes(java.nio.charset.StandardCharsets.UTF_8)), 0);
      return lustre.identity().fid(file);
    }
  }

  private Fid stub(String name) throws IOException {
    return lustre
        .hsm()
        .importStub(
            own.resolve(name),
            ArchiveId.of(2),
            new ImportAttributes(0644, 0, 0, 4096, new FileTime(1, 0), new FileTime(1, 0)),
            Layout.plain(1));
  }

  private String at(String name) {
    return mount + "/" + own + "/" + name;
  }

  @Test
  void fid_isAloneForOnePath_andNamedForSeveral() throws IOException {
    Fid a = write("a", "x");
    Fid b = write("b", "x");
    assertThat(kmesh.ok("lustre", "fid", at("a")).out()).isEqualTo(a + "\n");
    assertThat(kmesh.ok("lustre", "fid", at("a"), at("b")).out())
        .isEqualTo(at("a") + ": " + a + "\n" + at("b") + ": " + b + "\n");
    JsonNode json = kmesh.ok("lustre", "fid", "--json", at("a")).json();
    assertThat(json.fieldNames()).toIterable().containsExactly("path", "fid");
    assertThat(json.get("fid").asText()).isEqualTo(a.toString());
  }

  @Test
  void fidOfTheMountPoint_isTheRoots() throws IOException {
    Fid root = lustre.identity().fid(PathBytes.EMPTY);
    assertThat(kmesh.ok("lustre", "fid", mount.toString()).out()).isEqualTo(root + "\n");
    assertThat(kmesh.ok("lustre", "fid", mount + "/").out()).isEqualTo(root + "\n");
  }

  @Test
  void oneBinding_servesAllPathsOfAMount() throws IOException {
    write("a", "x");
    write("b", "x");
    kmesh.ok("lustre", "fid", at("a"), at("b"), at("a"));
    assertThat(provider.openings()).isEqualTo(1);
  }

  @Test
  void longestMount_isTaken() throws IOException {
    try (SimulatedLustre inner =
        SimulatedLustre.builder(folder.resolve("inner")).name("inner").seed(1).open()) {
      String sub = mount + "/sub";
      provider.mount(Path.of(sub), inner);
      Fid root = inner.identity().fid(PathBytes.EMPTY);
      assertThat(kmesh.ok("lustre", "fid", sub).out()).isEqualTo(root + "\n");
      assertThat(kmesh.ok("lustre", "pools", sub).out()).startsWith("Pools from inner:\n");
      assertThat(kmesh.run("lustre", "fid", sub + "way").code()).isEqualTo(ExitCode.NOT_FOUND);
    }
  }

  @Test
  void symbolicLinkFromElsewhere_isFollowed() throws IOException {
    Fid root = lustre.identity().fid(PathBytes.EMPTY);
    Path link = Files.createSymbolicLink(folder.resolve("link"), mount);
    assertThat(kmesh.ok("lustre", "fid", link.toString()).out()).isEqualTo(root + "\n");
    // JUnit warns of links that point out of its folder.
    Files.delete(link);
  }

  @Test
  void paths_areAllHardLinksBelowTheMount() throws IOException {
    Fid fid = write("a", "x");
    try (PosixDirectory root = lustre.tree().openDirectory(own)) {
      root.link(PathBytes.of("a"), root, PathBytes.of("b"));
    }
    Ran ran = kmesh.ok("lustre", "paths", mount.toString(), fid.toString());
    assertThat(ran.out().lines()).containsExactlyInAnyOrder(at("a"), at("b"));
    JsonNode json = kmesh.ok("lustre", "paths", "--json", mount.toString(), fid.toString()).json();
    assertThat(json.get("paths")).hasSize(2);
    Ran some =
        kmesh.run("lustre", "paths", mount.toString(), fid.toString(), "0x1", "[0x9:0x9:0x0]");
    assertThat(some.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(some.err())
        .contains("Cannot read the FID \"0x1\". Write it as", "[0x9:0x9:0x0]", "ENOENT");
    assertThat(some.out().lines()).hasSize(2);
  }

  @Test
  void hsmState_isPrintedAsLfsPrintsIt_andRestoresNothing() throws IOException {
    Fid stub = stub("stub");
    write("plain", "x");
    Fid both = write("both", "x");
    lustre
        .hsm()
        .changeState(both, Set.of(HsmFlag.EXISTS, HsmFlag.ARCHIVED), Set.of(), ArchiveId.of(1));
    Ran ran = kmesh.ok("lustre", "hsm", at("stub"), at("plain"), at("both"));
    assertThat(ran.out())
        .isEqualTo(
            at("stub")
                + ": (0x0000000d) released exists archived, archive_id:2\n"
                + at("plain")
                + ": (0x00000000)\n"
                + at("both")
                + ": (0x00000009) exists archived, archive_id:1\n");
    JsonNode json = kmesh.ok("lustre", "hsm", "--json", at("stub")).json();
    assertThat(json.get("bits").asInt()).isEqualTo(0xd);
    assertThat(json.get("archiveId").asInt()).isEqualTo(2);
    assertThat(json.get("flags").toString()).isEqualTo("[\"exists\",\"released\",\"archived\"]");
    kmesh.ok("lustre", "stat", at("stub"));
    assertThat(lustre.hsm().state(stub).isReleased()).isTrue();
    assertThat(lustre.hsm().currentAction(stub)).isEqualTo(CurrentAction.IDLE);
  }

  @Test
  void whoMayNotOpenByFid_asksByOpening_whichRestoresNothing() throws IOException {
    Fid stub = stub("stub");
    Fid plain = write("plain", "four");
    Set<LustreCapability> few = EnumSet.copyOf(lustre.capabilities());
    few.remove(LustreCapability.OPEN_BY_FID);
    provider.mount(
        mount,
        new ForwardingLustreBinding() {
          @Override
          protected LustreBinding delegate() {
            return lustre;
          }

          @Override
          public Set<LustreCapability> capabilities() {
            return few;
          }
        });
    assertThat(kmesh.ok("lustre", "hsm", at("stub")).out())
        .isEqualTo(at("stub") + ": (0x0000000d) released exists archived, archive_id:2\n");
    assertThat(kmesh.ok("lustre", "stat", at("plain")).out())
        .contains(
            "HSM:           (0x00000000)\n",
            "Layout:        raid0, stripe_count 1",
            "Data version:  " + Long.toUnsignedString(lustre.hsm().dataVersion(plain)) + "\n");
    kmesh.ok("lustre", "stat", at("stub"));
    kmesh.ok("lustre", "layout", at("stub"), at("plain"));
    assertThat(kmesh.ok("lustre", "hsm", mount + "/" + own).out()).contains(": (0x00000000)\n");
    assertThat(lustre.hsm().state(stub).isReleased()).isTrue();
    assertThat(lustre.hsm().currentAction(stub)).isEqualTo(CurrentAction.IDLE);
  }

  @Test
  void hsmAction_isPrintedAsLfsPrintsIt() throws IOException {
    write("idle", "x");
    Fid fid = write("busy", "x");
    lustre
        .hsm()
        .request(new HsmRequest(HsmActionKind.ARCHIVE, ArchiveId.of(1), List.of(fid), new byte[0]));
    assertThat(kmesh.ok("lustre", "hsm", "--action", at("idle"), at("busy")).out())
        .isEqualTo(at("idle") + ": NOOP\n" + at("busy") + ": ARCHIVE waiting (from 0 to EOF)\n");
    JsonNode json = kmesh.ok("lustre", "hsm", "-a", "--json", at("busy")).json();
    assertThat(json.get("phase").asText()).isEqualTo("waiting");
    assertThat(json.get("action").asText()).isEqualTo("ARCHIVE");
  }

  @Test
  void pools_areListedWithMembersAndUsage() throws IOException {
    assertThat(kmesh.ok("lustre", "pools", mount.toString()).out())
        .isEqualTo("Pools from lustre:\nlustre.cheap\nlustre.fast\n");
    assertThat(kmesh.ok("lustre", "pools", "--members", mount.toString()).out())
        .endsWith(
            """
            Pool: lustre.cheap
            lustre-OST0002_UUID
            lustre-OST0003_UUID
            Pool: lustre.fast
            lustre-OST0000_UUID
            lustre-OST0001_UUID
            """);
    assertThat(kmesh.ok("lustre", "pools", "--usage", mount.toString()).out())
        .contains("POOL", "lustre.fast   2     32.0 TiB");
    List<JsonNode> json = kmesh.ok("lustre", "pools", "--json", mount.toString()).lines();
    assertThat(json).hasSize(2);
    assertThat(json.get(1).get("members").get(1).asText()).isEqualTo("lustre-OST0001_UUID");
  }

  @Test
  void stat_tellsWhatLustreKnows() throws IOException {
    Fid fid = write("a", "four");
    Ran ran = kmesh.ok("lustre", "stat", at("a"));
    assertThat(ran.out())
        .contains(
            "File:          " + at("a") + "\n",
            "FID:           " + fid + "\n",
            "Size:          4 bytes",
            "HSM:           (0x00000000)\n",
            "Layout:        raid0, stripe_count 1",
            "Data version:  " + Long.toUnsignedString(lustre.hsm().dataVersion(fid)) + "\n");
    JsonNode json = kmesh.ok("lustre", "stat", "--json", at("a")).json();
    assertThat(json.get("size").asLong()).isEqualTo(4);
    assertThat(json.get("hsm").get("bits").asInt()).isZero();
    assertThat(json.get("unknown")).isNull();
    Ran directory = kmesh.ok("lustre", "stat", mount.toString());
    assertThat(directory.out()).contains("Type:          directory", "Default:");
  }

  @Test
  void statOfAFileInRestore_doesNotAskForItsDataVersion() throws IOException {
    Fid fid = stub("stub");
    lustre
        .hsm()
        .request(new HsmRequest(HsmActionKind.RESTORE, ArchiveId.ANY, List.of(fid), new byte[0]));
    assertThat(kmesh.ok("lustre", "stat", at("stub")).out())
        .contains("Data version:  not asked: RESTORE waiting");
  }

  @Test
  void layout_isPrintedAsLfsPrintsIt() throws IOException {
    Fid fid =
        lustre.layouts().createFile(own.resolve("wide"), 0644, Layout.plain(2, 1 << 20, "fast"));
    assertThat(kmesh.ok("lustre", "layout", at("wide")).out())
        .startsWith(at("wide") + "\nlmm_magic:         0x0BD30BD0\n")
        .contains(
            "lmm_fid:           " + fid + "\n",
            "lmm_stripe_count:  2\nlmm_stripe_size:   1048576\n",
            "lmm_pool:          fast\n");
    assertThat(kmesh.ok("lustre", "layout", "-y", at("wide")).out())
        .contains("lmm_stripe_count:  2\n", "lmm_pool:          fast\n");
    assertThat(kmesh.ok("lustre", "layout", "--options", at("wide")).out())
        .isEqualTo("-c 2 -S 1M -p fast\n");
    JsonNode json = kmesh.ok("lustre", "layout", "--json", at("wide")).json();
    assertThat(json.get("composite").asBoolean()).isFalse();
    assertThat(json.at("/components/0/stripeCount").asInt()).isEqualTo(2);
    assertThat(json.at("/components/0/pool").asText()).isEqualTo("fast");
    assertThat(json.get("options").get(0).asText()).isEqualTo("-c");
  }

  @Test
  void layoutOfADirectory_isItsDefault_orTheOneThatItInherits() throws IOException {
    String directory = mount + "/" + own;
    assertThat(kmesh.ok("lustre", "layout", directory).out())
        .isEqualTo(directory + " has no stripe info\n");
    assertThat(
            kmesh.ok("lustre", "layout", "--json", directory).json().get("inherited").asBoolean())
        .isTrue();
    lustre
        .layouts()
        .changeDirectoryDefault(lustre.identity().fid(own), Layout.plain(2, 1 << 20, null));
    assertThat(kmesh.ok("lustre", "layout", "-d", directory).out())
        .startsWith(directory + "\n")
        .contains("stripe_count:  2 stripe_size:   1048576 ");
  }

  @Test
  void failures_nameThePath_andOthersGoOn() throws IOException {
    Fid fid = write("a", "x");
    Ran ran = kmesh.run("lustre", "fid", at("no"), at("a"), folder + "/password");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.out()).isEqualTo(at("a") + ": " + fid + "\n");
    assertThat(ran.err().lines()).hasSize(2);
    assertThat(ran.err())
        .contains(
            at("no"),
            "ENOENT",
            folder
                + "/password: it does not lie on a mounted Lustre. Name what lies below one of "
                + mount);
    assertThat(kmesh.run("lustre", "fid", at("no")).code()).isEqualTo(ExitCode.NOT_FOUND);
    // No stored data is damaged when Lustre has no such file.
    assertThat(kmesh.run("lustre", "stat", at("no")).code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(kmesh.run("lustre", "fid", folder + "/nowhere").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(kmesh.run("lustre", "fid", folder + "/password").code()).isEqualTo(ExitCode.USAGE);
    List<JsonNode> json = kmesh.run("lustre", "fid", "--json", at("no"), at("a")).lines();
    assertThat(json.get(0).get("path").asText()).isEqualTo(at("no"));
    assertThat(json.get(0).get("kind").asText()).isEqualTo("NOT_FOUND");
    assertThat(json.get(1).get("fid").asText()).isEqualTo(fid.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lustre | no command is given. Name one: stat",
        "lustre fid | Missing required parameter",
        "lustre pools MOUNT/sub | it lies inside the mount",
        "lustre layout -y --options MOUNT | are mutually exclusive",
        "lustre changelog MOUNT --user cl1 | no index is named. Give --user clN and --clear INDEX",
        "lustre changelog MOUNT --clear 4 | no user is named",
        "lustre changelog MOUNT --user cl1 --clear 4 --follow | Cannot clear and print in one",
        "lustre changelog MOUNT --user cl1 --clear 4 | none is named. Give --mdt",
        "lustre changelog MOUNT --from -3 | Cannot use a negative index",
      })
  void wrongUse_namesObjectReasonAndRemedy(String line, String said) {
    Ran ran = kmesh.run(line.replace("MOUNT", mount.toString()).split(" "));
    assertThat(ran.err()).contains(said);
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void withoutLustre_saysWhyAndWhatToDo() {
    provider.unusable("liblustreapi.so.1: cannot open shared object file");
    Ran ran = kmesh.run("lustre", "fid", at("a"));
    assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err())
        .contains(
            "simulated: liblustreapi.so.1: cannot open shared object file",
            "Install the Lustre client",
            "kmesh doctor");
  }

  @Test
  void namesThatAreNoUtf8_arePrintedEscaped_inJsonWithTheirBytes() throws IOException {
    PathBytes name = own.resolve(PathBytes.of(new byte[] {'b', (byte) 0xff, '\n'}));
    Fid fid;
    try (PosixFile file =
        lustre.tree().openFile(name, EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      fid = lustre.identity().fid(file);
    }
    Ran ran = kmesh.ok("lustre", "paths", mount.toString(), fid.toString());
    assertThat(ran.out()).isEqualTo(at("b\\xff\\x0a") + "\n");
    JsonNode json = kmesh.ok("lustre", "paths", "--json", mount.toString(), fid.toString()).json();
    assertThat(json.at("/paths/0/pathBase64").asText())
        .isEqualTo(Base64.getEncoder().encodeToString(name.toBytes()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " stat", " fid", " paths", " layout", " pools", " hsm", " changelog"})
  void help_teachesExitCodes(String command) {
    Ran ran = kmesh.ok(("lustre" + command + " --help").split(" "));
    assertThat(ran.out()).contains("Usage: kmesh lustre", "Exit codes:");
    assertThat(ran.out().lines().mapToInt(String::length).max().orElse(0)).isLessThanOrEqualTo(120);
  }
}
