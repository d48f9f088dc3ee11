// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.cloud.aws.internal.http.Origin;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a bucket's objects are: the server and the path before their keys. Immutable.
 *
 * @param origin the server
 * @param path of the bucket, encoded, without a slash at its end: empty where the host names it
 */
record S3Url(Origin origin, String path) {
  private static final String HEX = "0123456789ABCDEF";

  /** Of a bucket whose name is in the path. */
  static S3Url ofBucket(URI endpoint, String bucket) {
    String path = endpoint.getRawPath();
    String above = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return new S3Url(Origin.of(endpoint), above + "/" + bucket);
  }

  /** Of the URL that an object of a one-letter key has. */
  static S3Url ofObject(URI object) {
    String path = object.getRawPath();
    return new S3Url(Origin.of(object), path.substring(0, path.lastIndexOf('/')));
  }

  /** The target of a request for an object. */
  StringBuilder object(String key) {
    StringBuilder target = new StringBuilder(path.length() + key.length() + 128);
    target.append(path).append('/');
    encode(key, true, target);
    return target;
  }

  /** The target of a request for the bucket. */
  StringBuilder bucket() {
    return new StringBuilder(path.isEmpty() ? "/" : path);
  }

  /** Adds a parameter, unless its value is null. */
  static void parameter(StringBuilder target, String name, @Nullable String value) {
    if (value != null) {
      target.append(target.indexOf("?") < 0 ? '?' : '&').append(name).append('=');
      encode(value, false, target);
    }
  }

  /** All but what RFC 3986 calls unreserved goes by its bytes of UTF-8. */
  private static void encode(String text, boolean keepsSlash, StringBuilder to) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (byte b : bytes) {
      char c = (char) (b & 0xff);
      boolean isPlain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '.'
              || c == '_'
              || c == '~'
              || (c == '/' && keepsSlash);
      if (isPlain) {
        to.append(c);
      } else {
        to.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
      }
    }
  }
}
