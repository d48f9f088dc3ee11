// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kmesh.bench.stores.TreeOnDisk.Detail;
import io.kmesh.cloud.gcp.GcsCredentials;
import io.kmesh.cloud.gcp.GcsStore;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.engine.MirrorTree;
import io.kmesh.engine.PosixTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.testkit.gcs.FakeGcs;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Google's own command and Kmesh on one bucket of the fake, each reading what the other wrote. */
@Tag("servers")
class GcloudTest {
  @TempDir Path folder;
  private FakeGcs gcs;
  private ObjectStore bucket;
  private ForeignProgram gcloud;

  @BeforeEach
  void start() throws IOException {
    gcs = FakeGcs.start();
    gcs.bucket("bucket");
    bucket =
        GcsStore.builder("bucket")
            .endpoint(gcs.endpoint())
            .credentials(GcsCredentials.token(FakeGcs.TOKEN))
            .build();
    Path home = Files.createDirectory(folder.resolve("home"));
    Map<String, String> environment = new TreeMap<>();
    Path token = Files.writeString(home.resolve("token"), FakeGcs.TOKEN);
    environment.put("CLOUDSDK_CONFIG", home.resolve("gcloud").toString());
    environment.put("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", gcs.endpoint() + "/storage/v1/");
    environment.put("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", token.toString());
    environment.put("CLOUDSDK_CORE_PROJECT", "none");
    environment.put("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false");
    environment.put("CLOUDSDK_CORE_DISABLE_PROMPTS", "1");
    environment.put("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true");
    environment.put("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "true");
    environment.put("CLOUDSDK_SURVEY_DISABLE_PROMPTS", "true");
    // Else it uploads large files in pieces by processes of its own, for some seconds.
    environment.put("CLOUDSDK_STORAGE_PARALLEL_COMPOSITE_UPLOAD_ENABLED", "False");
    Optional<ForeignProgram> found = ForeignProgram.find("gcloud", home, environment);
    assumeTrue(found.isPresent(), "gcloud is not installed");
    gcloud = found.get();
  }

  @AfterEach
  void stop() throws IOException {
    bucket.close();
    gcs.close();
  }

  private MirrorTree mirror(String prefix) {
    return MirrorTree.in(bucket, RunningTime.instance()).prefix(prefix).partSize(DataSize.ofMib(5));
  }

  private Path imported(String prefix) throws IOException {
    Path there = Files.createDirectory(folder.resolve("imported"));
    try (PosixTree target = PosixTrees.open(there)) {
      assertThat(mirror(prefix).foreign().importTo(target, PathBytes.EMPTY).failed()).isEmpty();
    }
    return there;
  }

  /** With times of whole seconds, which are all that Google's words have. */
  private static Map<String, String> facts(Path tree) throws IOException {
    Map<String, String> facts = new TreeMap<>(TreeOnDisk.facts(tree, Detail.FILES));
    facts.values().removeIf(line -> line.startsWith("directory"));
    facts.replaceAll((path, line) -> line.replaceAll("(mtime -?\\d+)\\d{9}$", "$1"));
    return facts;
  }

  private TreeOnDisk tree(long seed) throws IOException {
    TreeOnDisk tree = new TreeOnDisk(folder.resolve("tree"), seed);
    tree.fillForOthers(15, 6 << 20);
    Files.createSymbolicLink(tree.root().resolve("link"), Path.of("a/plain"));
    return tree;
  }

  @Test
  void treeOfGcloud_isImportedWithItsAttributes() throws Exception {
    TreeOnDisk tree = tree(21);
    gcloud.run(
        "storage", "cp", "-r", "-P", "--preserve-symlinks", tree.root() + "/*", "gs://bucket/in");
    assertThat(facts(imported("in/"))).isEqualTo(facts(tree.root()));
  }

  @Test
  void treeOfOurs_isReadByGcloudWithItsAttributes_andStaysItWhenItSyncs() throws Exception {
    TreeOnDisk tree = tree(22);
    try (PosixTree source = PosixTrees.open(tree.root())) {
      assertThat(
              mirror("out/").dialect(MirrorDialect.GOOGLE).export(source, PathBytes.EMPTY).failed())
          .isEmpty();
    }
    assertThat(gcloud.run("storage", "ls", "-r", "gs://bucket/out/"))
        .contains("gs://bucket/out/a/with space", "gs://bucket/out/deep/er/still/one");
    Path there = Files.createDirectory(folder.resolve("there"));
    gcloud.run(
        "storage", "cp", "-r", "-P", "--preserve-symlinks", "gs://bucket/out/*", there.toString());
    Map<String, String> read = facts(there);
    read.keySet().removeIf(path -> path.startsWith(".kmesh/"));
    assertThat(read).isEqualTo(facts(tree.root()));

    // What it sends and what it says anew beside our words is the same tree.
    gcloud.run("storage", "rsync", "-r", "-P", tree.root().toString(), "gs://bucket/out");
    assertThat(facts(imported("out/"))).isEqualTo(facts(tree.root()));
  }
}
