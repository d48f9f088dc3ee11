// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What every store refuses before it sends anything, with one wording for all: for those who write
 * an {@link ObjectStore}. Each check throws a {@link ProviderException} of kind INVALID, or
 * UNSUPPORTED for what the store can't do, unless it says otherwise. Immutable.
 */
public final class StoreChecks {
  /** The order of the UTF-8 bytes of texts. */
  public static final Comparator<String> UTF8_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private final URI uri;
  private final Set<StoreCapability> capabilities;
  private final StoreLimits limits;

  /** Checks for a store at a place, with what it can do and its limits. */
  public StoreChecks(URI uri, Set<StoreCapability> capabilities, StoreLimits limits) {
    this.uri = uri;
    this.capabilities = capabilities;
    this.limits = limits;
  }

  /** A key must be Unicode text within the limit. */
  public void key(String verb, String key) throws ProviderException {
    int bytes = utf8Length(verb, key);
    if (bytes < 1 || bytes > limits.maxKeyBytes()) {
      throw failure(
          ErrorKind.INVALID,
          verb,
          key,
          "the key has " + bytes + " bytes. Use 1 to " + limits.maxKeyBytes());
    }
  }

  private int utf8Length(String verb, String text) throws ProviderException {
    try {
      return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)).remaining();
    } catch (CharacterCodingException e) {
      throw failure(
          ErrorKind.INVALID, verb, text, "it holds an unpaired surrogate. Use Unicode text");
    }
  }

  /** A capability must be there. */
  public void needs(String verb, String object, StoreCapability capability)
      throws ProviderException {
    if (!capabilities.contains(capability)) {
      throw failure(
          ErrorKind.UNSUPPORTED,
          verb,
          object,
          "it lacks the capability " + capability + ". Ask capabilities() first");
    }
  }

  /** What is asked of a write must be possible. */
  public void target(String verb, String key, PutOptions options) throws ProviderException {
    if (options.condition() instanceof Condition.Absent) {
      needs(verb, key, StoreCapability.CONDITIONAL_CREATE);
    }
    if (options.condition() instanceof Condition.Matches) {
      needs(verb, key, StoreCapability.CONDITIONAL_REPLACE);
    }
    if (options.sha256().isPresent()) {
      needs(verb, key, StoreCapability.SHA256);
    }
    if (options.crc32c().isPresent()) {
      needs(verb, key, StoreCapability.CRC32C);
    }
    if (options.storageClass().isPresent()) {
      needs(verb, key, StoreCapability.STORAGE_CLASS);
    }
    metadata(verb, key, options.metadata());
  }

  /** User metadata must be lower-case names, printable ASCII values, and within the limit. */
  public void metadata(String verb, String key, Map<String, String> metadata)
      throws ProviderException {
    if (metadata.isEmpty()) {
      return;
    }
    needs(verb, key, StoreCapability.USER_METADATA);
    long bytes = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      String name = entry.getKey();
      String value = entry.getValue();
      if (name.isEmpty() || !name.chars().allMatch(c -> c > ' ' && c < 0x7f && !isUpper(c))) {
        throw failure(
            ErrorKind.INVALID,
            verb,
            key,
            "the metadata name \"" + name + "\" is not lower-case ASCII. Rename it");
      }
      if (!value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
        throw failure(
            ErrorKind.INVALID,
            verb,
            key,
            "the value of the metadata " + name + " is not printable ASCII. Encode it");
      }
      bytes += name.length() + value.length();
    }
    if (bytes > limits.maxMetadata().bytes()) {
      throw failure(
          ErrorKind.INVALID,
          verb,
          key,
          "its metadata has " + bytes + " bytes. Use at most " + limits.maxMetadata().bytes());
    }
  }

  private static boolean isUpper(int c) {
    return c >= 'A' && c <= 'Z';
  }

  /** A body must be within the limit of one request. */
  public void putSize(String verb, String key, long bytes) throws ProviderException {
    if (bytes > limits.maxPut().bytes()) {
      throw failure(
          ErrorKind.INVALID,
          verb,
          key,
          "the body has " + bytes + " bytes. Send at most " + limits.maxPut().bytes() + " at once");
    }
  }

  /** What is copied must be within the limit of one copy. */
  public void copySize(String verb, String key, long bytes) throws ProviderException {
    if (bytes > limits.maxCopy().bytes()) {
      throw failure(
          ErrorKind.INVALID,
          verb,
          key,
          "it has "
              + bytes
              + " bytes, and the store copies at most "
              + limits.maxCopy().bytes()
              + " at once. Copy it in parts, or read it and upload it in parts");
    }
  }

  /** What becomes a part must be at least a byte, and within the limit of one request. */
  public void copiedRange(String source, long offset, long length) throws ProviderException {
    if (offset < 0 || length < 1 || length > limits.maxPut().bytes()) {
      throw failure(
          ErrorKind.INVALID,
          "copy a part of",
          source,
          "a part can't be "
              + length
              + " bytes from "
              + offset
              + ". Use 1 to "
              + limits.maxPut().bytes()
              + " bytes");
    }
  }

  /** A range that is copied must lie within the object. */
  public void copiedRange(String source, long offset, long length, long size)
      throws ProviderException {
    copiedRange(source, offset, length);
    if (length > size - offset) {
      throw failure(
          ErrorKind.INVALID,
          "copy a part of",
          source,
          "it has "
              + size
              + " bytes, and not "
              + length
              + " from "
              + offset
              + ". Look at it again");
    }
  }

  /** A range must not be negative. */
  public void range(String key, long offset, int length) throws ProviderException {
    if (offset < 0 || length < 0) {
      throw failure(
          ErrorKind.INVALID,
          "read",
          key,
          "the range of " + length + " bytes from " + offset + " is none. Use none below 0");
    }
  }

  /** A list must ask for Unicode text and at least one entry. */
  public void list(ListRequest request) throws ProviderException {
    utf8Length("list", request.prefix());
    if (request.limit() < 1) {
      throw failure(
          ErrorKind.INVALID,
          "list",
          request.prefix(),
          "a page of " + request.limit() + " entries is none. Use 1 to " + limits.listPage());
    }
  }

  /** A delete must not have too many keys. */
  public void deleteBatch(int keys) throws ProviderException {
    if (keys > limits.deleteBatch()) {
      throw failure(
          ErrorKind.INVALID,
          "delete",
          keys + " keys",
          "one call takes at most " + limits.deleteBatch() + ". Send them in several");
    }
  }

  /** A delete can be under an ETag only. */
  public void deleteCondition(String key, Condition condition) throws ProviderException {
    if (condition instanceof Condition.Absent) {
      throw failure(
          ErrorKind.INVALID,
          "delete",
          key,
          "an absent object is no condition of a delete. Use none");
    }
    if (condition instanceof Condition.Matches) {
      needs("delete", key, StoreCapability.CONDITIONAL_DELETE);
    }
  }

  /** A read or the source of a copy can be under an ETag only. */
  public void sourceCondition(String verb, String key, Condition condition)
      throws ProviderException {
    if (condition instanceof Condition.Absent) {
      throw failure(ErrorKind.INVALID, verb, key, "only none or an ETag can be asked. Use one");
    }
  }

  /** Checks the condition on an object that is read, copied from or deleted, and exists. */
  public void source(String verb, String key, Condition condition, String etag)
      throws ProviderException {
    sourceCondition(verb, key, condition);
    condition(verb, key, condition, etag);
  }

  /** Checks the condition on what is stored; {@code null} for nothing. */
  public void condition(String verb, String key, Condition condition, @Nullable String etag)
      throws ProviderException {
    if (condition instanceof Condition.Absent && etag != null) {
      throw failure(
          ErrorKind.PRECONDITION, verb, key, "it exists with ETag " + etag + ". Look at it first");
    }
    if (condition instanceof Condition.Matches m && !Objects.equals(m.etag(), etag)) {
      throw failure(
          ErrorKind.PRECONDITION,
          verb,
          key,
          (etag == null ? "there is none" : "its ETag is " + etag)
              + ", not "
              + m.etag()
              + ". Look at it again");
    }
  }

  /** The checksum that was given must be that of what was received; else CORRUPT. */
  public void checksum(String verb, String key, PutOptions options, Crc32c received)
      throws ProviderException {
    if (options.crc32c().isPresent() && !options.crc32c().get().equals(received)) {
      throw failure(
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

  /** Only a put compares a CRC-32C. */
  public void noCrc32c(String verb, String key, PutOptions options) throws ProviderException {
    if (options.crc32c().isPresent()) {
      throw failure(ErrorKind.INVALID, verb, key, "only a put compares a CRC-32C. Leave it out");
    }
  }

  /** The checksum that was given must be that of what was received; else CORRUPT. */
  public void checksum(String verb, String key, PutOptions options, Sha256 received)
      throws ProviderException {
    if (options.sha256().isPresent() && !options.sha256().get().equals(received)) {
      throw failure(
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

  /** A part must have a number within the limit. */
  public void partNumber(String key, int number) throws ProviderException {
    if (number < 1 || number > limits.maxParts()) {
      throw failure(
          ErrorKind.INVALID,
          "upload a part of",
          key,
          "the part number " + number + " is none. Use 1 to " + limits.maxParts());
    }
  }

  /** A SHA-256 of a whole upload needs a store that compares it. */
  public void completeChecksum(String key, PutOptions options) throws ProviderException {
    if (options.sha256().isPresent()) {
      needs("complete the upload of", key, StoreCapability.UPLOAD_SHA256);
    }
  }

  /** Metadata is given when an upload starts, not when it completes. */
  public void completeMetadata(String key, PutOptions options, Map<String, String> started)
      throws ProviderException {
    if (!options.metadata().isEmpty() && !options.metadata().equals(started)) {
      throw failure(
          ErrorKind.INVALID,
          "complete the upload of",
          key,
          "its metadata was given at the start. Give none, or the same");
    }
  }

  /** The parts of an upload must ascend, be held, and be large enough but for the last. */
  public void parts(String key, List<UploadPart> chosen, List<UploadPart> held)
      throws ProviderException {
    int last = 0;
    long size = 0;
    for (UploadPart part : chosen) {
      if (part.number() <= last) {
        throw failure(
            ErrorKind.INVALID,
            "complete the upload of",
            key,
            "part " + part.number() + " stands behind part " + last + ". List them ascending");
      }
      last = part.number();
      size += part.size();
      if (!held.contains(part)) {
        throw failure(
            ErrorKind.INVALID,
            "complete the upload of",
            key,
            "the store does not hold part "
                + part.number()
                + " with ETag "
                + part.etag()
                + ". List its parts");
      }
    }
    if (chosen.isEmpty()) {
      throw failure(
          ErrorKind.INVALID,
          "complete the upload of",
          key,
          "no part was named. Upload one, an empty one if need be");
    }
    for (UploadPart part : chosen.subList(0, chosen.size() - 1)) {
      if (part.size() < limits.minPart().bytes()) {
        throw failure(
            ErrorKind.INVALID,
            "complete the upload of",
            key,
            "part "
                + part.number()
                + " has "
                + part.size()
                + " bytes. Every part but the last needs "
                + limits.minPart().bytes());
      }
    }
    if (size > limits.maxObject().bytes()) {
      throw failure(
          ErrorKind.INVALID,
          "complete the upload of",
          key,
          "it has " + size + " bytes. Use at most " + limits.maxObject().bytes());
    }
  }

  /** NOT_FOUND for an object. */
  public ProviderException notFound(String verb, String key) {
    return failure(ErrorKind.NOT_FOUND, verb, key, "there is no such object. Check the key");
  }

  /** NOT_FOUND for an upload. */
  public ProviderException uploadGone(String verb, Upload upload) {
    return failure(
        ErrorKind.NOT_FOUND,
        verb,
        upload.key(),
        "its upload " + upload.id() + " does not exist (any more). Start a new one");
  }

  private ProviderException failure(ErrorKind kind, String verb, String object, String reason) {
    return new ProviderException(
        kind, "Cannot " + verb + " " + object + " in " + uri + ": " + reason + ".");
  }
}
