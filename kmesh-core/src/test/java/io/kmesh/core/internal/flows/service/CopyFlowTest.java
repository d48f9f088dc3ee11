// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowMode;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows whose source is a virtual copy that is kept in a directory. */
class CopyFlowTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final MemoryStore store = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  @TempDir Path dir;
  private Path source;
  private Path target;
  private Kmesh kmesh;

  @BeforeEach
  void open() throws Exception {
    keys.make("site");
    source = Files.createDirectory(dir.resolve("source"));
    target = dir.resolve("target");
    kmesh = again();
    kmesh.repositories().init("repo");
  }

  private Kmesh again() {
    return Kmesh.builder()
        .state(state)
        .flowFolder(dir.resolve("flows"))
        .repository("repo", store, Credential.key(keys, "site"))
        .build();
  }

  @AfterEach
  void close() throws Exception {
    kmesh.close();
    state.close();
    store.close();
    keys.close();
  }

  private VirtualCopy copy() {
    Snapshot snapshot =
        kmesh.snapshots().take("s", Endpoint.directory(source), s -> s.into("repo")).await(LIMIT);
    return kmesh
        .virtualCopies()
        .create("what-if", snapshot, Endpoint.directory(dir.resolve("copy")))
        .await(LIMIT);
  }

  private DataFlow flow(VirtualCopy copy) {
    return kmesh
        .dataFlows()
        .ensure(
            "job",
            f ->
                f.from(Endpoint.virtualCopy(copy.repository(), copy.id()))
                    .to(Endpoint.directory(target))
                    .sync(LIMIT, FlowMode.Sync.OnTimeout.FAIL)
                    .scanPause(Duration.ofMillis(50)));
  }

  private void assertEqual(Map<String, String> expected) throws IOException {
    assertThat(DataFlowTest.facts(target)).isEqualTo(expected);
  }

  @Test
  void copyThatNobodyChanged_isBrought_withAllThatATreeCanHave() throws Exception {
    try (PosixTree tree = PosixTrees.open(source)) {
      HostileTree.fill(tree);
    }
    Files.delete(source.resolve("names/.kmesh-mine")); // no flow has it
    flow(copy()).start().awaitInSync(LIMIT);
    assertEqual(DataFlowTest.facts(source));
    try (PosixTree tree = PosixTrees.open(target.resolve("odd"))) {
      assertThat(tree.stat(PathBytes.of("sparse")).blocks() * 512)
          .as("holes stay holes")
          .isLessThan(HostileTree.SPARSE_SIZE / 4);
    }
  }

  @Test
  void changesInTheCopy_areBrought_whileItIsUsed() throws Exception {
    Files.createDirectories(source.resolve("a/b"));
    Files.writeString(source.resolve("a/b/f"), "as taken");
    Files.writeString(source.resolve("one"), "one");
    Files.createLink(source.resolve("two"), source.resolve("one"));
    Files.write(source.resolve("large"), HostileTree.random(1, 3 << 20));
    VirtualCopy copy = copy();
    DataFlow flow = flow(copy).start();
    flow.awaitInSync(LIMIT);
    long sent = flow.status().logicalBytes();
    try (FileSystem files = copy.fileSystem()) {
      Path large = files.getPath("/large");
      byte[] bytes = Files.readAllBytes(large);
      Files.move(files.getPath("/a"), files.getPath("/moved"));
      Files.writeString(files.getPath("/two"), "both");
      Files.writeString(files.getPath("/new"), "new");
      flow.awaitInSync(LIMIT);
      assertThat(target.resolve("moved/b/f")).hasContent("as taken");
      assertThat(target.resolve("a")).doesNotExist();
      assertThat(target.resolve("one")).hasContent("both");
      assertThat(Files.getAttribute(target.resolve("one"), "unix:ino"))
          .isEqualTo(Files.getAttribute(target.resolve("two"), "unix:ino"));
      assertThat(target.resolve("new")).hasContent("new");
      assertThat(flow.status().logicalBytes() - sent)
          .as("what was moved is not sent")
          .isLessThan(100);
      bytes[2 << 20] ^= 1;
      Files.write(large, bytes);
      Files.delete(files.getPath("/new"));
      flow.barrier("");
      assertThat(target.resolve("large")).hasBinaryContent(bytes);
      assertThat(target.resolve("new")).doesNotExist();
      flow.stop();
      Files.writeString(files.getPath("/late"), "the copy stays open for its user");
    }
    flow.start();
    flow.awaitInSync(LIMIT);
    assertThat(target.resolve("late")).hasContent("the copy stays open for its user");
  }

  @Test
  void restartedProcess_bringsWhatWasChangedMeanwhile() throws Exception {
    Files.writeString(source.resolve("f"), "as taken");
    VirtualCopy copy = copy();
    flow(copy).start().awaitInSync(LIMIT);
    try (FileSystem files = copy.fileSystem()) {
      Files.writeString(files.getPath("/f"), "changed");
      Files.createDirectory(files.getPath("/d"));
      Files.writeString(files.getPath("/d/g"), "new");
    }
    kmesh.close();
    kmesh = again();
    kmesh.dataFlows().find("job").orElseThrow().awaitInSync(LIMIT);
    assertThat(target.resolve("f")).hasContent("changed");
    assertThat(target.resolve("d/g")).hasContent("new");
  }

  @Test
  void writingBySwitchOrWriter_isRefused() throws Exception {
    Files.writeString(source.resolve("f"), "f");
    DataFlow flow = flow(copy()).start();
    assertThatThrownBy(() -> flow.switchDirection(LIMIT))
        .isInstanceOfSatisfying(
            UnsupportedCapabilityException.class,
            e -> assertThat(e.capability()).isEqualTo("flows.to.copy"))
        .hasMessageContaining("to which nothing is brought");
    assertThatThrownBy(() -> flow.openForWriting("new"))
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("Write to the virtual copy's own file system");
  }

  @Test
  void copyThatIsUsedAlready_orGone_isAnErrorOfTheStart() throws Exception {
    Files.writeString(source.resolve("f"), "kept");
    VirtualCopy copy = copy();
    DataFlow flow = flow(copy);
    try (FileSystem files = copy.fileSystem()) {
      assertThat(files.isOpen()).isTrue();
      assertThatThrownBy(flow::start)
          .isInstanceOfSatisfying(
              KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS))
          .hasMessageContaining("it is open already");
    }
    flow.start().awaitInSync(LIMIT);
    flow.stop();
    copy.delete().await(LIMIT);
    assertThatThrownBy(flow::start)
        .isInstanceOfSatisfying(
            KmeshException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
        .hasMessageContaining("Cannot read copy:repo/" + copy.id());
    assertThat(target.resolve("f")).hasContent("kept");
  }
}
