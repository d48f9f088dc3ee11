// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.cli.CommandLineTester.Ran;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trees to and from stores by commands alone. */
class MirrorCommandsTest {
  @TempDir private Path folder;
  private CommandLineTester kmesh;
  private String tree;
  private String out;

  @BeforeEach
  void makeTester() throws IOException {
    kmesh = new CommandLineTester(folder);
    kmesh.file("tree/a/file", "some content");
    kmesh.file("tree/b", "more");
    tree = folder.resolve("tree").toString();
    out = folder.resolve("out").toString();
  }

  private String fresh() {
    return "mem://" + folder.getFileName() + "/" + folder.getFileName();
  }

  private static void put(String url, String key) throws IOException {
    String bucket = url.substring(6, url.indexOf('/', 6));
    String prefix = url.substring(url.indexOf('/', 6) + 1);
    MemoryStores.bucket(bucket)
        .blocking()
        .put(prefix + "/" + key, ByteBuffer.wrap(new byte[3]), PutOptions.NONE);
  }

  @Test
  void pushAndPull_bringTheTree_andSendNothingTwice() throws IOException {
    String url = fresh();
    JsonNode pushed = kmesh.ok("mirror", "push", tree, url, "--json").json();
    assertThat(pushed.path("files").asInt()).isEqualTo(2);
    assertThat(pushed.path("bytes").asInt()).isEqualTo(16);
    JsonNode again = kmesh.ok("mirror", "push", tree, url, "--json").json();
    assertThat(again.path("bytes").asInt()).isZero();
    assertThat(again.path("equal").asInt()).isEqualTo(4);

    Ran pulled = kmesh.ok("mirror", "pull", url, out);
    assertThat(pulled.out()).contains("Pulled " + url, "2 files", "brought 16 B");
    assertThat(folder.resolve("out/a/file")).hasContent("some content");
    assertThat(kmesh.ok("mirror", "pull", url, out, "--json").json().path("bytes").asInt())
        .isZero();
  }

  @Test
  void cache_sparesQuestions_unlessThereShallBeNone() throws IOException {
    String name = folder.getFileName() + "-s3";
    String url = "mem://" + name + "/x";
    MemoryStore bucket = MemoryStores.bucket(name);
    kmesh.ok("mirror", "push", tree, url);
    assertThat(kmesh.ok("mirror", "push", tree, url, "--json").json().path("equal").asInt())
        .isEqualTo(4);
    assertThat(bucket.requests("head")).isZero();
    assertThat(folder.resolve("cache/mirror")).isNotEmptyDirectory();
    kmesh.ok("mirror", "push", tree, url, "--no-cache");
    assertThat(bucket.requests("head")).isEqualTo(4);
    kmesh.ok("mirror", "push", tree, url, "--cache", folder.resolve("mine").toString());
    assertThat(bucket.requests("head")).isEqualTo(8);
    assertThat(folder.resolve("mine")).isNotEmptyDirectory();
    assertThat(kmesh.run("mirror", "push", tree, url, "--no-cache", "--cache", out).code())
        .isEqualTo(ExitCode.USAGE);
  }

  /** The seconds that a command takes where time passes only while it waits. */
  private double seconds(String... args) {
    ManualTime time = ManualTime.skipping();
    kmesh.time = time;
    kmesh.ok(args);
    return time.nanoTime() / 1e9;
  }

  @Test
  void rates_areThoseOfTheStore() throws IOException {
    kmesh.file("tree/large", "0123456789".repeat(1000));
    String url = fresh();
    String one = "--threads=1";
    // One second's worth is there at first; attributes are in metadata, but not all.
    assertThat(seconds("mirror", "push", one, "--rate", "1KB", tree, url)).isBetween(9.0, 15.0);
    assertThat(seconds("mirror", "pull", one, "--rate", "1KB", url, out)).isBetween(9.0, 15.0);
    MemoryStore bucket = MemoryStores.bucket(folder.getFileName().toString());
    long before = bucket.totalRequests();
    double took = seconds("mirror", "verify", one, "--request-rate", "1", out, url);
    assertThat(took).isEqualTo((double) (bucket.totalRequests() - before - 1), within(0.01));
    assertThat(seconds("mirror", "verify", one, "--deep", "--rate", "1KB", out, url))
        .isBetween(9.0, 15.0);
  }

  /** A manual clock begins on a Thursday at midnight. */
  @Test
  void rates_byTheHours_waitForTheirHour() throws IOException {
    double seconds =
        seconds(
            "mirror",
            "push",
            "--threads=1",
            "--rate-at=thu 00:00-02:00=0",
            "--rate-zone=UTC",
            tree,
            fresh());
    assertThat(seconds).isBetween(7200.0, 7202.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rate=0 | 0 at all times would never end",
        "--rate=much | much",
        "--request-rate=0 | 1 a second or more",
        "--rate-at=mon | write DAYS FROM-TO=RATE",
        "--rate-zone=Mars | Write one as Europe/Berlin",
      })
  void rates_thatAreNone_areRefused(String option, String words) {
    Ran ran = kmesh.run("mirror", "push", option, tree, fresh());
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains(words);
  }

  @Test
  void push_toADirectory_isAStoreThere() throws IOException {
    String store = "file:" + folder.resolve("objects");
    kmesh.ok("mirror", "push", "file:" + tree, store, "-q");
    assertThat(kmesh.ok("mirror", "pull", store, out, "-q").out()).isEmpty();
    assertThat(folder.resolve("out/b")).hasContent("more");
  }

  @Test
  void delete_removesWhatIsGone() throws IOException {
    String url = fresh();
    kmesh.ok("mirror", "push", tree, url);
    Files.delete(folder.resolve("tree/b"));
    assertThat(kmesh.ok("mirror", "push", tree, url, "--json").json().path("removed").asInt())
        .isZero();
    assertThat(kmesh.ok("mirror", "push", "--delete", tree, url, "--json").json().path("removed"))
        .hasToString("1");
  }

  @Test
  void foreign_bringsWhatOthersStored_andWithoutItEachIsNamed() throws IOException {
    String url = fresh();
    put(url, "theirs");
    Ran refused = kmesh.run("mirror", "pull", url, out);
    assertThat(refused.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(refused.err()).contains("theirs");
    kmesh.ok("mirror", "pull", "--foreign", url, out);
    assertThat(folder.resolve("out/theirs")).hasSize(3);
  }

  @Test
  void keysThatLeadOut_areNamedAndWriteNothing() throws IOException {
    String url = fresh();
    put(url, "../escaped");
    put(url, "a//b");
    Ran ran = kmesh.run("mirror", "pull", "--foreign", url, out, "--json");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.json().path("problems").asInt()).isEqualTo(2);
    assertThat(ran.err()).contains("../escaped", "Remove the object");
    assertThat(folder.resolve("escaped")).doesNotExist();
    assertThat(folder.resolve("out")).isEmptyDirectory();
  }

  @Test
  void whatIsNotThere_isSaid() throws IOException {
    Ran empty = kmesh.run("mirror", "pull", fresh(), out);
    assertThat(empty.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(empty.err()).contains("there is no object. Look at the bucket's");
    assertThat(folder.resolve("out")).doesNotExist();
    Ran folderless = kmesh.run("mirror", "push", out, fresh());
    assertThat(folderless.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(folderless.err()).contains(out + ": it can't be found", "Name a directory");
    Ran storeless = kmesh.run("mirror", "pull", folder.resolve("none").toString(), out);
    assertThat(storeless.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(storeless.err()).contains("there is no such store. Name the right place");
    assertThat(folder.resolve("none")).doesNotExist();
    put(fresh(), "x");
    Ran parentless = kmesh.run("mirror", "pull", fresh(), out + "/x/y");
    assertThat(parentless.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(parentless.err()).contains("Make its parent");
  }

  @Test
  void storeWithinTheTree_isRefused() {
    Ran within = kmesh.run("mirror", "push", tree, tree + "/store");
    assertThat(within.code()).isEqualTo(ExitCode.USAGE);
    assertThat(within.err()).contains("one within the other. Name a store elsewhere");
    assertThat(folder.resolve("tree/store")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mirror | no command is given. Name one: push",
        "mirror push x | Missing required parameter: 'STORE'",
        "mirror push . ftp://x/y | knows no store \"ftp:\"",
        "mirror push mem://a/b mem://c/d | it is no directory of this machine. Name a directory",
        "mirror pull mem://a/b mem://c/d | it is no directory of this machine. Name a directory",
        "mirror push . mem://a/b --threads 0 | with 0 threads: give --threads 1 to 256",
        "mirror push . mem://a/b --memory 1 | --memory 1: A byte budget needs at least 64 KiB",
        "mirror push . mem://a/b --part-size soon | Cannot read the data size \"soon\"",
        "mirror push . mem://a/b --part-size 0 | A part has 1 byte to 1 GiB",
        "mirror push . mem://a/b --dialect gcsfuse | --dialect gcsfuse: Kmesh does not write it. There are: fsx",
        "mirror pull mem://a/b . --on-conflict no | --on-conflict no: there is no such policy. There are: fail, skip",
        "mirror pull mem://a/b . --checksum md5 | --checksum md5: there is no such kind. There are: crc32c, sha256",
        "mirror verify . | Missing required parameter: 'STORE'",
        "mirror push . mem://a/b --frob | Unknown option: '--frob'",
      })
  void usage_namesObjectReasonAndRemedy(String line, String said) {
    Ran ran = kmesh.run(line.split(" "));
    assertThat(ran.err()).contains(said);
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.out()).isEmpty();
  }

  @Test
  void report_hasALineForEachEntry() throws IOException {
    String url = fresh();
    Path file = folder.resolve("report");
    put(url, "b");
    Ran ran = kmesh.run("mirror", "push", tree, url, "--report", file.toString(), "-q");
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    List<JsonNode> lines = Files.readAllLines(file).stream().map(CommandLineTester::parse).toList();
    assertThat(lines.get(0).path("format").asText()).isEqualTo("kmesh-mirror-report");
    assertThat(lines.get(0).path("to").asText()).startsWith(url);
    assertThat(lines.subList(1, lines.size() - 1))
        .extracting(line -> line.path("what").asText() + " " + line.path("path").asText())
        .containsExactlyInAnyOrder("sent ", "sent a", "sent a/file", "conflict b");
    assertThat(lines.get(lines.size() - 1))
        .hasToString(
            "{\"what\":\"end\",\"state\":\"done\",\"bytes\":12,"
                + "\"counts\":{\"sent\":3,\"conflict\":1}}");
  }

  @Test
  void report_thatCantBeWritten_isSaid() {
    Ran ran = kmesh.run("mirror", "push", tree, fresh(), "--report", out + "/x/y");
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("Cannot write the report " + out + "/x/y", "Name a file");
  }

  @Test
  void report_onAFullDisk_isSaid() {
    assumeTrue(Files.exists(Path.of("/dev/full")));
    Ran ran = kmesh.run("mirror", "push", tree, fresh(), "--report", "/dev/full");
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("the report /dev/full", "No space left");
  }

  @Test
  void verify_namesWhatDiffers_byEntryAndAttribute() throws IOException {
    String url = fresh();
    kmesh.ok("mirror", "push", tree, url);
    assertThat(kmesh.ok("mirror", "verify", tree, url, "--deep").out())
        .contains("4 entries, 16 B; 4 equal, 0 different");
    FileTime time = Files.getLastModifiedTime(folder.resolve("tree/b"));
    kmesh.file("tree/b", "MORE");
    Files.setLastModifiedTime(folder.resolve("tree/b"), time);
    Files.delete(folder.resolve("tree/a/file"));
    kmesh.file("tree/a/new", "x");
    Path file = folder.resolve("report");

    Ran ran = kmesh.run("mirror", "verify", tree, url, "--json", "--report", file.toString());

    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.json().path("different").asInt()).isEqualTo(2);
    assertThat(ran.json().path("onlyInTree").asInt()).isEqualTo(1);
    assertThat(ran.json().path("onlyInStore").asInt()).isEqualTo(1);
    assertThat(ran.err())
        .contains("b differs: sha256 ", "a differs: mtime ", "a/new has no object")
        .contains("a/file has no entry");
    assertThat(Files.readString(file))
        .contains("\"what\":\"different\",\"path\":\"b\"", "\"attribute\":\"sha256\"")
        .contains("\"what\":\"only-in-store\"");
  }

  @Test
  void pushPlan_saysWhatIsSent_andChangesNothing() throws IOException {
    String url = fresh();
    JsonNode plan = kmesh.ok("mirror", "push", "--plan", "--json", tree, url).json();
    assertThat(plan.path("bytes").asInt()).isEqualTo(16);
    assertThat(plan.path("requests")).hasToString("{\"list\":1,\"put\":4}");
    assertThat(MemoryStores.bucket(folder.getFileName().toString()).keys()).isEmpty();

    String store = folder.resolve("objects").toString();
    assertThat(kmesh.ok("mirror", "push", "--plan", tree, store).out())
        .contains(
            "Would push ", "to be sent 16 B", "5 requests: 1 list, 4 put. Nothing was changed");
    assertThat(folder.resolve("objects")).doesNotExist();
    assertThat(kmesh.run("mirror", "push", "--plan", tree, store + "/x/y").err())
        .contains("its parent is not there. Make it");
    kmesh.ok("mirror", "push", tree, store);
    assertThat(kmesh.ok("mirror", "push", "--plan", tree, store).out())
        .contains("4 entries were there already", "requests: 1 list");
  }

  @Test
  void pullPlan_saysWhatIsBrought_andChangesNothing() throws IOException {
    String url = fresh();
    kmesh.ok("mirror", "push", tree, url);
    JsonNode plan = kmesh.ok("mirror", "pull", "--plan", "--json", url, out).json();
    assertThat(plan.path("bytes").asInt()).isEqualTo(16);
    assertThat(plan.path("files").asInt()).isEqualTo(2);
    assertThat(plan.path("requests")).hasToString("{\"list\":1,\"read\":2}");
    assertThat(folder.resolve("out")).doesNotExist();
    kmesh.ok("mirror", "pull", url, out);
    assertThat(kmesh.ok("mirror", "pull", "--plan", url, out).out())
        .contains(
            "Would pull ",
            "to be brought 0 B; 4 entries were there already",
            "Nothing was changed");
  }

  @Test
  void conflict_isAFailure_orGoesByThePolicy() throws IOException {
    String url = fresh();
    kmesh.ok("mirror", "push", tree, url);
    kmesh.ok("mirror", "pull", url, out);
    Files.writeString(folder.resolve("out/b"), "changed here");
    Ran refused = kmesh.run("mirror", "pull", url, out);
    assertThat(refused.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(refused.err()).contains("Cannot import b: ", "another policy for conflicts");
    kmesh.ok("mirror", "pull", "--on-conflict", "skip", url, out);
    assertThat(folder.resolve("out/b")).hasContent("changed here");
    kmesh.ok("mirror", "pull", "--on-conflict", "remote-wins", url, out);
    assertThat(folder.resolve("out/b")).hasContent("more");

    put(url, "c");
    kmesh.file("tree/c", "mine");
    assertThat(kmesh.run("mirror", "push", tree, url).code()).isEqualTo(ExitCode.PROBLEMS);
    kmesh.ok("mirror", "push", "--on-conflict", "local-wins", tree, url);
    kmesh.ok("mirror", "verify", tree, url);
  }

  @Test
  void largeFile_isVerifiedByCrc32c_orBySha256WhereAsked() throws IOException {
    kmesh.file("tree/large", "0123456789".repeat(1000));
    String url = fresh();
    kmesh.ok("mirror", "push", "--part-size", "4KiB", tree, url);
    kmesh.ok("mirror", "pull", "--part-size", "4KiB", "--checksum", "sha256", url, out);
    assertThat(folder.resolve("out/large")).hasContent("0123456789".repeat(1000));
    Files.delete(folder.resolve("out/large"));
    kmesh.ok("mirror", "pull", "--part-size", "4KiB", url, out);
    assertThat(folder.resolve("out/large")).hasContent("0123456789".repeat(1000));
  }

  @Test
  void namesThatSomeSystemsTakeForOne_areRefusedWhenAsked() throws IOException {
    kmesh.file("tree/Name", "x");
    kmesh.file("tree/name", "y");
    Ran ran = kmesh.run("mirror", "push", "--portable-names", tree, fresh());
    assertThat(ran.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(ran.err()).contains("Cannot export Name", "Cannot export name");
    kmesh.ok("mirror", "push", tree, fresh());
    assertThat(kmesh.run("mirror", "pull", "--portable-names", fresh(), out).err())
        .contains("Cannot import", "ame");
  }

  @Test
  void progress_onATerminal_isWipedAtTheEnd() {
    kmesh.isTerminal = true;
    Ran ran = kmesh.ok("mirror", "push", tree, fresh());
    assertThat(ran.err()).endsWith("\r\u001b[K");
    assertThat(kmesh.ok("mirror", "push", "-q", tree, fresh()).err()).isEmpty();
  }

  @Test
  void dialect_isSaidBesideKmeshsOwnWords() throws IOException {
    String url = fresh();
    kmesh.ok("mirror", "push", "--dialect", "fsx", tree, url);
    String name = folder.getFileName().toString();
    assertThat(MemoryStores.bucket(name).blocking().head(name + "/b").metadata())
        .containsKeys("file-permissions", "kmesh-mode");
    kmesh.ok("mirror", "verify", tree, url);
  }

  @ParameterizedTest
  @CsvSource({
    "auto, s3://b/p, FSX",
    "auto, az://account/b, AMLFS",
    "auto, gs://b, GOOGLE",
    "auto, file:/tmp, ",
    "auto, /tmp, ",
    "none, s3://b/p, ",
    "rclone, /tmp, RCLONE",
    "rclone, gs://b, RCLONE"
  })
  void dialect_isByDefaultThatOfTheCloudsOwnService(String word, String url, MirrorDialect wanted)
      throws CommandFailure {
    assertThat(MirrorWords.forStore(word, StoreLocation.parse(url)))
        .isEqualTo(Optional.ofNullable(wanted));
  }

  @Test
  void renamedFile_isCopiedByTheStore() throws IOException {
    String url = fresh();
    Files.write(folder.resolve("tree/large"), new byte[200_000]);
    kmesh.ok("mirror", "push", tree, url);
    Files.move(folder.resolve("tree/large"), folder.resolve("tree/new name"));
    JsonNode plan =
        kmesh
            .ok("mirror", "push", "--find-moved", "--delete", "--plan", "--json", tree, url)
            .json();
    assertThat(plan.path("requests").path("copy").asInt()).isEqualTo(1);
    JsonNode done =
        kmesh.ok("mirror", "push", "--find-moved", "--delete", "--json", tree, url).json();
    assertThat(done.path("bytes").asInt()).isZero();
    kmesh.ok("mirror", "verify", tree, url);
  }

  @Test
  void help_hasExamples() {
    assertThat(kmesh.ok("mirror", "push", "--help").out())
        .contains("s3://archive/job42", "--delete");
    assertThat(kmesh.ok("mirror", "pull", "--help").out()).contains("--foreign", "Exit codes");
  }

  @Test
  void interrupted_saysHowToGoOn() {
    kmesh.interruption.raise();
    Ran ran = kmesh.run("mirror", "push", tree, fresh());
    assertThat(ran.code()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(ran.err()).contains("What is done stays; repeat the command to go on");
  }
}
