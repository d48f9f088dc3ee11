// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.unit.DataSize;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A cluster at a provider, as a value. Immutable; its stored form stands in
 * docs/format/cluster-spec.md.
 *
 * @param provider the provider's name in this Kmesh: 1 to 64 of {@code a-z 0-9 . _ -}
 * @param zone the zone, by the provider's name: 1 to 64 of {@code A-Z a-z 0-9 . _ -}
 * @param shape its capacity and throughput
 * @param options what only this provider knows, by its own names; at most 64
 * @param labels labels for people and bills; at most 64
 */
public record ClusterSpec(
    String provider,
    String zone,
    ClusterShape shape,
    Map<String, String> options,
    Map<String, String> labels) {
  private static final Pattern PROVIDER = Pattern.compile("[a-z0-9._-]{1,64}");
  private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._:/-]{1,64}");
  private static final Pattern VALUE = Pattern.compile("\\P{C}{0,1024}");
  private static final int MOST = 64;

  /** Checks the names, copies and sorts the maps. */
  public ClusterSpec {
    require(PROVIDER, provider, "the provider", "1 to 64 of a-z 0-9 . _ -");
    require(ZONE, zone, "the zone", "1 to 64 of A-Z a-z 0-9 . _ -");
    options = checked("option", options);
    labels = checked("label", labels);
  }

  private static void require(Pattern form, String text, String what, String allowed) {
    if (!form.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "Cannot use \"" + text + "\" as " + what + " of a cluster: it must be " + allowed + ".");
    }
  }

  private static Map<String, String> checked(String what, Map<String, String> map) {
    if (map.size() > MOST) {
      throw new IllegalArgumentException(
          "Cannot give a cluster " + map.size() + " " + what + "s: at most " + MOST + ".");
    }
    map.forEach(
        (key, value) -> {
          require(KEY, key, "the name of a " + what, "1 to 64 of A-Z a-z 0-9 . _ : / -");
          require(VALUE, value, "the " + what + " " + key, "at most 1024 printable characters");
        });
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }

  /** Begins one. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with this one. */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.provider = provider;
    b.zone = zone;
    b.capacity = shape.capacity();
    b.throughput = shape.throughput();
    b.options.putAll(options);
    b.labels.putAll(labels);
    return b;
  }

  /** Builds a spec. Not thread-safe. */
  public static final class Builder {
    private @Nullable String provider;
    private @Nullable String zone;
    private @Nullable DataSize capacity;
    private ThroughputTier throughput = ThroughputTier.DEFAULT;
    private final Map<String, String> options = new TreeMap<>();
    private final Map<String, String> labels = new TreeMap<>();

    private Builder() {}

    /** The provider by its name. Required. */
    public Builder at(String name) {
      this.provider = name;
      return this;
    }

    /** The provider. */
    public Builder at(CloudProvider cloud) {
      return at(cloud.name());
    }

    /** The zone. Required. */
    public Builder zone(String name) {
      this.zone = name;
      return this;
    }

    /** The capacity. Required. */
    public Builder capacity(DataSize size) {
      this.capacity = size;
      return this;
    }

    /** The class of throughput; the provider's default when it is not called. */
    public Builder throughput(ThroughputTier tier) {
      this.throughput = tier;
      return this;
    }

    /** Capacity and throughput at once. */
    public Builder shape(ClusterShape shape) {
      this.capacity = shape.capacity();
      this.throughput = shape.throughput();
      return this;
    }

    /** What only this provider knows, by its own name. */
    public Builder option(String name, String value) {
      options.put(name, value);
      return this;
    }

    /** A label. */
    public Builder label(String name, String value) {
      labels.put(name, value);
      return this;
    }

    /**
     * The spec.
     *
     * @throws IllegalArgumentException when provider, zone or capacity are missing, or a name is
     *     not allowed
     */
    public ClusterSpec build() {
      return new ClusterSpec(
          required(provider, "provider", "at"),
          required(zone, "zone", "zone"),
          new ClusterShape(required(capacity, "capacity", "capacity"), throughput),
          options,
          labels);
    }

    private static <T> T required(@Nullable T value, String what, String method) {
      if (value == null) {
        throw new IllegalArgumentException(
            "Cannot describe a cluster: it has no " + what + ". Call " + method + "(..).");
      }
      return value;
    }
  }
}
