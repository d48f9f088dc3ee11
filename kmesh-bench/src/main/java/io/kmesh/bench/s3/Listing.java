// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.s3;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ListObjects of both versions. Keys are in the order of UTF-16. */
final class Listing {
  private static final int PAGE = 1000;

  private final Bucket bucket;
  private final Map<String, String> query;
  private final boolean isSecond;
  private final boolean isEncoded;

  Listing(Bucket bucket, Map<String, String> query) {
    this.bucket = bucket;
    this.query = query;
    this.isSecond = "2".equals(query.get("list-type"));
    this.isEncoded = "url".equals(query.get("encoding-type"));
  }

  byte[] page(String name) {
    String prefix = query.getOrDefault("prefix", "");
    String delimiter = query.getOrDefault("delimiter", "");
    int most = Math.min(PAGE, Integer.parseInt(query.getOrDefault("max-keys", "1000")));
    String after = after();
    Xml keys = new Xml();
    int count = 0;
    String last = "";
    boolean isMore = false;
    String from = after == null || after.compareTo(prefix) < 0 ? prefix : after;
    String key =
        from.equals(after) ? bucket.objects().higherKey(from) : bucket.objects().ceilingKey(from);
    StringBuilder body = new StringBuilder();
    while (key != null && key.startsWith(prefix)) {
      if (count == most) {
        isMore = true;
        break;
      }
      int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
      if (cut >= 0) {
        last = key.substring(0, cut + delimiter.length());
        body.append("<CommonPrefixes><Prefix>")
            .append(text(last))
            .append("</Prefix></CommonPrefixes>");
        // Behind all keys of this level.
        last = last + Character.MAX_VALUE;
        key = bucket.objects().ceilingKey(last);
      } else {
        StoredObject object = bucket.find(key);
        if (object != null) {
          body.append("<Contents><Key>")
              .append(text(key))
              .append("</Key><LastModified>")
              .append(object.modified().truncatedTo(ChronoUnit.MILLIS))
              .append("</LastModified><ETag>&quot;")
              .append(object.etag())
              .append("&quot;</ETag><Size>")
              .append(object.size())
              .append("</Size><StorageClass>STANDARD</StorageClass></Contents>");
        }
        last = key;
        key = bucket.objects().higherKey(key);
      }
      count++;
    }
    keys.open("ListBucketResult")
        .element("Name", name)
        .element("Prefix", text(prefix))
        .element("MaxKeys", most)
        .element("IsTruncated", isMore);
    if (isEncoded) {
      keys.element("EncodingType", "url");
    }
    if (isMore) {
      keys.element(isSecond ? "NextContinuationToken" : "NextMarker", isSecond ? last : text(last));
    }
    if (isSecond) {
      keys.element("KeyCount", count);
    }
    keys.raw(body).close("ListBucketResult");
    return keys.bytes();
  }

  private @Nullable String after() {
    if (query.containsKey("continuation-token")) {
      return query.get("continuation-token");
    }
    return query.get(isSecond ? "start-after" : "marker");
  }

  private String text(String key) {
    return isEncoded
        ? URLEncoder.encode(key, StandardCharsets.UTF_8).replace("%2F", "/")
        : key.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
