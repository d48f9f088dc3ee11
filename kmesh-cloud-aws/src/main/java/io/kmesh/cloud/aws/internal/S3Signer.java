// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.cloud.aws.internal.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests by AWS Signature Version 4 as S3 has it: the path is encoded once, and the body's
 * SHA-256 or the word for none is a header. Source: "Signature Version 4 signing process", "Create
 * a signed AWS API request". Thread-safe.
 */
final class S3Signer {
  /** The header with the time of signing. */
  static final String DATE = "X-Amz-Date";

  /** In place of the SHA-256 of a body that TLS guards, or that there is none of. */
  static final String UNSIGNED = "UNSIGNED-PAYLOAD";

  private static final String CONTENT = "x-amz-content-sha256";
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final String END = "aws4_request";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int DAY = 8;

  /**
   * Keys of one caller.
   *
   * @param token of a session; null for keys that last
   */
  record Keys(String id, String secret, @Nullable String token) {
    @Override
    public String toString() {
      return "Keys(" + id + ")";
    }
  }

  /**
   * What a day's signatures are made with.
   *
   * @param mac has the day's key; each signature takes a copy of it, which spares the look for a
   *     provider and the key's own blocks
   */
  private record DayKey(String day, String secret, Mac mac) {
    @Override
    public String toString() {
      return "DayKey(" + day + ")";
    }
  }

  /** A second as requests have it: many are signed in each. */
  private record Second(long second, String text) {}

  private final String service;
  private final String region;
  private volatile @Nullable DayKey last;
  private volatile @Nullable Second now;

  S3Signer(String service, String region) {
    this.service = service;
    this.region = region;
  }

  /**
   * Adds the headers of a signature; everything that the request has by then is signed.
   *
   * @param content the body's SHA-256 in hexadecimal digits, or {@link #UNSIGNED}
   * @return the time of signing as the request has it
   */
  String sign(HttpRequest request, Keys keys, String content, Instant at) {
    String time = text(at);
    request
        .header(CONTENT, content)
        .header(DATE, time)
        .header("X-Amz-Security-Token", keys.token());
    List<HttpRequest.Header> signed = new ArrayList<>();
    for (HttpRequest.Header header : request.headers()) {
      String name = header.name().toLowerCase(Locale.ROOT);
      if (!name.equals("user-agent")) {
        signed.add(new HttpRequest.Header(name, collapsed(header.value())));
      }
    }
    signed.sort(Comparator.comparing(HttpRequest.Header::name));
    StringBuilder names = new StringBuilder();
    for (HttpRequest.Header header : signed) {
      names.append(names.isEmpty() ? "" : ";").append(header.name());
    }
    String scope = time.substring(0, DAY) + "/" + region + "/" + service + "/" + END;
    String canonical = canonical(request, signed, names.toString(), content);
    String toSign =
        ALGORITHM + "\n" + time + "\n" + scope + "\n" + hex(sha256().digest(bytes(canonical)));
    String signature = hex(keyed(time.substring(0, DAY), keys.secret()).doFinal(bytes(toSign)));
    request.header(
        "Authorization",
        ALGORITHM
            + " Credential="
            + keys.id()
            + "/"
            + scope
            + ", SignedHeaders="
            + names
            + ", Signature="
            + signature);
    return time;
  }

  /** The SHA-256 of what remains in a buffer, in hexadecimal digits. */
  static String sha256(ByteBuffer body) {
    MessageDigest digest = sha256();
    digest.update(body.duplicate());
    return hex(digest.digest());
  }

  private static String canonical(
      HttpRequest request, List<HttpRequest.Header> signed, String names, String content) {
    int query = request.target().indexOf('?');
    StringBuilder text = new StringBuilder(1024);
    text.append(request.method()).append('\n');
    text.append(query < 0 ? request.target() : request.target().substring(0, query)).append('\n');
    text.append(query < 0 ? "" : sorted(request.target().substring(query + 1))).append('\n');
    for (HttpRequest.Header header : signed) {
      text.append(header.name()).append(':').append(header.value()).append('\n');
    }
    return text.append('\n').append(names).append('\n').append(content).toString();
  }

  /** The parameters, encoded as they are, in their order; one without a value has an empty one. */
  private static String sorted(String query) {
    List<String> all = new ArrayList<>();
    for (String parameter : query.split("&", -1)) {
      all.add(parameter.indexOf('=') < 0 ? parameter + "=" : parameter);
    }
    all.sort(
        Comparator.comparing((String p) -> p.substring(0, p.indexOf('=')))
            .thenComparing(Comparator.naturalOrder()));
    return String.join("&", all);
  }

  /** Without spaces at the ends, and one where there are several. */
  static String collapsed(String value) {
    String trimmed = value.trim();
    if (trimmed.indexOf("  ") < 0) {
      return trimmed;
    }
    StringBuilder text = new StringBuilder(trimmed.length());
    for (int i = 0; i < trimmed.length(); i++) {
      if (trimmed.charAt(i) != ' ' || trimmed.charAt(i - 1) != ' ') {
        text.append(trimmed.charAt(i));
      }
    }
    return text.toString();
  }

  private String text(Instant at) {
    Second known = now;
    if (known == null || known.second() != at.getEpochSecond()) {
      known = new Second(at.getEpochSecond(), TIME.format(at));
      now = known;
    }
    return known.text();
  }

  /** A code that has the day's key, of the caller alone. */
  private Mac keyed(String day, String secret) {
    DayKey known = last;
    if (known == null || !known.day().equals(day) || !known.secret().equals(secret)) {
      known = new DayKey(day, secret, mac(key(day, secret)));
      last = known;
    }
    try {
      return (Mac) known.mac().clone();
    } catch (CloneNotSupportedException e) {
      return mac(key(day, secret)); // another provider's
    }
  }

  private SecretKeySpec key(String day, String secret) {
    byte[] key = hmac(spec(bytes("AWS4" + secret)), day);
    key = hmac(spec(key), region);
    key = hmac(spec(key), service);
    return spec(hmac(spec(key), END));
  }

  private static SecretKeySpec spec(byte[] key) {
    return new SecretKeySpec(key, "HmacSHA256");
  }

  private static byte[] hmac(SecretKeySpec key, String text) {
    return mac(key).doFinal(bytes(text));
  }

  private static Mac mac(SecretKeySpec key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Cannot sign: this Java has no HmacSHA256.", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Cannot sign: this Java has no SHA-256.", e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
