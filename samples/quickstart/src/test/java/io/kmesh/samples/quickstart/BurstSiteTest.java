// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Kmesh;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.state.SqliteState;
import io.kmesh.testkit.cloud.MockCloud;
import io.kmesh.testkit.cloud.MockCloudCounts;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BurstSiteTest {
  @TempDir Path work;

  private static MockCloudCounts counts(Path site) throws IOException {
    try (MockCloud cloud = MockCloud.at(site.resolve("cloud"))) {
      assertThat(cloud.resources()).extracting(CloudResource::id).containsExactly("mock-000001");
      return cloud.counts();
    }
  }

  @Test
  void open_makesACluster_andFindsItAgainWithItsFiles() throws IOException {
    BurstPlace place;
    try (BurstSite site = BurstSite.open(work)) {
      place = site.place();
      Files.writeString(site.mount().getPath("/data/a"), "kept");
    }
    try (BurstSite site = BurstSite.open(work)) {
      assertThat(site.place()).isEqualTo(place);
      assertThat(site.mount().getPath("/data/a")).hasContent("kept");
    }
    assertThat(place.line()).isEqualTo("mock burst US scratch mock-000001");
    assertThat(BurstSite.folder(work, place)).isDirectory();
    assertThat(counts(work)).isEqualTo(new MockCloudCounts(1, 0, 0));
  }

  @Test
  void secondSite_afterAKill_hasTheSameClusterWithItsFiles() throws Exception {
    Path lab = Files.createDirectory(work.resolve("lab"));
    Path burst = work.resolve("burst");
    BurstPlace place;
    try (SqliteState state = SqliteState.at(lab.resolve("kmesh.db"));
        Kmesh first =
            Kmesh.builder()
                .state(state)
                .site(lab.resolve("site"))
                .listenForEnrolment("127.0.0.1:0")
                .build();
        CutLink link = new CutLink();
        SecondSite second = new SecondSite(burst, first, link)) {
      first.sites().createAuthority("lab", "127.0.0.1:1");
      second.start(true);
      place = second.place();
      second.run(BurstPrograms.KEEP_SECRET);
      second.kill();
      second.start(false);
      assertThat(second.place()).isEqualTo(place);
      assertThatThrownBy(() -> second.run("nonsense"))
          .hasMessageContaining("there is no command \"nonsense\".");
    }
    try (SimulatedLustre cluster = SimulatedLustre.at(BurstSite.folder(burst, place))) {
      assertThat(cluster.fileSystem().getPath("/data/vault/secret/run7"))
          .hasContent(GrantSteps.TEXT);
    }
    assertThat(counts(burst)).isEqualTo(new MockCloudCounts(1, 0, 0));
  }

  @Test
  void programs_changeTheTreeThatFlowed() throws IOException {
    try (BurstSite site = BurstSite.open(work)) {
      BurstPrograms programs = new BurstPrograms(site.mount());
      Path tree = site.mount().getPath("/data/job/tree");
      assertThat(programs.run("change x")).contains("NumberFormatException");
      assertThat(programs.run("change")).isEqualTo("there is no command \"change\".");
      Files.createDirectories(tree);
      Files.writeString(tree.resolve("a"), "old and ");

      assertThat(programs.run("change 7")).isEqualTo(BurstPrograms.DONE);
      assertThat(tree.resolve("a")).hasContent("old and changed at burst");
      try (var made = Files.list(tree.resolve("made at burst"))) {
        assertThat(made).hasSize(100);
      }
    }
  }

  @Test
  void place_ofAnythingElse_isRefused() {
    assertThatThrownBy(() -> BurstPlace.of("no place"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("\"no place\"");
  }
}
