// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import io.kmesh.spi.time.KmeshTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All buckets. Whoever reads or changes them holds this object's monitor. */
final class GcsState {
  private final Map<String, GcsBucket> buckets = new TreeMap<>();
  private volatile KmeshTime time;
  private final String endpoint;
  private long lastGeneration;

  /** No buckets, at a URL without a slash at its end. */
  GcsState(KmeshTime time, String endpoint) {
    this.time = time;
    this.endpoint = endpoint;
  }

  /** The server's URL, without a slash at its end. */
  String endpoint() {
    return endpoint;
  }

  void time(KmeshTime value) {
    time = value;
  }

  Instant now() {
    return time.now().truncatedTo(ChronoUnit.MILLIS);
  }

  synchronized void add(GcsBucket bucket) {
    buckets.put(bucket.name(), bucket);
  }

  GcsBucket bucket(String name) throws GcsError {
    GcsBucket bucket = buckets.get(name);
    if (bucket == null) {
      throw new GcsError(404, "notFound", "The specified bucket does not exist.");
    }
    return bucket;
  }

  /** A bucket that the request may use: who reads one that requesters pay for names a project. */
  GcsBucket bucket(GcsRequest request, String name) throws GcsError {
    GcsBucket bucket = bucket(name);
    if (bucket.isRequesterPays()
        && !request.query().has("userProject")
        && request.header("x-goog-user-project").isEmpty()) {
      throw GcsError.required("Bucket is a requester pays bucket but no user project provided.");
    }
    return bucket;
  }

  GcsObject object(GcsBucket bucket, String name, @Nullable Long generation) throws GcsError {
    GcsObject object = bucket.find(name, generation);
    if (object == null) {
      throw GcsError.noObject(bucket.name(), name);
    }
    return object;
  }

  /** Generations are microseconds in practice, and never the same twice. */
  long nextGeneration() {
    Instant now = time.now();
    long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    lastGeneration = Math.max(lastGeneration + 1, micros);
    return lastGeneration;
  }

  /** Makes an object live, under a condition; the resource holds its writable fields. */
  GcsObject store(
      GcsBucket bucket,
      String name,
      byte[] bytes,
      Map<String, Object> resource,
      @Nullable Integer components,
      GcsConditions conditions)
      throws GcsError {
    GcsNames.object(name);
    conditions.check(bucket.live(name), false);
    String storageClass =
        resource.containsKey("storageClass")
            ? GcsNames.storageClass(resource.get("storageClass"))
            : "STANDARD";
    GcsObject object =
        new GcsObject(name, nextGeneration(), bytes, now(), storageClass, components);
    object.take(resource);
    bucket.put(object, now());
    return object;
  }
}
