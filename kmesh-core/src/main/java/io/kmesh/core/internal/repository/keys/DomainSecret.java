// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import io.kmesh.core.internal.crypto.Aead;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What a domain's key object and its grants hold. The key is read and written as bytes: a string
 * could not be wiped.
 *
 * @param name the domain's name, for people
 * @param key its 32 bytes
 * @param data how files are cut
 * @param image how images are cut
 */
record DomainSecret(String name, SecretBytes key, Chunking data, Chunking image) {
  /** The most characters of a name. */
  static final int LONGEST_NAME = 200;

  private static final int CHUNK_NAMES = 1;

  /** Reads a member's value, behind which others follow. */
  private static final ObjectReader PART =
      KeyJson.JSON.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** The bytes to seal; the caller wipes them. */
  byte[] encode() {
    byte[] secret = key.reveal();
    byte[] digits = Base64.getEncoder().encode(secret);
    byte[] before =
        ascii("{\"name\":\"", JsonStringEncoder.getInstance().quoteAsUTF8(name), "\",\"key\":\"");
    byte[] behind =
        ascii(
            "\",\"chunkNames\":"
                + CHUNK_NAMES
                + ",\"chunking\":{\"data\":"
                + array(data)
                + ",\"image\":"
                + array(image)
                + "}}",
            new byte[0],
            "");
    byte[] text =
        ByteBuffer.allocate(before.length + digits.length + behind.length)
            .put(before)
            .put(digits)
            .put(behind)
            .array();
    Arrays.fill(secret, (byte) 0);
    Arrays.fill(digits, (byte) 0);
    return text;
  }

  private static String array(Chunking c) {
    return "[" + c.min() + "," + c.average() + "," + c.max() + "]";
  }

  private static byte[] ascii(String first, byte[] second, String third) {
    byte[] a = first.getBytes(StandardCharsets.US_ASCII);
    byte[] c = third.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(a.length + second.length + c.length)
        .put(a)
        .put(second)
        .put(c)
        .array();
  }

  /**
   * Reads what was sealed.
   *
   * @param what the object that held it, for messages
   * @throws ProviderException CORRUPT when it is none, UNSUPPORTED when its chunk names are newer
   */
  static DomainSecret decode(String what, byte[] text) throws ProviderException {
    Draft draft = new Draft();
    try (JsonParser parser = KeyJson.JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw KeyJson.damaged(what, "it holds no JSON object", null);
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String member = parser.currentName();
        parser.nextToken();
        draft.read(parser, member);
      }
      if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
        throw KeyJson.damaged(what, "it holds more than a JSON object", null);
      }
      return draft.finish(what);
    } catch (ProviderException e) {
      throw e;
    } catch (IOException | RuntimeException | StackOverflowError e) {
      // Never as the cause: its message would quote the key.
      throw KeyJson.damaged(what, "it holds no domain's key", null);
    } finally {
      draft.wipe();
    }
  }

  private static final class Draft {
    private @Nullable String name;
    private byte @Nullable [] key;
    private int chunkNames = -1;
    private @Nullable Chunking data;
    private @Nullable Chunking image;

    private void read(JsonParser parser, String member) throws IOException {
      switch (member) {
        case "name" ->
            name = parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : null;
        case "key" -> key = parser.getBinaryValue();
        case "chunkNames" -> chunkNames = parser.getIntValue();
        case "chunking" -> readChunking(parser);
        default -> parser.skipChildren();
      }
    }

    private void readChunking(JsonParser parser) throws IOException {
      JsonNode node = PART.readTree(parser);
      data = chunking(node.path("data"));
      image = chunking(node.path("image"));
    }

    private static @Nullable Chunking chunking(JsonNode node) {
      for (int i = 0; i < 3; i++) {
        if (!node.path(i).isIntegralNumber() || !node.path(i).canConvertToInt()) {
          return null;
        }
      }
      return node.size() == 3
          ? new Chunking(node.path(0).intValue(), node.path(1).intValue(), node.path(2).intValue())
          : null;
    }

    private DomainSecret finish(String what) throws ProviderException {
      if (chunkNames >= 0 && chunkNames != CHUNK_NAMES) {
        throw KeyJson.unknown(what, "algorithm of chunk names", Integer.toString(chunkNames));
      }
      byte[] secret = key;
      if (name == null
          || !Names.isName(name, LONGEST_NAME)
          || secret == null
          || secret.length != Aead.KEY_BYTES
          || chunkNames < 0
          || data == null
          || image == null) {
        throw KeyJson.damaged(what, "it holds no domain's key", null);
      }
      return new DomainSecret(name, SecretBytes.copyOf(secret), data, image);
    }

    private void wipe() {
      if (key != null) {
        Arrays.fill(key, (byte) 0);
      }
    }
  }
}
