// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.CertificateMaker;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The form of every stored record: ASCII lines {@code kmesh-KIND 0}, {@code NAME VALUE}, and last
 * {@code check CRC-32C}. Format: docs/format/flow-trust.md. What fails names the file and the
 * field, never a value.
 */
final class TrustText {
  /** The most bytes of a record. */
  static final int MOST_BYTES = 64 << 10;

  private static final String VERSION = "0";

  private final StringBuilder text = new StringBuilder(1024);

  /** Begins a record of a kind, such as {@code token}. */
  TrustText(String kind) {
    text.append("kmesh-").append(kind).append(' ').append(VERSION).append('\n');
  }

  TrustText put(String name, String value) {
    if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("A field's value has a character that it may not have.");
    }
    text.append(name).append(' ').append(value).append('\n');
    return this;
  }

  TrustText put(String name, byte[] value) {
    return put(name, Base64.getEncoder().encodeToString(value));
  }

  TrustText put(String name, X509Certificate certificate) {
    try {
      return put(name, certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("A certificate that was read has a DER form.", e);
    }
  }

  byte[] bytes() {
    byte[] body = text.toString().getBytes(StandardCharsets.US_ASCII);
    return (text + "check " + check(body, body.length) + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  private static String check(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return String.format("%08x", crc.getValue());
  }

  @Override
  public String toString() {
    return "TrustText(****)";
  }

  /** Makes a value of fields. */
  interface Reader<T> {
    /** Takes every field. */
    T read(Fields fields) throws GeneralSecurityException, IOException;
  }

  /**
   * Reads a record.
   *
   * @param what what errors call it
   * @throws ProviderException CORRUPT, UNSUPPORTED
   */
  static <T> T read(String kind, String what, byte[] bytes, Reader<T> reader)
      throws ProviderException {
    try {
      Fields fields = fields(kind, what, bytes);
      T value = reader.read(fields);
      fields.requireEnd();
      return value;
    } catch (ProviderException e) {
      throw e;
    } catch (DateTimeException e) {
      throw damaged(what, "a time of it is none");
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw damaged(what, String.valueOf(e.getMessage()));
    }
  }

  private static Fields fields(String kind, String what, byte[] bytes) throws ProviderException {
    String all = new String(bytes, StandardCharsets.ISO_8859_1);
    String first = all.lines().findFirst().orElse("");
    String wanted = "kmesh-" + kind + " ";
    if (!first.startsWith(wanted) || bytes.length > MOST_BYTES) {
      throw damaged(what, "it is no record of the kind kmesh-" + kind);
    }
    if (!first.equals(wanted + VERSION)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read "
              + what
              + ": its version is not "
              + VERSION
              + ", the one that this Kmesh knows. Use the Kmesh that wrote it, or a newer one.");
    }
    int last = all.lastIndexOf("\ncheck ") + 1;
    if (last < 1 || !all.substring(last).equals("check " + check(bytes, last) + "\n")) {
      throw damaged(what, "its checksum is not that of its bytes");
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : all.substring(first.length() + 1, last).split("\n", -1)) {
      int space = line.indexOf(' ');
      if (line.isEmpty()) {
        continue; // behind the last newline
      }
      if (space < 1 || fields.put(line.substring(0, space), line.substring(space + 1)) != null) {
        throw damaged(what, "a line is no field, or is there twice");
      }
    }
    return new Fields(fields);
  }

  static ProviderException damaged(String what, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read " + what + ": " + reason + ". Put back the last good copy of it.");
  }

  /** The fields of a record; each is taken once. */
  static final class Fields {
    private final Map<String, String> values;

    private Fields(Map<String, String> values) {
      this.values = values;
    }

    boolean has(String name) {
      return values.containsKey(name);
    }

    String text(String name) {
      String value = values.remove(name);
      if (value == null) {
        throw new IllegalArgumentException("it has no field " + name);
      }
      return value;
    }

    String site(String name) {
      String value = text(name);
      if (!SiteNames.isName(value)) {
        throw new IllegalArgumentException("its field " + name + " is no site's name");
      }
      return value;
    }

    /** Lower-case hexadecimal digits of so many bytes. */
    String hex(String name, int bytes) {
      String value = text(name);
      if (value.length() != 2 * bytes || !value.matches("[0-9a-f]+")) {
        throw new IllegalArgumentException(
            "its field " + name + " is not " + 2 * bytes + " hexadecimal digits");
      }
      return value;
    }

    /** A number of 1 to {@code most}. */
    int number(String name, int most) {
      String value = text(name);
      if (!value.matches("[1-9][0-9]{0,8}") || Integer.parseInt(value) > most) {
        throw new IllegalArgumentException("its field " + name + " is no number up to " + most);
      }
      return Integer.parseInt(value);
    }

    Instant time(String name) {
      return Instant.parse(text(name));
    }

    byte[] bytes(String name) {
      String value = text(name);
      try {
        byte[] bytes = Base64.getDecoder().decode(value);
        if (Base64.getEncoder().encodeToString(bytes).equals(value)) {
          return bytes;
        }
      } catch (IllegalArgumentException e) {
        // said below: the JDK's own message has characters of the value
      }
      throw new IllegalArgumentException("its field " + name + " is no base 64");
    }

    X509Certificate certificate(String name) throws GeneralSecurityException {
      byte[] der = bytes(name);
      try {
        return CertificateMaker.read(der);
      } catch (GeneralSecurityException | RuntimeException e) {
        throw new GeneralSecurityException("its field " + name + " is no certificate in DER", e);
      }
    }

    private void requireEnd() {
      if (!values.isEmpty()) {
        throw new IllegalArgumentException("it has a field that this Kmesh does not know");
      }
    }
  }
}
