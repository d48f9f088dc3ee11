// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StoreLimits;
import io.kmesh.spi.store.UploadPart;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a directory store refuses. Immutable. */
final class StoreChecks {
  private static final String COMPLETE = "complete the upload of";

  private final StoreFailures failures;
  private final StoreLimits limits;

  StoreChecks(StoreFailures failures, StoreLimits limits) {
    this.failures = failures;
    this.limits = limits;
  }

  void key(String verb, String key) throws ProviderException {
    int bytes = text(verb, key);
    if (bytes < 1 || bytes > limits.maxKeyBytes()) {
      throw invalid(verb, key, "the key has " + bytes + " bytes. Use 1 to " + limits.maxKeyBytes());
    }
  }

  /** The UTF-8 length of a text that must be Unicode. */
  int text(String verb, String text) throws ProviderException {
    try {
      return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
    } catch (CharacterCodingException e) {
      throw invalid(verb, text, "it holds an unpaired surrogate. Use Unicode text");
    }
  }

  void metadata(String verb, String key, Map<String, String> metadata) throws ProviderException {
    long bytes = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      String name = entry.getKey();
      if (name.isEmpty() || !name.chars().allMatch(StoreChecks::isNameCharacter)) {
        throw invalid(
            verb, key, "the metadata name \"" + name + "\" is not lower-case ASCII. Rename it");
      }
      if (!entry.getValue().chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
        throw invalid(
            verb, key, "the value of the metadata " + name + " is not printable ASCII. Encode it");
      }
      bytes += name.length() + entry.getValue().length();
    }
    if (bytes > limits.maxMetadata().bytes()) {
      throw invalid(
          verb,
          key,
          "its metadata has " + bytes + " bytes. Use at most " + limits.maxMetadata().bytes());
    }
  }

  private static boolean isNameCharacter(int c) {
    return c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z');
  }

  void putSize(String verb, String key, long bytes) throws ProviderException {
    if (bytes > limits.maxPut().bytes()) {
      throw invalid(
          verb,
          key,
          "the body has " + bytes + " bytes. Send at most " + limits.maxPut().bytes() + " at once");
    }
  }

  void range(String key, long offset, int length) throws ProviderException {
    if (offset < 0 || length < 0) {
      throw invalid(
          "read",
          key,
          "the range of " + length + " bytes from " + offset + " is none. Use none below 0");
    }
  }

  void list(ListRequest request) throws ProviderException {
    text("list", request.prefix());
    if (request.limit() < 1) {
      throw invalid(
          "list",
          request.prefix(),
          "a page of " + request.limit() + " entries is none. Use 1 to " + limits.listPage());
    }
  }

  void deleteBatch(int keys) throws ProviderException {
    if (keys > limits.deleteBatch()) {
      throw invalid(
          "delete",
          keys + " keys",
          "one call takes at most " + limits.deleteBatch() + ". Send them in several");
    }
  }

  /** Refuses a condition that is neither none nor an ETag. */
  void noneOrEtag(String verb, String key, Condition condition) throws ProviderException {
    if (condition instanceof Condition.Absent) {
      throw invalid(verb, key, "only none or an ETag can be asked here. Use one");
    }
  }

  /** Checks a condition against the ETag that is stored; {@code null} for nothing there. */
  void condition(String verb, String key, Condition condition, @Nullable String etag)
      throws ProviderException {
    if (condition instanceof Condition.Absent && etag != null) {
      throw failures.failure(
          ErrorKind.PRECONDITION, verb, key, "it exists with ETag " + etag + ". Look at it first");
    }
    if (condition instanceof Condition.Matches m && !Objects.equals(m.etag(), etag)) {
      throw failures.failure(
          ErrorKind.PRECONDITION,
          verb,
          key,
          (etag == null ? "there is none" : "its ETag is " + etag)
              + ", not "
              + m.etag()
              + ". Look at it again");
    }
  }

  void checksum(String verb, String key, PutOptions options, Crc32c received)
      throws ProviderException {
    if (options.crc32c().isPresent() && !options.crc32c().get().equals(received)) {
      throw failures.failure(
          ErrorKind.CORRUPT,
          verb,
          key,
          "the CRC-32C of what was received is "
              + received
              + ", not "
              + options.crc32c().get()
              + ". Nothing was stored; send it again");
    }
  }

  void noStorageClass(String verb, String key, PutOptions options) throws ProviderException {
    if (options.storageClass().isPresent()) {
      throw failures.failure(
          ErrorKind.UNSUPPORTED,
          verb,
          key,
          "it lacks the capability STORAGE_CLASS. Ask capabilities() first");
    }
  }

  void noCrc32c(String verb, String key, PutOptions options) throws ProviderException {
    if (options.crc32c().isPresent()) {
      throw invalid(verb, key, "only a put compares a CRC-32C. Leave it out");
    }
  }

  void checksum(String verb, String key, PutOptions options, Sha256 received)
      throws ProviderException {
    if (options.sha256().isPresent() && !options.sha256().get().equals(received)) {
      throw failures.failure(
          ErrorKind.CORRUPT,
          verb,
          key,
          "the SHA-256 of what was received is "
              + received
              + ", not "
              + options.sha256().get()
              + ". Nothing was stored; send it again");
    }
  }

  void partNumber(String key, int number) throws ProviderException {
    if (number < 1 || number > limits.maxParts()) {
      throw invalid(
          "upload a part of",
          key,
          "the part number " + number + " is none. Use 1 to " + limits.maxParts());
    }
  }

  void completeMetadata(String key, PutOptions options, Map<String, String> started)
      throws ProviderException {
    if (!options.metadata().isEmpty() && !options.metadata().equals(started)) {
      throw invalid(COMPLETE, key, "its metadata was given at the start. Give none, or the same");
    }
  }

  void parts(String key, List<UploadPart> chosen, List<UploadPart> held) throws ProviderException {
    if (chosen.isEmpty()) {
      throw invalid(COMPLETE, key, "no part was named. Upload one, an empty one if need be");
    }
    int last = 0;
    long size = 0;
    for (UploadPart part : chosen) {
      if (part.number() <= last) {
        throw invalid(
            COMPLETE,
            key,
            "part " + part.number() + " stands behind part " + last + ". List them ascending");
      }
      last = part.number();
      size += part.size();
      if (!held.contains(part)) {
        throw invalid(
            COMPLETE,
            key,
            "the store does not hold part "
                + part.number()
                + " with ETag "
                + part.etag()
                + ". List its parts");
      }
    }
    if (size > limits.maxObject().bytes()) {
      throw invalid(
          COMPLETE, key, "it has " + size + " bytes. Use at most " + limits.maxObject().bytes());
    }
  }

  private ProviderException invalid(String verb, String object, String reason) {
    return failures.failure(ErrorKind.INVALID, verb, object, reason);
  }
}
