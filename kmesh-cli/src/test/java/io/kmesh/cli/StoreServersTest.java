// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.common.StorageSharedKeyCredential;
import io.kmesh.cloud.azure.BlobCredentials;
import io.kmesh.cloud.azure.BlobStore;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.store.ObjectStores;
import io.kmesh.store.StoreFinding;
import io.kmesh.store.StoreFinding.Outcome;
import io.kmesh.store.StoreReport;
import io.kmesh.store.StoreValidator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What the check of a store finds on the servers of config/servers.py: their known faults. */
@Tag("servers")
class StoreServersTest {
  /** Races that the servers lose now and then, since they compare and write in two steps. */
  private static final Set<String> SOMETIMES = Set.of("create-race", "replace-race");

  /** What Azurite's documentation prints: no secret. */
  private static final String AZURITE_KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  @TempDir private Path folder;

  private static String required(String property) {
    String value = System.getProperty(property);
    if (value == null) {
      throw new IllegalStateException(
          "Start the servers with config/servers.py and hand on -D" + property + "=…");
    }
    return value;
  }

  /** The URL of a new bucket. */
  private String bucket(String server, String options) throws IOException {
    String key = System.getProperty("kmesh.servers." + server + ".key", "any");
    String secret = System.getProperty("kmesh.servers." + server + ".secret", "any");
    String endpoint = required("kmesh.servers." + server);
    String name = "kmesh-" + UUID.randomUUID();
    try (S3AsyncClient client =
        S3AsyncClient.builder()
            .endpointOverride(URI.create(endpoint))
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(key, secret)))
            .build()) {
      assertThat(client.createBucket(r -> r.bucket(name)).join()).isNotNull();
    }
    Path keys =
        Files.writeString(
            folder.resolve(server),
            "aws_access_key_id=" + key + "\naws_secret_access_key=" + secret + "\n");
    return "s3://" + name + "/lab?endpoint=" + endpoint + "&access-key-file=" + keys + options;
  }

  private static void assertFinds(ObjectStore store, String... faults) throws IOException {
    StoreReport report = StoreValidator.of(store).soak(Duration.ofSeconds(2)).build().run();
    Set<String> failed =
        report.findings().stream()
            .filter(f -> f.outcome() == Outcome.FAIL)
            .map(StoreFinding::check)
            .collect(Collectors.toCollection(TreeSet::new));
    failed.removeAll(SOMETIMES);
    assertThat(failed).as(report.toJson()).containsExactlyInAnyOrder(faults);
    assertThat(store.blocking().list(ListRequest.prefix("")).objects()).isEmpty();
    assertThat(store.blocking().listUploads("")).isEmpty();
  }

  @Test
  void s3Mock_hasItsKnownFaults() throws Exception {
    try (ObjectStore store = ObjectStores.found().open(bucket("s3mock", ""))) {
      assertFinds(store, "copy-conditions", "list-order", "metadata");
    }
  }

  @Test
  void s3Mock_isSoundWithoutWhatItLies_butForItsMetadata() throws Exception {
    String url = bucket("s3mock", "&conditional-writes=off&without=utf8-key-order");
    try (ObjectStore store = ObjectStores.found().open(url)) {
      assertFinds(store, "metadata");
    }
  }

  @Test
  void s3Proxy_hasItsKnownFaults() throws Exception {
    String options =
        "&checksums=none&without=utf8-key-order,versions,storage-class,archive-restore";
    try (ObjectStore store = ObjectStores.found().open(bucket("s3proxy", options))) {
      assertFinds(store, "awkward-keys", "copy-conditions", "multipart-abort");
    }
  }

  @Test
  void azurite_hasNoFault() throws Exception {
    String account = "devstoreaccount1";
    String endpoint = required("kmesh.servers.azurite") + "/" + account;
    String name = "kmesh-" + UUID.randomUUID();
    assertThat(
            new BlobContainerClientBuilder()
                .endpoint(endpoint)
                .credential(new StorageSharedKeyCredential(account, AZURITE_KEY))
                .containerName(name)
                .buildAsyncClient()
                .createWithResponse(null, null)
                .block())
        .isNotNull();
    try (ObjectStore store =
        BlobStore.builder(name)
            .endpoint(URI.create(endpoint))
            .credentials(BlobCredentials.sharedKey(account, AZURITE_KEY))
            .build()) {
      assertFinds(store);
    }
  }

  @Test
  void command_makesARepository_andABackup_inEachBucket(@TempDir Path tree) throws Exception {
    Files.writeString(tree.resolve("file"), "content");
    CommandLineTester kmesh = new CommandLineTester(folder);
    String proxy = "&checksums=none&without=utf8-key-order,versions,storage-class,archive-restore";
    for (String url : new String[] {bucket("s3mock", ""), bucket("s3proxy", proxy)}) {
      kmesh.environment.put("KMESH_REPOSITORY", url);
      kmesh.environment.put("KMESH_CACHE", folder.resolve("cache" + url.hashCode()).toString());
      CommandLineTester.Ran made = kmesh.ok("repo", "init");
      assertThat(made.out()).contains(url.substring(0, url.indexOf('?'))).doesNotContain("access");
      kmesh.ok("snapshot", "create", tree.toString());
      kmesh.ok("snapshot", "check", "--read", "all");
      Path out = folder.resolve("out" + url.hashCode());
      kmesh.ok("snapshot", "restore", "latest", "--target", out.toString());
      assertThat(out.resolve("file")).hasContent("content");
    }
  }
}
