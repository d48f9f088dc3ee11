// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import java.io.CharArrayReader;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.RestoreStatus;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Reads S3's answers in XML: pages of a listing, and errors. Source: "ListObjectsV2" and "Error
 * responses" of the S3 API. Thread-safe.
 */
final class S3Xml {
  /** The texts of the elements of an error, by name. */
  record Refusal(String code, String message) {}

  private static final XMLInputFactory FACTORY = factory();

  private S3Xml() {}

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    return factory;
  }

  /** What an error's body says; null when it is no XML of an error. */
  static @Nullable Refusal error(byte[] body) {
    try {
      XMLStreamReader in = reader(body);
      in.nextTag();
      if (!in.getLocalName().equals("Error")) {
        return null;
      }
      Map<String, String> texts = texts(in);
      return new Refusal(texts.getOrDefault("Code", ""), texts.getOrDefault("Message", ""));
    } catch (XMLStreamException e) {
      return null;
    }
  }

  /**
   * A page of a listing; keys that were encoded are decoded.
   *
   * @throws IOException for what is no such page
   */
  static ListObjectsV2Response page(byte[] body) throws IOException {
    try {
      XMLStreamReader in = reader(body);
      in.nextTag();
      return page(in);
    } catch (XMLStreamException | DateTimeParseException | IllegalArgumentException e) {
      throw new IOException("the listing cannot be read: " + e.getMessage(), e);
    }
  }

  private static ListObjectsV2Response page(XMLStreamReader in) throws XMLStreamException {
    ListObjectsV2Response.Builder page = ListObjectsV2Response.builder();
    List<Map<String, String>> contents = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    boolean isEncoded = false;
    while (in.nextTag() == XMLStreamConstants.START_ELEMENT) {
      switch (in.getLocalName()) {
        case "IsTruncated" -> page.isTruncated(Boolean.parseBoolean(in.getElementText().trim()));
        case "EncodingType" -> isEncoded = in.getElementText().equals("url");
        case "NextContinuationToken" -> page.nextContinuationToken(in.getElementText());
        case "Contents" -> contents.add(texts(in));
        case "CommonPrefixes" -> prefixes.add(texts(in).getOrDefault("Prefix", ""));
        default -> skip(in);
      }
    }
    List<S3Object> objects = new ArrayList<>(contents.size());
    for (Map<String, String> object : contents) {
      objects.add(object(object, isEncoded));
    }
    List<CommonPrefix> levels = new ArrayList<>(prefixes.size());
    for (String prefix : prefixes) {
      levels.add(CommonPrefix.builder().prefix(decoded(prefix, isEncoded)).build());
    }
    return page.contents(objects).commonPrefixes(levels).build();
  }

  private static S3Object object(Map<String, String> texts, boolean isEncoded) {
    S3Object.Builder object =
        S3Object.builder()
            .key(decoded(texts.getOrDefault("Key", ""), isEncoded))
            .eTag(texts.get("ETag"))
            .storageClass(texts.get("StorageClass"));
    String size = texts.get("Size");
    String time = texts.get("LastModified");
    String restoring = texts.get("IsRestoreInProgress");
    if (size != null) {
      object.size(Long.parseLong(size));
    }
    if (time != null) {
      object.lastModified(Instant.parse(time));
    }
    if (restoring != null) {
      object.restoreStatus(
          RestoreStatus.builder().isRestoreInProgress(Boolean.parseBoolean(restoring)).build());
    }
    return object.build();
  }

  private static String decoded(String text, boolean isEncoded) {
    boolean hasCodes = text.indexOf('%') >= 0 || text.indexOf('+') >= 0;
    return isEncoded && hasCodes ? URLDecoder.decode(text, StandardCharsets.UTF_8) : text;
  }

  /**
   * The texts of all elements within the present one, by name; of one that comes twice the last.
   */
  private static Map<String, String> texts(XMLStreamReader in) throws XMLStreamException {
    Map<String, String> texts = new HashMap<>();
    String name = "";
    StringBuilder text = new StringBuilder();
    int depth = 1;
    while (depth > 0) {
      switch (in.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          depth++;
          name = in.getLocalName();
          text.setLength(0);
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(in.getText());
        case XMLStreamConstants.END_ELEMENT -> {
          if (in.getLocalName().equals(name)) {
            texts.put(name, text.toString());
          }
          name = "";
          depth--;
        }
        default -> {
          // comments and the like
        }
      }
    }
    return texts;
  }

  private static void skip(XMLStreamReader in) throws XMLStreamException {
    Map<String, String> unused = texts(in);
  }

  /** Of UTF-8, which S3 writes; a byte that is none is refused, not replaced. */
  private static XMLStreamReader reader(byte[] body) throws XMLStreamException {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
      return FACTORY.createXMLStreamReader(new CharArrayReader(text.array(), 0, text.limit()));
    } catch (CharacterCodingException e) {
      throw new XMLStreamException("it is no UTF-8", e);
    }
  }
}
