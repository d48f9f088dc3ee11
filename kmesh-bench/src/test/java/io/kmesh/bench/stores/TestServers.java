// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.sas.BlobContainerSasPermission;
import com.azure.storage.blob.sas.BlobServiceSasSignatureValues;
import com.azure.storage.common.StorageSharedKeyCredential;
import io.kmesh.cloud.aws.S3Stores;
import io.kmesh.cloud.azure.BlobCredentials;
import io.kmesh.cloud.azure.BlobStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreUrl;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The servers that config/servers.py started, with a bucket of this process on each. Stateless. */
final class TestServers {
  /** The name of the bucket, or container. */
  static final String BUCKET = "kmesh-scenarios-" + ProcessHandle.current().pid();

  /** Azurite's account. */
  static final String ACCOUNT = "devstoreaccount1";

  /** The account's key, which Azurite's documentation prints: no secret. */
  static final String ACCOUNT_KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private TestServers() {}

  /** A property that config/servers.py prints; a missing one says how to start it. */
  static String required(String property) {
    String value = System.getProperty(property);
    if (value == null) {
      throw new IllegalStateException(
          "Start the servers with config/servers.py and hand on -D" + property + "=…");
    }
    return value;
  }

  static String key(String server) {
    return System.getProperty("kmesh.servers." + server + ".key", "any");
  }

  static String secret(String server) {
    return System.getProperty("kmesh.servers." + server + ".secret", "any");
  }

  /**
   * The bucket of a server that speaks S3, made where it is not there.
   *
   * @param checksums what the server knows of them
   * @param without what else the server lacks
   */
  static ObjectStore s3(String server, Path folder, String checksums, String without)
      throws IOException {
    String endpoint = required("kmesh.servers." + server);
    try (S3AsyncClient client =
        S3AsyncClient.builder()
            .endpointOverride(URI.create(endpoint))
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(key(server), secret(server))))
            .build()) {
      client.createBucket(r -> r.bucket(BUCKET)).handle((done, there) -> true).join();
    }
    Path keys =
        Files.writeString(
            folder.resolve("keys-" + server),
            "[default]\naws_access_key_id = "
                + key(server)
                + "\naws_secret_access_key = "
                + secret(server)
                + "\n");
    Map<String, String> options = new TreeMap<>();
    options.put("endpoint", endpoint);
    options.put("access-key-file", keys.toString());
    options.put("checksums", checksums);
    options.put("without", without);
    return new S3Stores().open(new StoreUrl("s3", BUCKET, "", options));
  }

  /** How rclone reaches a server that speaks S3. */
  static Map<String, String> rcloneS3(String server) {
    return Map.of(
        "TYPE",
        "s3",
        "PROVIDER",
        "Other",
        "ENDPOINT",
        required("kmesh.servers." + server),
        "REGION",
        "us-east-1",
        "ACCESS_KEY_ID",
        key(server),
        "SECRET_ACCESS_KEY",
        secret(server));
  }

  static ObjectStore s3mock(Path folder) throws IOException {
    return s3(
        "s3mock",
        folder,
        "when-supported",
        "utf8-key-order,versions,storage-class,archive-restore");
  }

  static ObjectStore s3proxy(Path folder) throws IOException {
    return s3("s3proxy", folder, "none", "utf8-key-order,versions,storage-class,archive-restore");
  }

  /** How rclone reaches the container: by a signed URL, since it makes hosts of accounts else. */
  static Map<String, String> rcloneAzurite() {
    BlobContainerClient container = azuriteContainer();
    String signature =
        container.generateSas(
            new BlobServiceSasSignatureValues(
                OffsetDateTime.now(ZoneOffset.UTC).plusHours(2),
                BlobContainerSasPermission.parse("racwdl")));
    return Map.of(
        "TYPE", "azureblob", "SAS_URL", container.getBlobContainerUrl() + "?" + signature);
  }

  private static BlobContainerClient azuriteContainer() {
    return new BlobContainerClientBuilder()
        .endpoint(azuriteEndpoint().toString())
        .credential(new StorageSharedKeyCredential(ACCOUNT, ACCOUNT_KEY))
        .containerName(BUCKET)
        .buildClient();
  }

  static ObjectStore azurite() throws IOException {
    azuriteContainer().createIfNotExists();
    return BlobStore.builder(BUCKET)
        .endpoint(azuriteEndpoint())
        .credentials(BlobCredentials.sharedKey(ACCOUNT, ACCOUNT_KEY))
        .build();
  }

  static URI azuriteEndpoint() {
    return URI.create(required("kmesh.servers.azurite") + "/" + ACCOUNT);
  }
}
