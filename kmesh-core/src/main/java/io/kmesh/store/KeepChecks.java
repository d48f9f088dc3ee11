// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static io.kmesh.store.CheckFailure.require;
import static io.kmesh.store.ReadChecks.bytes;
import static io.kmesh.store.ReadChecks.ended;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.ObjectStorage;
import io.kmesh.spi.store.ObjectVersion;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.RestoreRequest;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** What a store keeps beside an object's bytes: metadata, checksums, classes, versions. */
final class KeepChecks {
  private static final int MOST_METADATA = 1 << 20;

  private final Trial trial;
  private final Random random;

  KeepChecks(Trial trial, Random random) {
    this.trial = trial;
    this.random = random;
  }

  String metadata() throws IOException, CheckFailure {
    Map<String, String> words =
        Map.of("kmesh-mode", "0100644", "a", "x y=~!\"%/\\+&;,:@", "b-1", "1", "two_words", "x");
    kept("metadata/words", words);
    Map<String, String> empty = Map.of("empty", "", "other", "x");
    kept("metadata/empty", empty);
    return "printable ASCII in values, empty ones too, with a look and with a read";
  }

  private void kept(String key, Map<String, String> words) throws IOException, CheckFailure {
    trial.put(key, bytes(random, 10), PutOptions.NONE.withMetadata(words));
    Map<String, String> head = trial.head(key).metadata();
    require(head.equals(words), "of the metadata " + words + " a look gives " + head);
    Map<String, String> read = trial.read(key, 0, 1, Condition.none()).info().metadata();
    require(read.equals(words), "of the metadata " + words + " a read gives " + read);
  }

  String metadataSize() throws IOException, CheckFailure {
    int most = (int) Math.min(MOST_METADATA, trial.store().limits().maxMetadata().bytes());
    Map<String, String> words = new LinkedHashMap<>();
    for (int left = most, i = 0; left > 0; i++) {
      String name = "m" + i;
      int value = Math.min(1000, left - name.length());
      if (value < 0) {
        break;
      }
      words.put(name, "v".repeat(value));
      left -= name.length() + value;
    }
    kept("metadata/size", words);
    return most + " bytes of names and values";
  }

  String sha256() throws IOException, CheckFailure {
    byte[] body = bytes(random, 5000);
    Sha256 right = Assembly.sha256(ByteBuffer.wrap(body));
    Sha256 wrong = Assembly.sha256(ByteBuffer.allocate(1));
    trial.put("sha256", body, PutOptions.NONE.withSha256(right));
    require(
        trial.head("sha256").sha256().equals(Optional.of(right)),
        "the SHA-256 that was given is not told: "
            + trial.head("sha256").sha256().map(Sha256::toString).orElse("none"));
    refused("sha256-wrong", "SHA-256", body, PutOptions.NONE.withSha256(wrong));
    return "a wrong one is refused, and nothing is stored; the right one is told";
  }

  String crc32c() throws IOException, CheckFailure {
    byte[] body = bytes(random, 5000);
    Crc32c right = Crc32c.of(ByteBuffer.wrap(body));
    trial.put("crc32c", body, PutOptions.NONE.withCrc32c(right));
    Optional<Crc32c> told = trial.head("crc32c").crc32c();
    require(told.isEmpty() || told.get().equals(right), "another CRC-32C is told than was given");
    refused(
        "crc32c-wrong", "CRC-32C", body, PutOptions.NONE.withCrc32c(new Crc32c(right.value() ^ 1)));
    return "a wrong one is refused, and nothing is stored; the right one is "
        + (told.isPresent() ? "told" : "not told");
  }

  private void refused(String key, String what, byte[] body, PutOptions options)
      throws IOException, CheckFailure {
    ErrorKind kind = trial.failureOf(trial.putting(key, body, options));
    require(trial.find(key).isEmpty(), "a put with a wrong " + what + " is stored");
    require(
        kind == ErrorKind.CORRUPT,
        "a put with a wrong " + what + " " + ended(kind) + ", not as CORRUPT");
  }

  String uploadSha256() throws IOException, CheckFailure {
    if (!trial.can(StoreCapability.MULTIPART)) {
      throw CheckFailure.absent("it has no uploads in parts");
    }
    byte[] body = bytes(random, 3000);
    Sha256 right = Assembly.sha256(ByteBuffer.wrap(body));
    Upload upload = trial.startUpload("upload-sha256", Map.of());
    List<UploadPart> parts = List.of(trial.part(upload, 1, body));
    PutOptions wrong = PutOptions.NONE.withSha256(Assembly.sha256(ByteBuffer.allocate(1)));
    ErrorKind kind = trial.failureOf(() -> trial.store().complete(upload, parts, wrong));
    require(trial.find("upload-sha256").isEmpty(), "an upload with a wrong SHA-256 is stored");
    require(
        kind == ErrorKind.CORRUPT,
        "an upload with a wrong SHA-256 " + ended(kind) + ", not as CORRUPT");
    trial.complete(upload, parts, PutOptions.NONE.withSha256(right));
    require(
        trial.head("upload-sha256").sha256().equals(Optional.of(right)),
        "the SHA-256 of an upload is not told");
    return "a wrong one is refused, and nothing is stored; the right one is told";
  }

  /** Only the class that objects have by default: others cost, some for months. */
  String storageClass() throws IOException, CheckFailure {
    Optional<ObjectStorage> told = trial.put("class", bytes(random, 10), PutOptions.NONE).storage();
    if (told.isEmpty()) {
      told = trial.head("class").storage();
    }
    StorageClass usual =
        told.orElseThrow(() -> CheckFailure.failed("it does not tell an object's class"))
            .storageClass();
    PutOptions options = PutOptions.NONE.withStorageClass(usual);
    trial.put("class", bytes(random, 20), options);
    ObjectInfo head = trial.head("class");
    require(
        head.storage().map(ObjectStorage::storageClass).equals(Optional.of(usual)),
        "an object that was put in " + usual + " is told to be elsewhere");
    ErrorKind kind =
        trial.failureOf(
            trial.putting(
                "class-none",
                bytes(random, 10),
                PutOptions.NONE.withStorageClass(new StorageClass("NO_SUCH_CLASS"))));
    require(
        kind != null && trial.find("class-none").isEmpty(),
        "a put in the class NO_SUCH_CLASS " + ended(kind));
    return "new objects are " + usual + ", put so by name too; others are not tried, they may cost";
  }

  /** Of what is readable: who archives something here pays for months. */
  String archiveRestore() throws IOException, CheckFailure {
    trial.put("restore", bytes(random, 10), PutOptions.NONE);
    RestoreRequest request = new RestoreRequest(Duration.ofDays(1), RestoreRequest.Speed.STANDARD);
    ErrorKind kind =
        trial.failureOf(() -> trial.store().restore("restore", request).thenApply(done -> request));
    require(kind == null, "a restore of what is readable " + ended(kind));
    return "a restore of what is readable is no error; nothing was archived, which may cost";
  }

  String versions() throws IOException, CheckFailure {
    byte[] first = bytes(random, 10);
    trial.put("versions", first, PutOptions.NONE);
    trial.put("versions", bytes(random, 20), PutOptions.NONE);
    List<ObjectVersion> versions =
        trial.call(() -> trial.store().listVersions("versions", 10, null)).versions();
    require(!versions.isEmpty(), "of an object that is there it lists no version");
    require(
        versions.get(0).isLatest() && versions.get(0).info().size() == 20,
        "the latest version is not the first in the list");
    if (versions.size() == 1) {
      throw CheckFailure.absent("it can list versions, and keeps none here");
    }
    require(
        versions.size() == 2 && versions.get(1).info().versionId().isPresent(),
        "of two versions it lists " + versions.size());
    String id = versions.get(1).info().versionId().get();
    ObjectRange old = trial.call(() -> trial.store().readVersion("versions", id, 0, 100));
    byte[] bytes = new byte[old.data().remaining()];
    old.data().get(bytes);
    require(Arrays.equals(bytes, first), "what is read of an old version is not what it was");
    return "what was overwritten is listed and read; what this check wrote stays as old versions";
  }
}
