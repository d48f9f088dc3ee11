// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.MirrorTreeReport;
import io.kmesh.engine.TreeCopy;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of each entry of an export or import. */
class MirrorOutcomeTest {
  private final MemoryStore store = MemoryStore.create();
  private final ConcurrentLinkedQueue<MirrorOutcome> told = new ConcurrentLinkedQueue<>();
  @TempDir private Path dir;
  private PosixTree source;
  private PosixTree target;

  @BeforeEach
  void fill() throws IOException {
    source = JnaPosix.open(Files.createDirectory(dir.resolve("source")));
    target = JnaPosix.open(Files.createDirectory(dir.resolve("target")));
    Files.createDirectory(at("d"));
    Files.writeString(at("d/file"), "hello");
    Files.write(at("large"), MirrorFixture.random(1, 200_000));
    Files.createSymbolicLink(at("link"), Path.of("d/file"));
    Files.createLink(at("second"), at("d/file"));
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    target.close();
    store.close();
  }

  private Path at(String path) {
    return dir.resolve("source").resolve(path);
  }

  private MirrorTree mirror() {
    told.clear();
    return MirrorTree.in(store, MirrorFixture.STILL)
        .prefix("p/")
        .partSize(DataSize.ofKib(64))
        .onOutcome(told::add);
  }

  private Map<String, What> byPath() {
    return told.stream()
        .filter(o -> o.what() != What.NOTE)
        .collect(Collectors.toMap(o -> o.path().orElseThrow().toString(), MirrorOutcome::what));
  }

  private long count(What what) {
    return told.stream().filter(o -> o.what() == what).count();
  }

  private long bytes() {
    return told.stream().filter(o -> o.what() == What.SENT).mapToLong(MirrorOutcome::bytes).sum();
  }

  @Test
  void everyEntry_hasOneOutcome_andTheCountsAreThoseOfTheReport() throws IOException {
    MirrorTreeReport out = mirror().export(source, PathBytes.EMPTY);
    assertThat(byPath())
        .hasSize(6)
        .allSatisfy((path, what) -> assertThat(what).isEqualTo(What.SENT));
    assertThat(bytes()).isEqualTo(out.bytes()).isEqualTo(200_005);
    assertThat(told)
        .extracting(MirrorOutcome::key)
        .contains("p/.kmesh/root", "p/d/", "p/d/file", "p/large", "p/link", "p/second");

    MirrorTreeReport again = mirror().export(source, PathBytes.EMPTY);
    assertThat(count(What.EQUAL)).isEqualTo(6).isEqualTo(again.equal());

    MirrorTreeReport in = mirror().importTo(target, PathBytes.EMPTY);
    assertThat(byPath()).containsOnlyKeys("", "d", "d/file", "large", "link", "second");
    assertThat(bytes()).isEqualTo(in.bytes()).isEqualTo(200_005);

    MirrorTreeReport equal = mirror().importTo(target, PathBytes.EMPTY);
    assertThat(count(What.EQUAL)).isEqualTo(6).isEqualTo(equal.equal());

    Files.delete(at("large"));
    mirror().removeGone().export(source, PathBytes.EMPTY);
    assertThat(byPath()).containsEntry("large", What.REMOVED).containsEntry("d", What.EQUAL);
  }

  @Test
  void whatMayNotBeRead_isEqualWhereItWasStored_andElseSkipped() throws IOException {
    mirror().export(source, PathBytes.EMPTY);
    MirrorTreeReport again =
        mirror().readable((directory, name, stat) -> false).export(source, PathBytes.EMPTY);
    assertThat(again.failed()).isEmpty();
    assertThat(again.equal()).isEqualTo(6);

    Files.setLastModifiedTime(at("large"), java.nio.file.attribute.FileTime.fromMillis(5_000));
    mirror().readable((directory, name, stat) -> false).export(source, PathBytes.EMPTY);
    assertThat(byPath()).containsEntry("large", What.SKIPPED).containsEntry("d/file", What.EQUAL);
  }

  @Test
  void attributesAlone_areSentWithoutBytes() throws IOException {
    mirror().export(source, PathBytes.EMPTY);
    mirror().importTo(target, PathBytes.EMPTY);
    dir.resolve("target/large").toFile().setWritable(false);
    Files.setLastModifiedTime(
        dir.resolve("target/d"), java.nio.file.attribute.FileTime.fromMillis(5));
    mirror().importTo(target, PathBytes.EMPTY);
    assertThat(byPath())
        .containsEntry("large", What.SENT)
        .containsEntry("d", What.SENT)
        .containsEntry("d/file", What.EQUAL);
    assertThat(bytes()).isZero();
  }

  @Test
  void failures_haveReasonAndRemedy() throws IOException {
    store.blocking().put("p/a//b", ByteBuffer.allocate(1), PutOptions.NONE);
    store.blocking().put("p/theirs", ByteBuffer.allocate(1), PutOptions.NONE);
    mirror().foreign().importTo(target, PathBytes.EMPTY);
    MirrorOutcome failed =
        told.stream().filter(o -> o.what() == What.FAILED).findFirst().orElseThrow();
    assertThat(failed.key()).isEqualTo("p/a//b");
    assertThat(failed.path()).isEmpty();
    assertThat(failed.reason()).startsWith("Cannot use the object").endsWith("is empty.");
    assertThat(failed.remedy()).isEqualTo("Remove the object.");

    mirror().removeGone().export(source, PathBytes.EMPTY);
    assertThat(byPathOf("theirs")).isEqualTo(What.SKIPPED);
    assertThat(store.keys()).contains("p/theirs");
  }

  @Test
  void countFirst_letsProgressKnowTheWhole() throws IOException {
    List<TreeCopy.Progress> seen = new CopyOnWriteArrayList<>();
    mirror().threads(1).countFirst().onProgress(seen::add).export(source, PathBytes.EMPTY);
    TreeCopy.Progress out = seen.get(seen.size() - 1);
    // The second name of a file counts with its bytes, and is sent without.
    assertThat(out).isEqualTo(new TreeCopy.Progress(6, 200_005, 6, 200_010));
    mirror().threads(1).countFirst().onProgress(seen::add).importTo(target, PathBytes.EMPTY);
    TreeCopy.Progress in = seen.get(seen.size() - 1);
    assertThat(in.entries()).isEqualTo(in.totalEntries()).isEqualTo(6);
    mirror().threads(1).countFirst().onProgress(seen::add).verify(target, PathBytes.EMPTY);
    TreeCopy.Progress compared = seen.get(seen.size() - 1);
    assertThat(compared.entries()).isEqualTo(compared.totalEntries()).isEqualTo(6);
  }

  private What byPathOf(String path) {
    return told.stream()
        .filter(o -> o.path().filter(PathBytes.of(path)::equals).isPresent())
        .findFirst()
        .orElseThrow()
        .what();
  }

  @Test
  void kinds_tellConflictsAndWhatIsLeftAlone() {
    assertThat(
            List.of(ErrorKind.EXISTS, ErrorKind.PRECONDITION, ErrorKind.ARCHIVED, ErrorKind.DENIED)
                .stream()
                .map(kind -> Outcomes.of(new ProviderException(kind, "x"))))
        .containsExactly(What.CONFLICT, What.CONFLICT, What.SKIPPED, What.FAILED);
  }

  @Test
  void messages_areCutWhereTheRemedyBegins() {
    assertThat(cut("Cannot use a. B: it is 1. 2 big. Remove it."))
        .containsExactly("Cannot use a. B: it is 1. 2 big.", "Remove it.");
    assertThat(cut("Cannot use a. B: none.")).containsExactly("Cannot use a. B: none.", "");
    assertThat(cut("plain. Words")).containsExactly("plain. Words", "");
    assertThat(cut("")).containsExactly("", "");
  }

  private List<String> cut(String message) {
    told.clear();
    new Outcomes(told::add).tell(What.FAILED, new Subject("n", null, "k"), message);
    MirrorOutcome outcome = told.element();
    return List.of(outcome.reason(), outcome.remedy());
  }
}
