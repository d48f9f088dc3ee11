// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import com.azure.storage.blob.models.BlobRequestConditions;
import io.kmesh.spi.store.Condition;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** ETags and MD5 sums. Azure quotes ETags in headers and not in lists; Kmesh never does. */
final class Etags {
  private Etags() {}

  static String unquoted(String etag) {
    return etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"")
        ? etag.substring(1, etag.length() - 1)
        : etag;
  }

  static String quoted(String etag) {
    return "\"" + unquoted(etag) + "\"";
  }

  /** A condition as the SDK takes it. */
  static BlobRequestConditions conditions(Condition condition) {
    BlobRequestConditions conditions = new BlobRequestConditions();
    if (condition instanceof Condition.Absent) {
      conditions.setIfNoneMatch("*");
    } else if (condition instanceof Condition.Matches m) {
      conditions.setIfMatch(quoted(m.etag()));
    }
    return conditions;
  }

  static byte[] md5(ByteBuffer bytes) {
    try {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      digest.update(bytes.duplicate());
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has MD5.", e);
    }
  }
}
