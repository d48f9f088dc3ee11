// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.ReceiptCodec;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of a released file are: docs/format/repository.md.
 *
 * @param fileSystem the name of its Lustre file system
 * @param instanceOrNull which one of that name: {@link FileSystemInstance}; null where none is kept
 * @param fid the file
 * @param archive the number of the HSM archive
 * @param receiptOrNull what our copytool left with the file; null where it did not
 */
public record ArchiveReference(
    String fileSystem,
    @Nullable String instanceOrNull,
    Fid fid,
    int archive,
    @Nullable ArchiveReceipt receiptOrNull) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where a released file's bytes were, when a snapshot keeps them itself. */
  private static final PathBytes KEPT = PathBytes.of("kmesh.reference");

  /** Which file system of its name, where that is known. */
  public Optional<String> instance() {
    return Optional.ofNullable(instanceOrNull);
  }

  /** What our copytool left with the file. */
  public Optional<ArchiveReceipt> receipt() {
    return Optional.ofNullable(receiptOrNull);
  }

  /** A file with the bytes that its reference means, and the reference as an attribute. */
  public static TreeNode keep(TreeNode file, Content.Reference reference, Content.File content) {
    List<Attribute> attributes = new ArrayList<>(file.attributes());
    // Without it the file is restored with its bytes everywhere.
    if (reference.reference().length <= Attribute.MOST_INLINE) {
      attributes.add(Attribute.of(KEPT, reference.reference()));
      attributes.sort(Comparator.comparing(Attribute::name));
    }
    return file.with(attributes).holding(content);
  }

  /** The stored form in a file whose bytes a snapshot keeps though it was released. */
  static Optional<byte[]> of(TreeNode file) {
    return file.attributes().stream()
        .filter(a -> a.name().equals(KEPT))
        .findFirst()
        .map(Attribute::value);
  }

  /** Its stored form; the receipt as it is on the file. */
  static byte[] write(
      String fileSystem,
      @Nullable String instance,
      Fid fid,
      int archive,
      Optional<byte[]> receipt) {
    ObjectNode json = JSON.createObjectNode().put("format", 0).put("fileSystem", fileSystem);
    if (instance != null) {
      json.put("instance", instance);
    }
    json.put("fid", fid.toString()).put("archive", archive);
    receipt.ifPresent(b -> json.put("receipt", Base64.getEncoder().encodeToString(b)));
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON that was built can't be written.", e);
    }
  }

  /**
   * Reads its stored form.
   *
   * @throws ProviderException CORRUPT when it is none, UNSUPPORTED when a newer Kmesh wrote it
   */
  public static ArchiveReference read(byte[] bytes) throws ProviderException {
    try {
      JsonNode json = JSON.readTree(bytes);
      if (json == null || !json.path("format").isInt() || !json.path("archive").isInt()) {
        throw damaged("it has no format or archive", null);
      }
      if (json.path("format").asInt() != 0) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot read the reference to an archived file: it has the format "
                + json.path("format").asInt()
                + ", this Kmesh knows 0. Use a newer one.");
      }
      JsonNode receipt = json.path("receipt");
      return new ArchiveReference(
          json.path("fileSystem").asText(),
          json.path("instance").isTextual() ? json.path("instance").asText() : null,
          Fid.parse(json.path("fid").asText()),
          json.path("archive").asInt(),
          receipt.isTextual() ? ReceiptCodec.decode(receipt.binaryValue()) : null);
    } catch (ProviderException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(String.valueOf(e.getMessage()), e);
    }
  }

  private static ProviderException damaged(String reason, @Nullable Exception cause) {
    String text =
        "Cannot read the reference to an archived file: "
            + reason
            + ". It is damaged; run a check.";
    return cause == null
        ? new ProviderException(ErrorKind.CORRUPT, text)
        : new ProviderException(ErrorKind.CORRUPT, text, cause);
  }
}
