// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import io.kmesh.spi.cloud.CloudLimits;
import io.kmesh.spi.cloud.CloudZone;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses what a {@link MockCloud} is like. Not thread-safe. */
public final class MockCloudBuilder {
  /** For how long tokens are known at least; longer than any test, and as real ones do. */
  private static final Duration TOKEN_MEMORY = Duration.ofHours(1);

  String name = "mock";
  final Map<String, CloudZone> zones = new LinkedHashMap<>();
  final Map<String, DataSize> quotas = new LinkedHashMap<>();
  @Nullable Path folder;
  KmeshTime time = RunningTime.instance();
  Duration creation = Duration.ofMillis(200);
  Duration change = Duration.ofMillis(200);
  Duration deletion = Duration.ofMillis(100);
  Duration visibleAfter = Duration.ZERO;
  DataSize step = DataSize.ofTib(1);
  private Duration pollInterval = Duration.ofMillis(50);

  MockCloudBuilder() {}

  /** The provider's name; {@code mock} unless given. */
  public MockCloudBuilder name(String provider) {
    this.name = provider;
    return this;
  }

  /**
   * Adds a zone. None added makes {@code zone-1} in DE and {@code zone-2} in US.
   *
   * @param country two capital letters
   */
  public MockCloudBuilder zone(String zone, String country) {
    zones.put(zone, new CloudZone(zone, country));
    return this;
  }

  /** The capacity that all resources of a zone may have together; no limit unless given. */
  public MockCloudBuilder quota(String zone, DataSize capacity) {
    quotas.put(zone, capacity);
    return this;
  }

  /**
   * Keeps everything in a folder, so that another process, or a later one, sees the same cloud. Its
   * clusters can be opened: each is a simulated Lustre in a folder of its own below it.
   */
  public MockCloudBuilder folder(Path directory) {
    this.folder = directory;
    return this;
  }

  /** The clock; the machine's unless given. */
  public MockCloudBuilder time(KmeshTime clock) {
    this.time = clock;
    return this;
  }

  /** How long a creation takes; 200 ms unless given. */
  public MockCloudBuilder creationTakes(Duration duration) {
    this.creation = duration;
    return this;
  }

  /** How long a change of a shape takes; 200 ms unless given. */
  public MockCloudBuilder changeTakes(Duration duration) {
    this.change = duration;
    return this;
  }

  /** How long a deletion takes; 100 ms unless given. */
  public MockCloudBuilder deletionTakes(Duration duration) {
    this.deletion = duration;
    return this;
  }

  /**
   * For how long a new resource is not found by any read, as where a control plane is eventually
   * consistent; no time unless given.
   */
  public MockCloudBuilder visibleAfter(Duration duration) {
    this.visibleAfter = duration;
    return this;
  }

  /** The step, and the least, that capacities come in; 1 TiB unless given. */
  public MockCloudBuilder capacityStep(DataSize size) {
    this.step = size;
    return this;
  }

  /** How often at most it asks to be looked at; every 50 ms unless given. */
  public MockCloudBuilder pollInterval(Duration duration) {
    this.pollInterval = duration;
    return this;
  }

  CloudLimits limits() {
    return new CloudLimits(TOKEN_MEMORY, visibleAfter, pollInterval);
  }

  /**
   * Starts the cloud, or goes on with the one in the folder.
   *
   * @throws IOException CORRUPT when the folder holds something else
   */
  public MockCloud start() throws IOException {
    if (zones.isEmpty()) {
      zone("zone-1", "DE").zone("zone-2", "US");
    }
    Path directory = folder;
    MockCloud cloud =
        new MockCloud(this, directory == null ? CloudLedger.inMemory() : CloudLedger.in(directory));
    cloud.counts(); // reads what is there
    return cloud;
  }
}
