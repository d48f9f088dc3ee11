// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.SpecConflictException;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.transfer.TreeFacts;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.DeleteGuard;
import io.kmesh.flows.FlowRemains;
import io.kmesh.flows.FlowState;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFlowTest {
  private static final Pattern DISPLACED =
      Pattern.compile(" is \\.kmesh-flow-[^/]+/displaced/\\S+");
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path dir;
  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private Path source;
  private Path target;

  @BeforeEach
  void makeSource() throws IOException {
    source = Files.createDirectory(dir.resolve("source"));
    target = dir.resolve("target");
    Files.createDirectories(source.resolve("a/b/c"));
    Files.writeString(source.resolve("a/one"), "one");
    Files.writeString(source.resolve("a/b/two"), "two".repeat(5000));
    Files.write(source.resolve("large"), new byte[5 << 20]);
    Files.createLink(source.resolve("a/b/c/again"), source.resolve("a/one"));
    Files.createSymbolicLink(source.resolve("link"), Path.of("a/none"));
    Files.writeString(source.resolve("empty"), "");
  }

  private Kmesh open() {
    return open(RunningTime.instance());
  }

  private Kmesh open(KmeshTime time) {
    return Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).time(time).build();
  }

  private DataFlow flow(Kmesh kmesh) {
    return kmesh
        .dataFlows()
        .ensure(
            "job",
            f ->
                f.from(Endpoint.directory(source))
                    .to(Endpoint.directory(target))
                    .async()
                    .scanPause(Duration.ofMillis(50)));
  }

  static Map<String, String> facts(Path directory) throws IOException {
    Map<String, String> facts = new TreeMap<>();
    try (PosixTree tree = PosixTrees.open(directory)) {
      TreeFacts.of(tree, PathBytes.EMPTY)
          .forEach(
              (path, line) -> {
                if (!path.startsWith(".kmesh-")) {
                  facts.put(path, line.replaceAll(" atime FileTime\\[[^]]*\\]", ""));
                }
              });
    }
    nameByVisible(facts);
    return facts;
  }

  /** What was displaced may be a further name of a file that users see; they don't see that one. */
  private static void nameByVisible(Map<String, String> facts) {
    Map<String, List<String>> groups = new TreeMap<>();
    facts.forEach(
        (path, line) -> {
          Matcher of = DISPLACED.matcher(line);
          if (of.find()) {
            groups.computeIfAbsent(of.group(), g -> new ArrayList<>()).add(path);
          }
        });
    groups.forEach(
        (group, paths) -> {
          String name = paths.size() == 1 ? "" : " is " + paths.get(0);
          paths.forEach(path -> facts.computeIfPresent(path, (p, l) -> l.replace(group, name)));
        });
  }

  private void assertEqual() throws IOException {
    assertThat(facts(target)).isEqualTo(facts(source));
  }

  @Test
  void startedFlow_bringsTheTree_andWhatChangesLater() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh).start();
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(flow.status().logicalBytes()).isGreaterThan(5 << 20);

      Files.writeString(source.resolve("a/one"), "1", StandardOpenOption.TRUNCATE_EXISTING);
      Files.move(source.resolve("a/b"), source.resolve("moved"));
      Files.delete(source.resolve("link"));
      Files.move(
          source.resolve("empty"), source.resolve("large"), StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(
          source.resolve("moved/two"), PosixFilePermissions.fromString("r--r-----"));
      Files.createDirectory(source.resolve("new"));
      Files.writeString(source.resolve("new/file"), "new");
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
    }
  }

  @Test
  void flowThatRan_goesOnInTheNextProcess_andSendsWhatChangedAlone() throws Exception {
    try (Kmesh kmesh = open(new LaterTime())) {
      flow(kmesh).start().awaitInSync(LIMIT);
    }
    Files.writeString(source.resolve("a/late"), "late");
    try (Kmesh kmesh = open(new LaterTime())) {
      DataFlow flow = flow(kmesh);
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(flow.status().logicalBytes()).isEqualTo(4);
      flow.stop();
      assertThat(flow.status().state()).isEqualTo(FlowState.STOPPED);
      assertThatThrownBy(() -> flow.awaitInSync(LIMIT)).hasMessageContaining("does not run");
    }
    try (Kmesh kmesh = open()) {
      assertThat(flow(kmesh).status().state()).isEqualTo(FlowState.STOPPED);
    }
  }

  @Test
  void manyDeletions_areHeldUntilTheyAreConfirmed() throws Exception {
    for (int i = 0; i < 30; i++) {
      Files.writeString(source.resolve("a/file" + i), "x");
    }
    try (Kmesh kmesh = open()) {
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "job",
                  f ->
                      f.from(Endpoint.directory(source))
                          .to(Endpoint.directory(target))
                          .scanPause(Duration.ofMillis(50))
                          .deleteGuard(new DeleteGuard(10, new Percent(10))))
              .start();
      flow.awaitInSync(LIMIT);
      flow.stop();
      for (int i = 0; i < 30; i++) {
        Files.delete(source.resolve("a/file" + i));
      }
      flow.start().awaitInSync(LIMIT);
      assertThat(flow.status().state()).isEqualTo(FlowState.HOLDING);
      assertThat(flow.status().deletionsHeld()).isEqualTo(30);
      assertThat(flow.status().reason()).contains("a/file");
      assertThat(target.resolve("a/file7")).exists();
      flow.confirmDeletions();
      flow.awaitInSync(LIMIT);
      assertEqual();
      assertThat(flow.status().state()).isEqualTo(FlowState.FOLLOWING);
    }
  }

  @Test
  void deletedFlow_leavesBothTrees() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh).start();
      flow.awaitInSync(LIMIT);
      assertThat(flow.delete()).isEqualTo(FlowRemains.NONE);
      assertThat(kmesh.dataFlows().find("job")).isEmpty();
      assertThat(kmesh.dataFlows().list()).isEmpty();
      assertEqual();
      assertThat(own(target)).isEmpty();
      assertThat(own(source)).isEmpty();
    }
    assertThat(dir.resolve("flows")).isEmptyDirectory();
  }

  /** What is in a tree's top that no user made. */
  private static List<String> own(Path tree) throws IOException {
    try (Stream<Path> all = Files.list(tree)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith(".kmesh"))
          .toList();
    }
  }

  @Test
  void deletedFlow_keepsWhatItMovedAside_andNamesTheFolder() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh).start();
      flow.awaitInSync(LIMIT);
      Files.writeString(target.resolve("a/b/two"), "written by somebody else");
      Files.writeString(source.resolve("a/b/two"), "written at the source");
      flow.awaitInSync(LIMIT);
      FlowRemains remains = flow.delete();
      assertThat(own(target)).hasSize(1);
      Path hidden = target.resolve(own(target).get(0));
      assertThat(remains.kept())
          .singleElement()
          .satisfies(
              one -> {
                assertThat(one.path()).isEqualTo(hidden.toString());
                assertThat(one.reason()).startsWith("1 entry that the flow moved out of its way");
              });
      try (Stream<Path> kept = Files.list(hidden.resolve("displaced"))) {
        assertThat(kept)
            .singleElement()
            .satisfies(one -> assertThat(one).hasContent("written by somebody else"));
      }
    }
  }

  @Test
  void ensure_refusesWhatCannotBe() {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh);
      assertThat(flow(kmesh).spec()).isEqualTo(flow.spec());
      assertThatThrownBy(
              () ->
                  kmesh
                      .dataFlows()
                      .ensure("job", flow.spec().toBuilder().async(Duration.ofHours(1)).build()))
          .isInstanceOfSatisfying(
              SpecConflictException.class, e -> assertThat(e.fields()).containsExactly("mode"));
      assertThatThrownBy(
              () ->
                  kmesh
                      .dataFlows()
                      .ensure(
                          "in",
                          f ->
                              f.from(Endpoint.directory(source))
                                  .to(Endpoint.directory(source.resolve("a/copy")))))
          .isInstanceOf(UnsupportedCapabilityException.class)
          .hasMessageContaining("one is within the other");
      assertThatThrownBy(() -> kmesh.dataFlows().ensure("A/B", flow.spec()))
          .hasMessageContaining("Cannot name a data flow");
    }
  }

  @Test
  void flowBetweenLustres_followsByChangelog() throws Exception {
    try (SimulatedLustre lab =
            SimulatedLustre.builder(dir.resolve("lab")).mdts(2, DataSize.ofGib(1)).open();
        SimulatedLustre burst = SimulatedLustre.at(dir.resolve("burst"));
        Kmesh kmesh = open()) {
      String first = lab.changelogAdmin().register(0, Optional.empty());
      String second = lab.changelogAdmin().register(1, Optional.empty());
      kmesh.clusters().attach("lab", lab);
      kmesh.clusters().attach("burst", burst);
      try (PosixDirectory root = lab.tree().openRoot()) {
        root.makeDirectory(PathBytes.of("job"), 0755);
      }
      write(lab, "job/one", "one");
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "job",
                  f ->
                      f.from(new Endpoint.LustrePath("lab", PathBytes.of("job")))
                          .to(new Endpoint.LustrePath("burst", PathBytes.of("copy")))
                          .changelogUser(0, first)
                          .changelogUser(1, second))
              .start();
      flow.awaitInSync(LIMIT);
      write(lab, "job/two", "two");
      try (PosixDirectory job = lab.tree().openDirectory(PathBytes.of("job"))) {
        job.rename(PathBytes.of("one"), job, PathBytes.of("moved"), RenameMode.REPLACE);
      }
      flow.awaitInSync(LIMIT);
      assertThat(lustreFacts(burst, "copy")).isEqualTo(lustreFacts(lab, "job"));
      assertThat(lustreFacts(burst, "copy")).containsKeys("two", "moved");
      assertThat(flow.status().logicalBytes()).isEqualTo(6);
    }
  }

  @Test
  void releasedFile_isNamed_andNotRecalled() throws Exception {
    try (SimulatedLustre lab = SimulatedLustre.at(dir.resolve("lab"));
        Kmesh kmesh = open()) {
      kmesh.clusters().attach("lab", lab);
      write(lab, "here", "here");
      Fid stub =
          lab.hsm()
              .importStub(
                  PathBytes.of("stub"),
                  ArchiveId.of(1),
                  new ImportAttributes(0644, 0, 0, 5000, new FileTime(7, 0), new FileTime(7, 0)),
                  Layout.plain(1));
      DataFlow flow =
          kmesh
              .dataFlows()
              .ensure(
                  "job",
                  f ->
                      f.from(new Endpoint.LustrePath("lab", PathBytes.EMPTY))
                          .to(Endpoint.directory(target)))
              .start();
      assertThatThrownBy(() -> flow.awaitInSync(LIMIT)).hasMessageContaining("1 entries");
      assertThat(target.resolve("here")).hasContent("here");
      assertThat(target.resolve("stub")).doesNotExist();
      assertThat(flow.status().problems())
          .anySatisfy(
              p -> {
                assertThat(p.path()).isEqualTo("stub");
                assertThat(p.reason()).contains("released");
              });
      assertThat(lab.hsm().state(stub).flags()).contains(HsmFlag.RELEASED);
    }
  }

  private static void write(SimulatedLustre lustre, String path, String text) throws IOException {
    try (PosixFile file =
        lustre.tree().openFile(PathBytes.of(path), Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }
  }

  private static Map<String, String> lustreFacts(SimulatedLustre lustre, String path)
      throws IOException {
    Map<String, String> facts = new TreeMap<>();
    TreeFacts.of(lustre.tree(), PathBytes.of(path))
        .forEach(
            (name, line) -> {
              if (!name.startsWith(".kmesh-")) {
                facts.put(name, line.replaceAll(" atime FileTime\\[[^]]*\\]", ""));
              }
            });
    return facts;
  }
}
