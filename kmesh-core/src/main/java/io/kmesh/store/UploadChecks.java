// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import static io.kmesh.store.CheckFailure.require;
import static io.kmesh.store.ReadChecks.bytes;
import static io.kmesh.store.ReadChecks.ended;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.Upload;
import io.kmesh.spi.store.UploadPart;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Uploads in parts, and copies. One thread. */
final class UploadChecks {
  private static final int LARGEST_PART = 64 << 20;

  private final Trial trial;
  private final Random random;

  UploadChecks(Trial trial, Random random) {
    this.trial = trial;
    this.random = random;
  }

  private Map<String, String> metadata() {
    return trial.can(StoreCapability.USER_METADATA) ? Map.of("kmesh-check", "parts") : Map.of();
  }

  /** Two parts in the wrong order, found again by who knows nothing but the upload's id. */
  String multipart() throws IOException, CheckFailure {
    long least = Math.max(1, trial.store().limits().minPart().bytes());
    require(least <= LARGEST_PART, "its least part has " + least + " bytes, which is not tried");
    byte[] first = bytes(random, (int) least);
    byte[] second = bytes(random, 1000);
    Upload begun = trial.startUpload("parts", metadata());
    trial.part(begun, 2, bytes(random, 500));
    trial.part(begun, 1, first);
    trial.part(begun, 2, second);
    require(trial.find("parts").isEmpty(), "the object is seen before its upload is completed");
    Upload found =
        trial.call(() -> trial.store().listUploads("parts")).stream()
            .filter(begun::equals)
            .findFirst()
            .orElseThrow(
                () -> CheckFailure.failed("an upload that is open is not in the list of uploads"));
    List<UploadPart> parts = trial.call(() -> trial.store().listParts(found));
    require(
        parts.size() == 2
            && parts.get(0).number() == 1
            && parts.get(0).size() == first.length
            && parts.get(1).number() == 2
            && parts.get(1).size() == second.length,
        "parts 1 and 2 were uploaded, and it lists " + parts);
    trial.complete(found, parts, PutOptions.NONE);
    byte[] all = trial.content("parts");
    require(
        all.length == first.length + second.length
            && Arrays.equals(Arrays.copyOf(all, first.length), first)
            && Arrays.equals(Arrays.copyOfRange(all, first.length, all.length), second),
        "the object is not its parts in their order");
    require(
        trial.head("parts").metadata().equals(metadata()),
        "the metadata of an upload's start is not that of the object");
    return "parts of "
        + first.length
        + " and "
        + second.length
        + " bytes, in any order, one written again, found again by the upload's id";
  }

  String conditions() throws IOException, CheckFailure {
    if (!trial.can(StoreCapability.CONDITIONAL_CREATE)) {
      throw CheckFailure.absent("it has no conditions");
    }
    ObjectInfo there = trial.put("parts-if", bytes(random, 10), PutOptions.NONE);
    Upload upload = trial.startUpload("parts-if", Map.of());
    UploadPart part = trial.part(upload, 1, bytes(random, 20));
    PutOptions absent = ConditionChecks.under(Condition.absent());
    ErrorKind kind = trial.failureOf(() -> trial.store().complete(upload, List.of(part), absent));
    require(
        trial.head("parts-if").etag().equals(there.etag()),
        "an upload that needs the key to be absent overwrote what was there");
    require(
        kind == ErrorKind.PRECONDITION,
        "an upload that needs the key to be absent " + ended(kind) + ", not as PRECONDITION");
    if (trial.can(StoreCapability.CONDITIONAL_REPLACE)) {
      PutOptions replace = ConditionChecks.under(Condition.matches(there.etag()));
      trial.complete(upload, List.of(part), replace);
      require(trial.head("parts-if").size() == 20, "an upload under the right ETag is not seen");
    }
    return "a completion under a condition that fails changes nothing, and can be repeated";
  }

  String abort() throws IOException, CheckFailure {
    Upload upload = trial.startUpload("aborted", Map.of());
    trial.part(upload, 1, bytes(random, 100));
    Upload unused = trial.call(() -> trial.store().abort(upload).thenApply(done -> upload));
    unused = trial.call(() -> trial.store().abort(upload).thenApply(done -> upload));
    require(
        !trial.call(() -> trial.store().listUploads("aborted")).contains(upload),
        "an upload that was aborted is in the list of uploads");
    ErrorKind kind = trial.failureOf(() -> trial.store().listParts(upload));
    require(
        kind == ErrorKind.NOT_FOUND,
        "the list of parts of an upload that was aborted " + ended(kind) + ", not as NOT_FOUND");
    require(trial.find("aborted").isEmpty(), "an upload that was aborted left an object");
    return "an upload that was aborted is gone; a second abort is no error";
  }

  String copy() throws IOException, CheckFailure {
    byte[] body = bytes(random, 10_000);
    PutOptions options = PutOptions.NONE.withMetadata(metadata());
    trial.put("copy/from", body, options);
    trial.key("copy/to");
    trial.call(() -> trial.store().copy("copy/from", Condition.none(), "copy/to", PutOptions.NONE));
    require(Arrays.equals(trial.content("copy/to"), body), "a copy has other bytes");
    require(
        trial.head("copy/to").metadata().equals(metadata()),
        "a copy without metadata of its own has not that of its source");
    if (trial.can(StoreCapability.USER_METADATA)) {
      PutOptions other = PutOptions.NONE.withMetadata(Map.of("kmesh-check", "other"));
      trial.call(() -> trial.store().copy("copy/from", Condition.none(), "copy/to", other));
      require(
          trial.head("copy/to").metadata().equals(Map.of("kmesh-check", "other")),
          "a copy with metadata of its own has another");
    }
    ErrorKind kind =
        trial.failureOf(
            () -> trial.store().copy("copy/none", Condition.none(), "copy/to", PutOptions.NONE));
    require(
        kind == ErrorKind.NOT_FOUND,
        "a copy of what is not there " + ended(kind) + ", not as NOT_FOUND");
    return "with the source's metadata or its own, without the bytes on the way";
  }

  String copyParts() throws IOException, CheckFailure {
    if (!trial.can(StoreCapability.MULTIPART)) {
      throw CheckFailure.absent("it has no uploads in parts");
    }
    int least = (int) trial.store().limits().minPart().bytes();
    byte[] body = bytes(random, least + 3000);
    ObjectInfo from = trial.put("copy-parts/from", body, PutOptions.NONE);
    Upload upload = trial.startUpload("copy-parts/to", Map.of());
    Condition same = Condition.matches(from.etag());
    ObjectStore store = trial.store();
    int cut = least + 1000;
    UploadPart last =
        trial.call(() -> store.copyPart(upload, 2, from.key(), same, cut, body.length - cut));
    UploadPart first = trial.call(() -> store.copyPart(upload, 1, from.key(), same, 0, cut));
    ErrorKind kind =
        trial.failureOf(
            () -> store.copyPart(upload, 2, from.key(), Condition.matches("other"), 0, 10));
    require(
        kind == ErrorKind.PRECONDITION,
        "a part that is copied under another ETag of its source "
            + ended(kind)
            + ", not as PRECONDITION");
    trial.call(() -> store.complete(upload, List.of(first, last), PutOptions.NONE));
    require(
        Arrays.equals(trial.content("copy-parts/to"), body),
        "an object of copied parts has other bytes");
    return "ranges of an object as parts of another, under the ETag of what is copied";
  }

  String copyConditions() throws IOException, CheckFailure {
    ObjectInfo old = trial.put("copy-if/from", bytes(random, 10), PutOptions.NONE);
    trial.put("copy-if/from", bytes(random, 20), PutOptions.NONE);
    ObjectInfo there = trial.put("copy-if/to", bytes(random, 30), PutOptions.NONE);
    ErrorKind source =
        trial.failureOf(
            () ->
                trial
                    .store()
                    .copy(
                        "copy-if/from",
                        Condition.matches(old.etag()),
                        "copy-if/to",
                        PutOptions.NONE));
    require(
        source == ErrorKind.PRECONDITION && same(there),
        "a copy under an old ETag of its source " + ended(source) + ", not as PRECONDITION");
    if (!trial.can(StoreCapability.CONDITIONAL_CREATE)) {
      throw CheckFailure.absent("it has no conditions on what a copy writes");
    }
    PutOptions absent = ConditionChecks.under(Condition.absent());
    ErrorKind target =
        trial.failureOf(
            () -> trial.store().copy("copy-if/from", Condition.none(), "copy-if/to", absent));
    require(same(there), "a copy that needs the key to be absent overwrote what was there");
    require(
        target == ErrorKind.PRECONDITION,
        "a copy that needs the key to be absent " + ended(target) + ", not as PRECONDITION");
    return "conditions on what is copied and on what is written hold";
  }

  private boolean same(ObjectInfo there) throws IOException {
    return trial.head(there.key()).etag().equals(there.etag());
  }
}
