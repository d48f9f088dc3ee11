// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Objects that are made of others: compose, rewrite and copy. */
final class GcsMakeCalls {
  private static final int MOST_SOURCES = 32;
  private static final int LEAST_REWRITTEN = 1 << 20;

  private static final List<String> COPY =
      List.of(
          "destinationPredefinedAcl",
          "ifGenerationMatch",
          "ifGenerationNotMatch",
          "ifMetagenerationMatch",
          "ifMetagenerationNotMatch",
          "ifSourceGenerationMatch",
          "ifSourceGenerationNotMatch",
          "ifSourceMetagenerationMatch",
          "ifSourceMetagenerationNotMatch",
          "projection",
          "sourceGeneration");

  private final GcsState state;
  private final Map<String, Rewrite> rewrites = new HashMap<>();
  private long tokens;
  private volatile long bytesPerRewrite = Long.MAX_VALUE;

  /** A rewrite that has not come to its end. */
  private record Rewrite(String source, String target, long generation, long done) {}

  GcsMakeCalls(GcsState state) {
    this.state = state;
  }

  void bytesPerRewrite(long bytes) {
    bytesPerRewrite = bytes;
  }

  GcsReply compose(GcsRequest request, String bucketName, String name) throws GcsError {
    request
        .query()
        .allow(
            "ifGenerationMatch", "ifMetagenerationMatch", "destinationPredefinedAcl", "kmsKeyName");
    Map<String, Object> body = request.json();
    for (String field : body.keySet()) {
      if (!Set.of("kind", "sourceObjects", "destination").contains(field)) {
        throw GcsError.invalid("Unknown field of a compose request: " + field);
      }
    }
    if (!(body.get("sourceObjects") instanceof List<?> sources) || sources.isEmpty()) {
      throw GcsError.required("You must provide at least one source component.");
    }
    if (sources.size() > MOST_SOURCES) {
      throw GcsError.invalid(
          "The number of source components provided ("
              + sources.size()
              + ") exceeds the maximum (32)");
    }
    synchronized (state) {
      GcsBucket bucket = state.bucket(request, bucketName);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      int components = 0;
      String storageClass = null;
      for (Object one : sources) {
        GcsObject source = source(bucket, one);
        if (storageClass != null && !storageClass.equals(source.storageClass())) {
          throw GcsError.invalid("All source objects must have the same storage class.");
        }
        storageClass = source.storageClass();
        bytes.writeBytes(source.bytes());
        components += source.components();
      }
      Map<String, Object> resource = new TreeMap<>(resource(body.get("destination")));
      Object wanted = resource.putIfAbsent("storageClass", Objects.requireNonNull(storageClass));
      if (wanted != null && !wanted.equals(storageClass)) {
        throw GcsError.invalid("A composite object has the storage class of its sources.");
      }
      GcsObject made =
          state.store(
              bucket,
              name,
              bytes.toByteArray(),
              resource,
              components,
              GcsConditions.of(request.query()));
      return GcsFields.reply(request, made.resource(state.endpoint(), bucketName));
    }
  }

  private GcsObject source(GcsBucket bucket, Object one) throws GcsError {
    if (!(one instanceof Map<?, ?> map) || !(map.get("name") instanceof String name)) {
      throw GcsError.required("A source object needs a name.");
    }
    for (Object field : map.keySet()) {
      if (!Set.of("name", "generation", "objectPreconditions").contains(field)) {
        throw GcsError.invalid("Unknown field of a source object: " + field);
      }
    }
    GcsObject source = state.object(bucket, name, number(map.get("generation")));
    if (map.get("objectPreconditions") instanceof Map<?, ?> conditions) {
      new GcsConditions(number(conditions.get("ifGenerationMatch")), null, null, null)
          .check(source, false);
    }
    return source;
  }

  private static @Nullable Long number(@Nullable Object value) throws GcsError {
    try {
      return value == null ? null : Long.valueOf(value.toString());
    } catch (NumberFormatException e) {
      throw GcsError.invalid("Invalid generation: " + value);
    }
  }

  private static Map<String, Object> resource(@Nullable Object value) throws GcsError {
    Map<String, Object> resource = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((k, v) -> resource.put(String.valueOf(k), v));
    } else if (value != null) {
      throw GcsError.invalid("The destination must be an object.");
    }
    return resource;
  }

  GcsReply copy(GcsRequest request, String from, String source, String to, String target)
      throws GcsError {
    allowCopy(request, false);
    synchronized (state) {
      GcsObject read = readSource(request, from, source, null);
      GcsObject made = make(request, read, to, target);
      return GcsFields.reply(request, made.resource(state.endpoint(), to));
    }
  }

  /** One step of a rewrite: a large object needs several, each with the token of the one before. */
  GcsReply rewrite(GcsRequest request, String from, String source, String to, String target)
      throws GcsError {
    allowCopy(request, true);
    Long most = request.query().number("maxBytesRewrittenPerCall");
    if (most != null && (most < LEAST_REWRITTEN || most % LEAST_REWRITTEN != 0)) {
      throw GcsError.parameter("maxBytesRewrittenPerCall must be a multiple of 1 MiB.");
    }
    String sourceName = from + "/" + source;
    String targetName = to + "/" + target;
    synchronized (state) {
      String token = request.query().find("rewriteToken");
      Rewrite open = token == null ? null : rewrites.get(token);
      if (token != null
          && (open == null || !open.source.equals(sourceName) || !open.target.equals(targetName))) {
        throw GcsError.invalid("Invalid rewrite token.");
      }
      GcsObject read = readSource(request, from, source, open == null ? null : open.generation);
      GcsConditions.of(request.query()).check(state.bucket(to).live(target), false);
      long step = Math.min(bytesPerRewrite, most == null ? Long.MAX_VALUE : most);
      long before = open == null ? 0 : open.done;
      long size = read.bytes().length;
      boolean isDone = size - before <= step;
      Map<String, Object> r = new LinkedHashMap<>();
      r.put("kind", "storage#rewriteResponse");
      r.put("totalBytesRewritten", Long.toString(isDone ? size : before + step));
      r.put("objectSize", Long.toString(size));
      r.put("done", isDone);
      if (isDone) {
        r.put("resource", make(request, read, to, target).resource(state.endpoint(), to));
      } else {
        String next = "rewrite-" + ++tokens;
        rewrites.put(next, new Rewrite(sourceName, targetName, read.generation(), before + step));
        r.put("rewriteToken", next);
      }
      return GcsFields.reply(request, r);
    }
  }

  private static void allowCopy(GcsRequest request, boolean isRewrite) throws GcsError {
    List<String> names = new ArrayList<>(COPY);
    if (isRewrite) {
      names.addAll(List.of("rewriteToken", "maxBytesRewrittenPerCall"));
    }
    request.query().allow(names.toArray(new String[0]));
  }

  private GcsObject readSource(
      GcsRequest request, String from, String source, @Nullable Long generation) throws GcsError {
    GcsNames.object(source);
    GcsBucket bucket = state.bucket(request, from);
    Long asked = request.query().number("sourceGeneration");
    GcsObject read = state.object(bucket, source, asked == null ? generation : asked);
    GcsConditions.of(request.query(), "ifSource").check(read, false);
    return read;
  }

  /** A body replaces all that could be copied of the source's fields; none copies them. */
  private GcsObject make(GcsRequest request, GcsObject read, String to, String target)
      throws GcsError {
    Map<String, Object> resource = new TreeMap<>(request.json());
    boolean copies = resource.isEmpty();
    if (copies) {
      resource.put("storageClass", read.storageClass());
    }
    GcsObject made =
        state.store(
            state.bucket(request, to),
            target,
            read.bytes(),
            resource,
            read.isComposite() ? Integer.valueOf(1) : null,
            GcsConditions.of(request.query()));
    if (copies) {
      made.copyFields(read);
    }
    return made;
  }
}
