// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import io.kmesh.ClusterShape;
import io.kmesh.ThroughputTier;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.testkit.cloud.CloudLedger.Books;
import io.kmesh.unit.DataSize;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The books as text. Format: docs/format/mock-cloud.md, version 0. Stateless. */
final class LedgerText {
  private static final String HEAD = "kmesh-mock-cloud 0";

  private LedgerText() {}

  static String write(Books books) {
    StringBuilder text = new StringBuilder(HEAD).append('\n');
    Map<String, String> counts = new LinkedHashMap<>();
    counts.put("made", Long.toString(books.made));
    counts.put("changed", Long.toString(books.changed));
    counts.put("deleted", Long.toString(books.deleted));
    append(text, counts);
    books.resources.values().forEach(resource -> append(text, fields(resource)));
    return text.toString();
  }

  private static Map<String, String> fields(MockResource r) {
    Map<String, String> f = new LinkedHashMap<>();
    f.put("id", r.id());
    f.put("token", r.token().value());
    f.put("name", r.name());
    f.put("zone", r.zone());
    f.put("request", r.request());
    put(f, "", r.shape());
    f.put("created", r.created().toString());
    f.put("ready", r.ready().toString());
    f.put("failure", r.failure());
    MockResource.Change change = r.change();
    if (change != null) {
      f.put("change", change.token().value());
      put(f, "change-", change.wanted());
      f.put("change-begun", change.begun().toString());
      f.put("change-ends", change.ends().toString());
      f.put("change-failure", change.failure());
    }
    Instant gone = r.gone();
    if (gone != null) {
      f.put("gone", gone.toString());
    }
    return f;
  }

  private static void put(Map<String, String> fields, String prefix, ClusterShape shape) {
    fields.put(prefix + "capacity", Long.toString(shape.capacity().bytes()));
    fields.put(prefix + "throughput", Integer.toString(shape.throughput().value()));
  }

  private static void append(StringBuilder text, Map<String, String> fields) {
    text.append(
            fields.entrySet().stream()
                .map(
                    e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining(" ")))
        .append('\n');
  }

  /**
   * Reads books; an empty text is an empty one.
   *
   * @throws IllegalArgumentException when it is none of this version
   */
  static Books read(String text) {
    Books books = new Books();
    if (text.isEmpty()) {
      return books;
    }
    List<String> lines = text.lines().toList();
    if (lines.size() < 2 || !lines.get(0).equals(HEAD)) {
      throw new IllegalArgumentException("it does not begin with \"" + HEAD + "\"");
    }
    Map<String, String> counts = parse(lines.get(1));
    books.made = number(counts, "made");
    books.changed = number(counts, "changed");
    books.deleted = number(counts, "deleted");
    for (String line : lines.subList(2, lines.size())) {
      MockResource resource = resource(parse(line));
      books.resources.put(resource.id(), resource);
    }
    return books;
  }

  private static Map<String, String> parse(String line) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : line.split(" ", -1)) {
      int sign = field.indexOf('=');
      if (sign < 0) {
        throw new IllegalArgumentException("\"" + field + "\" is no field with a value");
      }
      fields.put(
          field.substring(0, sign),
          URLDecoder.decode(field.substring(sign + 1), StandardCharsets.UTF_8));
    }
    return fields;
  }

  private static MockResource resource(Map<String, String> f) {
    return new MockResource(
        text(f, "id"),
        new CloudToken(text(f, "token")),
        text(f, "name"),
        text(f, "zone"),
        text(f, "request"),
        shape(f, ""),
        instant(f, "created"),
        instant(f, "ready"),
        text(f, "failure"),
        f.containsKey("change")
            ? new MockResource.Change(
                new CloudToken(text(f, "change")),
                shape(f, "change-"),
                instant(f, "change-begun"),
                instant(f, "change-ends"),
                text(f, "change-failure"))
            : null,
        f.containsKey("gone") ? instant(f, "gone") : null);
  }

  private static ClusterShape shape(Map<String, String> f, String prefix) {
    return new ClusterShape(
        DataSize.ofBytes(number(f, prefix + "capacity")),
        new ThroughputTier(Integer.parseInt(text(f, prefix + "throughput"))));
  }

  private static Instant instant(Map<String, String> f, String field) {
    try {
      return Instant.parse(text(f, field));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("\"" + field + "\" is no time", e);
    }
  }

  private static long number(Map<String, String> f, String field) {
    return Long.parseLong(text(f, field));
  }

  private static String text(Map<String, String> f, String field) {
    String value = f.get(field);
    if (value == null) {
      throw new IllegalArgumentException("\"" + field + "\" is missing");
    }
    return value;
  }
}
