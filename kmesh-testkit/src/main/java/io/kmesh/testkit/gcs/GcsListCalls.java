// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Lists of objects, in the order of the names' UTF-8. */
final class GcsListCalls {
  private static final int MOST = 1000;

  private final GcsState state;

  GcsListCalls(GcsState state) {
    this.state = state;
  }

  GcsReply list(GcsRequest request, String bucketName) throws GcsError {
    GcsQuery query = request.query();
    query.allow(
        "delimiter",
        "endOffset",
        "includeTrailingDelimiter",
        "includeFoldersAsPrefixes",
        "maxResults",
        "pageToken",
        "prefix",
        "projection",
        "softDeleted",
        "startOffset",
        "versions");
    Long asked = query.number("maxResults");
    if (asked != null && asked < 1) {
      throw GcsError.parameter("Invalid value for maxResults: " + asked);
    }
    synchronized (state) {
      GcsBucket bucket = state.bucket(request, bucketName);
      Page page =
          new Page(
              state.endpoint(), bucket, query, (int) Math.min(MOST, asked == null ? MOST : asked));
      page.fill();
      return GcsFields.reply(request, page.resource());
    }
  }

  /** One page. The token says what was given last: a name and generation, or a prefix. */
  private static final class Page {
    private final String endpoint;
    private final GcsBucket bucket;
    private final String prefix;
    private final String delimiter;
    private final String start;
    private final @Nullable String end;
    private final boolean versions;
    private final boolean trailing;
    private final int most;
    private final List<Object> items = new ArrayList<>();
    private final TreeSet<String> prefixes = new TreeSet<>(GcsNames.UTF8_ORDER);
    private String after = "";
    private long afterGeneration;
    private @Nullable String token;

    Page(String endpoint, GcsBucket bucket, GcsQuery query, int most) throws GcsError {
      this.endpoint = endpoint;
      this.bucket = bucket;
      this.prefix = query.get("prefix", "");
      this.delimiter = query.get("delimiter", "");
      this.start = query.get("startOffset", "");
      this.end = query.find("endOffset");
      this.versions = query.flag("versions");
      this.trailing = query.flag("includeTrailingDelimiter");
      this.most = most;
      String given = query.find("pageToken");
      if (given != null) {
        readToken(given);
      }
    }

    private void readToken(String given) throws GcsError {
      try {
        String text = new String(Base64.getUrlDecoder().decode(given), StandardCharsets.UTF_8);
        int colon = text.indexOf(':');
        afterGeneration = Long.parseLong(text.substring(0, colon));
        after = text.substring(colon + 1);
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw GcsError.parameter("Invalid pageToken.");
      }
    }

    void fill() {
      NavigableMap<String, List<GcsObject>> rest = bucket.objects();
      String last = after;
      long lastGeneration = afterGeneration;
      String from = GcsNames.UTF8_ORDER.compare(start, prefix) > 0 ? start : prefix;
      from = GcsNames.UTF8_ORDER.compare(after, from) > 0 ? after : from;
      for (Map.Entry<String, List<GcsObject>> entry : rest.tailMap(from, true).entrySet()) {
        String name = entry.getKey();
        if (!name.startsWith(prefix)
            || (end != null && GcsNames.UTF8_ORDER.compare(name, end) >= 0)) {
          break;
        }
        int cut = delimiter.isEmpty() ? -1 : name.indexOf(delimiter, prefix.length());
        String common = cut < 0 ? "" : name.substring(0, cut + delimiter.length());
        if (afterGeneration == -1 && name.startsWith(after)) {
          continue; // below the prefix that the page before gave
        }
        for (GcsObject object : entry.getValue()) {
          boolean isBefore = name.equals(after) && object.generation() <= afterGeneration;
          if (isBefore || (!versions && !object.isLive())) {
            continue;
          }
          boolean isItem = cut < 0 || (trailing && name.equals(common));
          boolean isNew = cut >= 0 && !prefixes.contains(common);
          if (!isItem && !isNew) {
            continue;
          }
          if (items.size() + prefixes.size() >= most) {
            token = writeToken(last, lastGeneration);
            return;
          }
          if (isItem) {
            items.add(object.resource(endpoint, bucket.name()));
          }
          if (isNew) {
            prefixes.add(common);
          }
          last = isNew ? common : name;
          lastGeneration = isNew ? -1 : object.generation();
        }
      }
    }

    private static String writeToken(String last, long generation) {
      byte[] text = (generation + ":" + last).getBytes(StandardCharsets.UTF_8);
      return Base64.getUrlEncoder().encodeToString(text);
    }

    Map<String, Object> resource() {
      Map<String, Object> page = new LinkedHashMap<>();
      page.put("kind", "storage#objects");
      if (token != null) {
        page.put("nextPageToken", token);
      }
      if (!prefixes.isEmpty()) {
        page.put("prefixes", List.copyOf(prefixes));
      }
      if (!items.isEmpty()) {
        page.put("items", items);
      }
      return page;
    }
  }
}
