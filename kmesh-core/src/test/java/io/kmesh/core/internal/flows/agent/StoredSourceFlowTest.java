// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.Endpoint;
import io.kmesh.flows.DataFlow;
import io.kmesh.repository.Credential;
import io.kmesh.snapshots.Snapshot;
import io.kmesh.snapshots.VirtualCopy;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.store.MemoryStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows from snapshots and virtual copies to another site. */
class StoredSourceFlowTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final MemoryStore store = MemoryStore.create();
  private final MemoryKeys keys = new MemoryKeys();
  @TempDir Path dir;
  private final MemoryStore objects = MemoryStore.create();
  private TwoSites sites;

  @BeforeEach
  void open() throws Exception {
    keys.make("site");
    sites =
        new TwoSites(
            dir,
            b ->
                b.repository("repo", store, Credential.key(keys, "site")).store("bucket", objects));
    sites.lab.repositories().init("repo");
    Files.createDirectories(sites.here.resolve("a"));
    Files.writeString(sites.here.resolve("a/small"), "small");
    byte[] bytes = new byte[5 << 20];
    new Random(7).nextBytes(bytes);
    Files.write(sites.here.resolve("large"), bytes);
  }

  @AfterEach
  void close() throws Exception {
    sites.close();
    store.close();
    objects.close();
    keys.close();
  }

  private Snapshot take() {
    return sites
        .lab
        .snapshots()
        .take("s", Endpoint.directory(sites.here), s -> s.into("repo"))
        .await(LIMIT);
  }

  private DataFlow flow(String name, Endpoint source) {
    return sites
        .lab
        .dataFlows()
        .ensure(
            name,
            f ->
                f.from(source)
                    .to(Endpoint.at("burst", "data/job"))
                    .scanPause(Duration.ofMillis(50)));
  }

  @Test
  void snapshot_isBroughtOverTheLink_andSettlesAfterARestart() throws Exception {
    flow("taken", take().endpoint()).start().awaitInSync(LIMIT);
    sites.assertEqual();
    sites.lab.close();
    sites.lab = sites.openLab();
    DataFlow flow = sites.lab.dataFlows().find("taken").orElseThrow();
    flow.awaitInSync(LIMIT);
    assertThat(flow.status().logicalBytes()).isZero();
    sites.assertEqual();
  }

  @Test
  void changesOfAVirtualCopy_areBroughtOverTheLink() throws Exception {
    VirtualCopy copy =
        sites
            .lab
            .virtualCopies()
            .create("what-if", take(), Endpoint.directory(dir.resolve("copy")))
            .await(LIMIT);
    DataFlow flow = flow("copied", Endpoint.virtualCopy("repo", copy.id())).start();
    flow.awaitInSync(LIMIT);
    sites.assertEqual();
    try (FileSystem files = copy.fileSystem()) {
      Files.move(files.getPath("/large"), files.getPath("/a/moved"));
      Files.writeString(files.getPath("/a/small"), "changed");
      flow.awaitInSync(LIMIT);
    }
    assertThat(sites.there.resolve("a/moved")).hasSameBinaryContentAs(sites.here.resolve("large"));
    assertThat(sites.there.resolve("large")).doesNotExist();
    assertThat(sites.there.resolve("a/small")).hasContent("changed");
  }

  @Test
  void prefix_isFilledOverTheLink_andBringsItBackOverIt() throws Exception {
    flow("out", Endpoint.directory(sites.here)).start().awaitInSync(LIMIT);
    sites
        .lab
        .dataFlows()
        .ensure(
            "pulled",
            f -> f.from(Endpoint.at("burst", "data/job")).to(Endpoint.objects("bucket", "p/")))
        .start()
        .awaitInSync(LIMIT);
    sites
        .lab
        .dataFlows()
        .ensure(
            "pushed",
            f -> f.from(Endpoint.objects("bucket", "p/")).to(Endpoint.at("burst", "data/again")))
        .start()
        .awaitInSync(LIMIT);
    assertThat(sites.there.resolveSibling("again/large"))
        .hasSameBinaryContentAs(sites.here.resolve("large"));
    assertThat(sites.there.resolveSibling("again/a/small")).hasContent("small");
  }
}
