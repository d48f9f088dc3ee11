// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.ChangelogType;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.testkit.lustre.ActionStatus;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process writes, links, archives, releases and restores at random with the coordinators at work,
 * says what is done, and is killed with SIGKILL. What it said is there: contents, HSM states, hard
 * links, records; what it was doing is whole or not there; slots of what it never ended are held
 * until the coordinator is shut down.
 */
@Tag("crash")
class SimHsmKillTest {
  private static final int NAMES = 24;

  /** What a file was said to be. */
  private record Said(String version, String state) {}

  @TempDir Path directory;

  /**
   * The process that is killed. Before an operation it prints {@code ? NAMES}, after it {@code +
   * NAME VERSION STATE} for each name, with the version - for one that is not there.
   */
  public static void main(String[] arguments) throws IOException {
    Random random = new Random(Long.parseLong(arguments[1]));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    try (SimArchive lab = SimArchive.open(Path.of(arguments[0]))) {
      lab.freeSlots();
      for (int version = 0; ; version++) {
        Set<String> names = new TreeSet<>();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
          names.add("f" + random.nextInt(NAMES));
        }
        out.println("? " + String.join(" ", names));
        step(lab, names, random.nextInt(7), arguments[1] + "." + version, random);
        for (String name : names) {
          out.println("+ " + name + " " + lab.version(name) + " " + lab.state(name));
        }
      }
    }
  }

  private static void step(
      SimArchive lab, Set<String> names, int what, String version, Random random)
      throws IOException {
    try (PosixDirectory root = lab.lustre.tree().openRoot()) {
      switch (what) {
        case 0, 1 -> {
          for (String name : names) {
            lab.write(name, version, random.nextInt(9000));
          }
        }
        case 2 -> {
          String name = names.iterator().next();
          if (root.find(name(name)).isPresent()) {
            root.unlink(name(name));
          }
        }
        case 3 -> {
          String name = names.iterator().next();
          if (root.find(name(name)).isPresent() && root.find(name("link-" + name)).isEmpty()) {
            root.link(name(name), root, name("link-" + name));
          }
        }
        case 4 -> lab.run(HsmActionKind.ARCHIVE, names);
        case 5 -> {
          lab.run(HsmActionKind.ARCHIVE, names);
          lab.release(names);
        }
        default -> lab.run(HsmActionKind.RESTORE, names);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void hsm_whenProcessIsKilled_isAsALustreKeepsIt(long seed) throws Exception {
    Random random = new Random(seed);
    Map<String, Said> expected = new TreeMap<>();
    int created = 0;
    for (int run = 0; run < 2; run++) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  SimHsmKillTest.class.getName(),
                  directory.toString(),
                  Long.toString(seed * 100 + run))
              .redirectError(new File(directory + ".log"))
              .start();
      Set<String> unsure = new HashSet<>();
      try (BufferedReader said =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
        int left = 60 + random.nextInt(400);
        for (String line = said.readLine(); line != null; line = said.readLine()) {
          if (left-- == 0) {
            // By its handle: the process itself would close the stream with what it said last.
            process.toHandle().destroyForcibly();
          }
          String[] words = line.split(" ", -1);
          if (words[0].equals("?")) {
            unsure = new HashSet<>(List.of(words).subList(1, words.length));
          } else {
            unsure.remove(words[1]);
            created += !expected.containsKey(words[1]) && !words[2].equals("-") ? 1 : 0;
            if (words[2].equals("-")) {
              expected.remove(words[1]);
            } else {
              expected.put(words[1], new Said(words[2], words[3]));
            }
          }
        }
      }
      assertThat(process.waitFor()).as("see %s.log", directory).isEqualTo(137);
      check(expected, unsure, created);
    }
  }

  private void check(Map<String, Said> expected, Set<String> unsure, int created)
      throws IOException {
    try (SimArchive lab = SimArchive.open(directory)) {
      checkSlots(lab);
      checkRecords(lab, created);
      List<String> released = new ArrayList<>();
      for (int i = 0; i < NAMES; i++) {
        String file = "f" + i;
        if (unsure.contains(file)) {
          expected.remove(file);
          if (lab.isThere(file)) {
            expected.put(file, new Said(lab.version(file), lab.state(file)));
          }
        }
        Said said = expected.get(file);
        assertThat(lab.isThere(file)).as(file).isEqualTo(said != null);
        if (said != null) {
          assertThat(lab.state(file)).as("the state of %s", file).isEqualTo(said.state());
          if (lab.has(file, HsmFlag.RELEASED)) {
            released.add(file);
          } else {
            assertThat(lab.version(file)).as(file).isEqualTo(said.version());
          }
        }
      }
      checkInodes(lab);
      checkAbsence(lab, released);
      lab.run(HsmActionKind.RESTORE, new TreeSet<>(released));
      for (String file : released) {
        assertThat(lab.has(file, HsmFlag.RELEASED)).as(file).isFalse();
        Said said = expected.getOrDefault(file, new Said("", ""));
        if (!unsure.contains(file)) {
          assertThat(lab.version(file)).as("%s, restored", file).isEqualTo(said.version());
        }
        expected.put(file, new Said(lab.version(file), lab.state(file)));
      }
      // What says archived is: it can be released as it is.
      for (Map.Entry<String, Said> file : expected.entrySet()) {
        if (lab.has(file.getKey(), HsmFlag.ARCHIVED) && !lab.has(file.getKey(), HsmFlag.DIRTY)) {
          lab.release(Set.of(file.getKey()));
          file.setValue(new Said(file.getValue().version(), lab.state(file.getKey())));
        }
      }
      assertThat(lab.lustre.coordinator().violations()).isEmpty();
    }
  }

  private static void checkSlots(SimArchive lab) throws IOException {
    for (int mdt : lab.lustre.identity().mdts()) {
      long started =
          lab.lustre.coordinator().actions(mdt).stream()
              .filter(a -> a.status() == ActionStatus.STARTED)
              .count();
      assertThat(lab.lustre.coordinator().activeRequests(mdt)).isEqualTo((int) started);
    }
    lab.freeSlots();
    for (int mdt : lab.lustre.identity().mdts()) {
      assertThat(lab.lustre.coordinator().activeRequests(mdt)).isZero();
    }
  }

  private static void checkRecords(SimArchive lab, int created) throws IOException {
    long last = 0;
    int found = 0;
    try (ChangelogCursor cursor = lab.lustre.changelogs().open(0, 0)) {
      for (List<ChangelogRecord> some = cursor.next(99); !some.isEmpty(); some = cursor.next(99)) {
        for (ChangelogRecord record : some) {
          assertThat(record.index()).isGreaterThan(last);
          last = record.index();
          found += record.typeCode() == ChangelogType.CREAT.code() ? 1 : 0;
        }
      }
    }
    assertThat(found).as("records of files that were made").isGreaterThanOrEqualTo(created);
  }

  /** No volatile or nameless file is left; hard links have one FID and the right count. */
  private static void checkInodes(SimArchive lab) throws IOException {
    Map<Fid, Integer> names = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
    try (PosixDirectory root = lab.lustre.tree().openRoot()) {
      for (int i = 0; i < NAMES; i++) {
        for (String file : List.of("f" + i, "link-f" + i)) {
          if (root.find(name(file)).isPresent()) {
            names.merge(lab.lustre.identity().fid(name(file)), 1, Integer::sum);
          }
        }
      }
    }
    for (Map.Entry<Fid, Integer> entry : names.entrySet()) {
      FileStat stat = lab.lustre.identity().stat(entry.getKey());
      assertThat(stat.links()).isEqualTo((long) entry.getValue());
      assertThat(lab.lustre.identity().paths(entry.getKey())).hasSize(entry.getValue());
    }
    long inodes =
        lab.lustre.usage().targets().stream()
            .filter(t -> t.kind() == TargetUsage.Kind.MDT)
            .mapToLong(TargetUsage::inodesUsed)
            .sum();
    assertThat(inodes).as("inodes, with the root").isEqualTo(names.size() + 1L);
  }

  /** No byte of a released file is below the backing directory. */
  private void checkAbsence(SimArchive lab, List<String> released) throws IOException {
    List<String> objects = new ArrayList<>();
    for (String folder : List.of("objects", "spare", "overflow")) {
      Path at = directory.resolve("fs").resolve(folder);
      if (Files.isDirectory(at)) {
        try (var paths = Files.walk(at)) {
          for (Path path : paths.filter(Files::isRegularFile).toList()) {
            String content = Files.readString(path, StandardCharsets.US_ASCII);
            assertThat(folder.equals("spare") && !content.isEmpty()).as("%s", path).isFalse();
            objects.add(content);
          }
        }
      }
    }
    for (String file : released) {
      String inArchive = lab.archived(lab.lustre.identity().fid(name(file)));
      assertThat(inArchive).startsWith(SimArchive.MARK);
      assertThat(objects).as(file).doesNotContain(inArchive);
      assertThat(lab.lustre.identity().stat(lab.lustre.identity().fid(name(file))).size())
          .isEqualTo(inArchive.length());
    }
  }
}
