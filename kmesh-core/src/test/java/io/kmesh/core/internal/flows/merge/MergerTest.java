// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.core.internal.flows.merge.Conflict.Action;
import io.kmesh.core.internal.flows.merge.Conflict.Kind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Each rule of a merge by itself, at two sites that change the same and then hear of each other.
 */
class MergerTest {
  private ModelSite a;
  private ModelSite b;

  private void sites(MergePolicy policy) throws IOException {
    a = new ModelSite(1, policy, new ModelSite.Bytes());
    b = new ModelSite(2, policy, new ModelSite.Bytes());
    a.clock = 100;
    b.clock = 200;
  }

  private static Link link(String name) {
    return new Link(NodeId.ROOT, PathBytes.of(name));
  }

  private static Link in(ModelSite site, Link directory, String name) throws IOException {
    return new Link(site.at(directory).id(), PathBytes.of(name));
  }

  private static void file(ModelSite site, Link link, long size) throws IOException {
    site.create(link, FileType.REGULAR, size, site.clock);
  }

  private static void directory(ModelSite site, Link link) throws IOException {
    site.create(link, FileType.DIRECTORY, 0, site.clock);
  }

  private static void rename(ModelSite site, Link from, Link to) throws IOException {
    site.name(to, site.at(from).id());
    site.name(from, null);
  }

  /** Lets both tell each other until nothing is new, and gives the paths that they agree on. */
  private Set<String> agree() throws IOException {
    a.commit();
    b.commit();
    long before;
    do {
      before = a.lastSeq() + b.lastSeq();
      b.take(a.batch(b.storedOf(a), Integer.MAX_VALUE));
      b.commit();
      a.take(b.batch(a.storedOf(b), Integer.MAX_VALUE));
      a.commit();
    } while (before != a.lastSeq() + b.lastSeq());
    assertThat(a.registers()).isEqualTo(b.registers());
    assertThat(a.tree()).isEqualTo(b.tree());
    return a.tree().keySet();
  }

  private List<String> conflicts() {
    List<String> all = new ArrayList<>();
    for (ModelSite site : List.of(a, b)) {
      site.conflicts.forEach(c -> all.add(c.kind() + " " + c.action()));
    }
    return all;
  }

  private long size(String name) throws IOException {
    return a.at(link(name)).content().size();
  }

  @Test
  void changes_thatAreNotConcurrent_areNoConflict() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    file(a, link("x"), 1);
    agree();
    b.write(link("x"), 2);
    agree();
    rename(a, link("x"), link("y"));
    assertThat(agree()).containsExactly("/y");
    assertThat(size("y")).isEqualTo(2);
    b.name(link("y"), null);
    assertThat(agree()).isEmpty();
    assertThat(conflicts()).isEmpty();
  }

  @Test
  void bytesThatLost_areAConflictWhereTheyWereWritten_thoughTheyWereJoinedElsewhere()
      throws IOException {
    sites(MergePolicy.NEWEST);
    file(a, link("x"), 1);
    agree();
    a.write(link("x"), 2);
    a.commit();
    b.write(link("x"), 3);
    b.commit();
    b.take(a.batch(b.storedOf(a), Integer.MAX_VALUE)); // the first hears of what came of it alone
    b.commit();
    agree();
    assertThat(size("x")).isEqualTo(3);
    assertThat(a.conflicts)
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.kind()).isEqualTo(Kind.CONTENT);
              assertThat(found.action()).isEqualTo(Action.DROPPED);
              assertThat(found.loserVersion().origin().replica()).isEqualTo(1);
              assertThat(found.winnerVersion()).isEqualTo(Version.NONE); // who decided lists it
            });
  }

  @Test
  void lossOfBytesThatNobodyCanHaveWritten_isNone() throws IOException {
    sites(MergePolicy.NEWEST);
    file(a, link("x"), 1);
    agree();
    for (long number : new long[] {0, -1, Long.MIN_VALUE}) {
      Link grave = Marks.grave(new NodeId(1, number));
      Version told = new Version(new Dot(2, 99), VersionVector.of(2, 99));
      a.take(
          new ModelSite.Batch(
              2,
              0,
              true,
              List.of(
                  new Dirent(
                      grave, null, a.at(link("x")).id(), VersionVector.EMPTY, told, null, 0))));
    }
    assertThat(a.conflicts).isEmpty();
  }

  @Test
  void files_underOneName_areBothKept_orTheNewerOne() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    file(a, link("x"), 1);
    file(b, link("x"), 2);
    assertThat(agree())
        .hasSize(2)
        .contains("/x")
        .anyMatch(path -> path.matches("/x\\.conflict-s1-[0-9a-f]{8}"));
    assertThat(size("x")).isEqualTo(2);
    assertThat(conflicts()).contains("NAME KEPT").doesNotContain("REMOVAL KEPT");

    sites(MergePolicy.NEWEST);
    file(a, link("x"), 1);
    file(b, link("x"), 2);
    assertThat(agree()).containsExactly("/x");
    assertThat(size("x")).isEqualTo(2);
    assertThat(conflicts()).contains("NAME DROPPED");

    sites(MergePolicy.sites(List.of(1L)));
    file(a, link("x"), 1);
    file(b, link("x"), 2);
    assertThat(agree()).containsExactly("/x");
    assertThat(size("x")).isEqualTo(1);
  }

  @Test
  void files_underOneName_areOneConflict_whicheverSiteDecides() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    file(a, link("x"), 1);
    file(b, link("x"), 2);
    a.commit();
    b.commit();
    a.take(b.batch(0, Integer.MAX_VALUE)); // the site of the loser decides first
    a.commit();
    assertThat(agree()).hasSize(2);
    assertThat(conflicts()).isNotEmpty().allMatch("NAME KEPT"::equals);
    assertThat(a.conflicts.get(0).link()).isEqualTo(link("x"));
  }

  @Test
  void fileThatLostItsName_whereItsNewOneIsNotKnownYet_isNoRemoval() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    file(a, link("x"), 1);
    a.commit();
    ModelSite middle = new ModelSite(3, MergePolicy.KEEP_BOTH, new ModelSite.Bytes());
    middle.take(a.batch(0, Integer.MAX_VALUE));
    middle.commit();
    file(b, link("x"), 2);
    b.commit();
    middle.take(b.batch(0, Integer.MAX_VALUE));
    middle.commitPart(); // it decided, and has more of the same to hear
    a.take(middle.batch(0, Integer.MAX_VALUE));
    a.commit();
    middle.commit();
    a.take(middle.batch(a.storedOf(middle), Integer.MAX_VALUE));
    a.commit();
    assertThat(a.sizes()).containsExactlyInAnyOrder(1L, 2L);
    assertThat(a.tree().keySet()).hasSize(2).isEqualTo(middle.tree().keySet());
    assertThat(a.conflicts).isEmpty();
    assertThat(middle.conflicts).extracting(Conflict::kind).containsExactly(Kind.NAME);
  }

  @Test
  void filesInDirectoriesThatBecameOne_areOneConflict_andNoRemoval() throws IOException {
    for (boolean isLate : new boolean[] {false, true}) {
      sites(MergePolicy.KEEP_BOTH);
      directory(a, link("d"));
      directory(b, link("d"));
      file(a, in(a, link("d"), "x"), isLate ? 2 : 1);
      file(b, in(b, link("d"), "x"), isLate ? 1 : 2);
      assertThat(agree()).hasSize(3);
      assertThat(conflicts()).isNotEmpty().allMatch("NAME KEPT"::equals);
    }
  }

  @Test
  void equalFiles_underOneName_areJoined() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    for (ModelSite site : List.of(a, b)) {
      site.create(link("x"), FileType.REGULAR, 5, 7);
      site.create(link("l"), FileType.SYMLINK, 5, 7);
    }
    assertThat(agree()).containsExactly("/l", "/x");
    b.write(link("x"), 6);
    assertThat(agree()).containsExactly("/l", "/x");
    assertThat(size("x")).isEqualTo(6);
    assertThat(conflicts()).containsOnly("NAME JOINED");
  }

  @Test
  void directories_underOneName_areJoined_alsoWhatIsMadeInThemLater() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    directory(a, link("d"));
    file(a, in(a, link("d"), "one"), 1);
    directory(b, link("d"));
    file(b, in(b, link("d"), "two"), 2);
    directory(b, in(b, link("d"), "sub"));
    assertThat(agree()).containsExactly("/d", "/d/one", "/d/sub", "/d/two");
    assertThat(conflicts()).isEmpty();

    // A site that has not heard of it makes more in the directory that is no more.
    sites(MergePolicy.KEEP_BOTH);
    ModelSite c = new ModelSite(3, MergePolicy.KEEP_BOTH, new ModelSite.Bytes());
    directory(a, link("d"));
    directory(b, link("d"));
    b.commit();
    c.take(b.batch(0, Integer.MAX_VALUE));
    agree();
    file(c, in(c, link("d"), "three"), 3);
    c.commit();
    a.take(c.batch(0, Integer.MAX_VALUE));
    assertThat(agree()).containsExactly("/d", "/d/three");
  }

  @Test
  void directoryAgainstFile_hasTheName() throws IOException {
    for (MergePolicy policy : List.of(MergePolicy.KEEP_BOTH, MergePolicy.NEWEST)) {
      sites(policy);
      directory(a, link("x"));
      file(b, link("x"), 2);
      assertThat(agree()).hasSize(2).contains("/x");
      assertThat(a.at(link("x")).isDirectory()).isTrue();
      assertThat(a.sizes()).containsExactly(2L);
    }
  }

  @Test
  void bytes_writtenTwice_areBothKept_orTheNewerOnes() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    file(a, link("x"), 1);
    agree();
    a.write(link("x"), 2);
    b.write(link("x"), 3);
    a.chmod(link("x"), 0600);
    assertThat(agree()).hasSize(2);
    assertThat(size("x")).isEqualTo(3);
    assertThat(a.sizes()).containsExactlyInAnyOrder(2L, 3L);
    assertThat(a.at(link("x")).attributes().mode()).isEqualTo(0600);
    Conflict found =
        b.conflicts.stream().filter(c -> c.kind() == Kind.CONTENT).findAny().orElseThrow();
    assertThat(found.action()).isEqualTo(Action.KEPT);
    assertThat(found.link()).isEqualTo(link("x"));
    assertThat(found.loserVersion().origin().replica()).isEqualTo(1);

    sites(MergePolicy.NEWEST);
    file(a, link("x"), 1);
    agree();
    a.write(link("x"), 2);
    b.write(link("x"), 3);
    assertThat(agree()).containsExactly("/x");
    assertThat(size("x")).isEqualTo(3);
  }

  @Test
  void removal_againstAWrite_loses() throws IOException {
    sites(MergePolicy.NEWEST);
    file(a, link("x"), 1);
    agree();
    a.name(link("x"), null);
    b.write(link("x"), 2);
    assertThat(agree()).containsExactly("/x");
    assertThat(size("x")).isEqualTo(2);
    assertThat(conflicts()).contains("REMOVAL KEPT");
    b.name(link("x"), null);
    assertThat(agree()).isEmpty();
  }

  @Test
  void replacement_againstAWrite_keepsBoth() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    file(a, link("x"), 1);
    agree();
    file(a, link("new"), 2);
    rename(a, link("new"), link("x"));
    b.write(link("x"), 3);
    assertThat(agree()).hasSize(2);
    assertThat(size("x")).isEqualTo(2);
    assertThat(a.sizes()).containsExactlyInAnyOrder(2L, 3L);
  }

  @Test
  void removalOfADirectory_againstAFileInIt_loses() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    directory(a, link("d"));
    directory(a, in(a, link("d"), "e"));
    file(a, in(a, link("d"), "old"), 1);
    agree();
    a.removeAll(link("d"));
    file(b, in(b, in(b, link("d"), "e"), "new"), 2);
    assertThat(agree()).containsExactly("/d", "/d/e", "/d/e/new");
  }

  @Test
  void directory_movedToTwoPlaces_isAtOne() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    directory(a, link("d"));
    file(a, in(a, link("d"), "f"), 1);
    agree();
    rename(a, link("d"), link("one"));
    rename(b, link("d"), link("two"));
    assertThat(agree()).hasSize(2).allMatch(path -> path.matches("/(one|two)(/f)?"));
    assertThat(conflicts()).contains("MOVE DROPPED");
  }

  @Test
  void directories_movedIntoEachOther_areNoCircle() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    directory(a, link("d"));
    directory(a, link("e"));
    file(a, in(a, link("d"), "f"), 1);
    agree();
    rename(a, link("d"), in(a, link("e"), "d"));
    rename(b, link("e"), in(b, link("d"), "e"));
    Set<String> tree = agree();
    assertThat(tree).hasSize(3).anyMatch(path -> path.matches("/[de]\\.conflict-s1-.*"));
    assertThat(a.sizes()).containsExactly(1L);
    assertThat(conflicts()).contains("CIRCLE KEPT");
  }

  @Test
  void joinedValue_losesToWhatWasWrittenOverIt() throws IOException {
    // c writes over b's bytes; a has joined b's bytes with its own: what c wrote stands for b's.
    sites(MergePolicy.NEWEST);
    file(a, link("x"), 1);
    agree();
    ModelSite c = new ModelSite(3, MergePolicy.NEWEST, new ModelSite.Bytes());
    a.write(link("x"), 2);
    b.write(link("x"), 3);
    b.commit();
    c.take(b.batch(0, Integer.MAX_VALUE));
    c.commit();
    agree();
    c.clock = 1; // its clock is wrong
    c.write(link("x"), 4);
    c.commit();
    a.take(c.batch(0, Integer.MAX_VALUE));
    agree();
    assertThat(size("x")).isEqualTo(4);
  }

  @Test
  void filesThatBecomeOneElsewhere_whileOneSiteWritesToBoth_loseNothing() throws IOException {
    sites(MergePolicy.KEEP_BOTH);
    a.create(link("x"), FileType.REGULAR, 5, 7);
    b.create(link("y"), FileType.REGULAR, 5, 7);
    agree();
    a.name(link("z"), a.at(link("x")).id());
    a.commit();
    b.name(link("z"), b.at(link("y")).id());
    b.commit();
    a.take(b.batch(a.storedOf(b), Integer.MAX_VALUE)); // equal files: one from here on
    a.commit();
    b.write(link("x"), 15);
    b.write(link("y"), 19);
    b.commit();
    agree();
    assertThat(a.sizes()).containsExactlyInAnyOrder(15L, 19L);
    assertThat(conflicts()).contains("CONTENT KEPT");
  }
}
