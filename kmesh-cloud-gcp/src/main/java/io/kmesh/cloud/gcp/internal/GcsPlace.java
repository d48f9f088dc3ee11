// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import okhttp3.HttpUrl;

/**
 * Where a bucket is.
 *
 * @param endpoint the API, without a path
 * @param bucket its name
 * @param project who pays where the requester does; empty for none
 * @param uploads what the names of parts of open uploads begin with, which nobody else sees
 */
public record GcsPlace(HttpUrl endpoint, String bucket, String project, String uploads) {
  /** Its URL. */
  public URI uri() {
    return URI.create("gs://" + bucket);
  }

  /** The URL of a JSON call behind the bucket: {@code o}, a name, {@code compose}. */
  public HttpUrl.Builder json(String... path) {
    HttpUrl.Builder url = endpoint.newBuilder().addEncodedPathSegments("storage/v1/b");
    url.addEncodedPathSegment(encode(bucket));
    for (String segment : path) {
      url.addEncodedPathSegment(encode(segment));
    }
    return url;
  }

  /** The URL of inserts. */
  public HttpUrl.Builder insert() {
    return endpoint
        .newBuilder()
        .addEncodedPathSegments("upload/storage/v1/b")
        .addEncodedPathSegment(encode(bucket))
        .addEncodedPathSegment("o");
  }

  /** The URL of an XML download. */
  public HttpUrl.Builder xml(String key) {
    return endpoint
        .newBuilder()
        .addEncodedPathSegment(encode(bucket))
        .addEncodedPathSegment(encode(key));
  }

  /** Adds a parameter, whatever its characters. */
  public static void add(HttpUrl.Builder url, String name, String value) {
    url.addEncodedQueryParameter(name, encode(value));
  }

  /** Encodes all but RFC 3986's unreserved characters, so that nothing is taken for a separator. */
  static String encode(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if ((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || "-._~".indexOf(c) >= 0) {
        out.append(c);
      } else {
        out.append('%').append(digit(c >> 4)).append(digit(c & 15));
      }
    }
    return out.toString();
  }

  private static char digit(int nibble) {
    return "0123456789ABCDEF".charAt(nibble);
  }
}
