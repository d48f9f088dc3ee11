// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import io.kmesh.ClusterShape;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudCapability;
import io.kmesh.spi.cloud.CloudLimits;
import io.kmesh.spi.cloud.CloudPage;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.cloud.CloudRequest;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudState;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.cloud.CloudZone;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.cloud.CloudLedger.Books;
import io.kmesh.testkit.cloud.MockResource.Change;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A cloud in which clusters take time to be made, changed and deleted, with zones, quotas and
 * failures. Its clusters are simulated Lustre file systems. Capacities only grow, one change at a
 * time. Put {@link io.kmesh.testkit.fault.Faults#wrap} before it for lost replies, throttling and
 * crashes. Thread-safe.
 *
 * <pre>{@code
 * MockCloud cloud = MockCloud.at(folder);
 * Kmesh kmesh = Kmesh.builder().state(state).cloud(cloud).build();
 * Cluster burst = kmesh.clusters()
 *     .create("burst", c -> c.at(cloud).zone("zone-2").capacity(tib(4))).await().cluster();
 * }</pre>
 */
public final class MockCloud implements CloudProvider {
  private static final int LARGEST_PAGE = 1000;

  private final String name;
  private final Map<String, CloudZone> zones;
  private final KmeshTime time;
  private final Duration creation;
  private final Duration change;
  private final Duration deletion;
  private final Duration visibleAfter;
  private final MockRules rules;
  private final CloudLimits limits;
  private final CloudLedger ledger;
  private final MockMounts mounts;
  private final List<String> creationFailures = new ArrayList<>(); // guarded by itself
  private final List<String> changeFailures = new ArrayList<>(); // guarded by itself

  MockCloud(MockCloudBuilder builder, CloudLedger ledger) {
    this.name = builder.name;
    this.zones = Collections.unmodifiableMap(new LinkedHashMap<>(builder.zones));
    this.time = builder.time;
    this.creation = builder.creation;
    this.change = builder.change;
    this.deletion = builder.deletion;
    this.visibleAfter = builder.visibleAfter;
    this.rules = new MockRules(description(), zones.keySet(), builder.quotas, builder.step);
    this.limits = builder.limits();
    this.ledger = ledger;
    this.mounts = new MockMounts(builder.folder, time);
  }

  /**
   * Starts a cloud in a folder, or goes on with the one that is there: zones {@code zone-1} in DE
   * and {@code zone-2} in US, no quotas, everything done within 200 ms.
   */
  public static MockCloud at(Path folder) throws IOException {
    return builder().folder(folder).start();
  }

  /** Begins a cloud with other choices, in memory unless it gets a folder. */
  public static MockCloudBuilder builder() {
    return new MockCloudBuilder();
  }

  /** Makes one creation end in the state FAILED: the next that is begun through this object. */
  public void failNextCreation(String reason) {
    synchronized (creationFailures) {
      creationFailures.add(reason);
    }
  }

  /** Makes one change fail and leave the shape as it was: the next begun through this object. */
  public void failNextChange(String reason) {
    synchronized (changeFailures) {
      changeFailures.add(reason);
    }
  }

  private static String taken(List<String> failures) {
    synchronized (failures) {
      return failures.isEmpty() ? "" : failures.remove(0);
    }
  }

  /** What it has ever done. */
  public MockCloudCounts counts() throws IOException {
    return use((books, now) -> new MockCloudCounts(books.made, books.changed, books.deleted));
  }

  /** Every resource that is there, those too that reads don't show yet. */
  public List<CloudResource> resources() throws IOException {
    return use((books, now) -> books.resources.values().stream().map(r -> r.seen(now)).toList());
  }

  /** The file system behind a resource, while it is open in this process through this object. */
  public Optional<SimulatedLustre> simulated(String id) {
    return mounts.opened(id);
  }

  private interface Call<T> {
    T of(Books books, Instant now) throws IOException;
  }

  /** Begins each call by taking away what is gone by now. */
  private <T> T use(Call<T> call) throws IOException {
    return ledger.use(
        books -> {
          Instant now = time.now();
          for (MockResource resource : List.copyOf(books.resources.values())) {
            if (resource.isGone(now)) {
              mounts.destroy(resource.id());
              books.resources.remove(resource.id());
            }
          }
          return call.of(books, now);
        });
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return "the mock cloud " + name;
  }

  @Override
  public Set<CloudCapability> capabilities() {
    return EnumSet.of(CloudCapability.GROW, CloudCapability.CHANGE_THROUGHPUT);
  }

  @Override
  public CloudLimits limits() {
    return limits;
  }

  @Override
  public List<CloudZone> zones() {
    return List.copyOf(zones.values());
  }

  @Override
  public void validate(CloudRequest request) throws IOException {
    use(
        (books, now) -> {
          rules.check(books, request, now);
          return request;
        });
  }

  @Override
  public void validate(CloudResource resource, ClusterShape wanted) throws IOException {
    use(
        (books, now) -> {
          MockResource known = visible(books, resource.id(), now);
          rules.check(books, known, wanted, now);
          return known;
        });
  }

  @Override
  public CloudResource create(CloudToken token, CloudRequest request) throws IOException {
    return use(
        (books, now) -> {
          Optional<MockResource> same =
              books.resources.values().stream().filter(r -> r.token().equals(token)).findFirst();
          if (same.isPresent()) {
            if (!same.get().request().equals(request.toString())) {
              throw MockRules.refused(
                  ErrorKind.PRECONDITION,
                  "Cannot create "
                      + request.name()
                      + ": the token "
                      + token
                      + " was used for another request. Use a new one.");
            }
            return same.get().seen(now);
          }
          rules.check(books, request, now);
          books.made++;
          MockResource made =
              new MockResource(
                  String.format("mock-%06d", books.made),
                  token,
                  request.name(),
                  request.zone(),
                  request.toString(),
                  request.shape(),
                  now,
                  now.plus(creation),
                  taken(creationFailures),
                  null,
                  null);
          books.resources.put(made.id(), made);
          return made.seen(now);
        });
  }

  @Override
  public CloudResource describe(String id) throws IOException {
    return use((books, now) -> visible(books, id, now).seen(now));
  }

  private boolean isVisible(MockResource resource, Instant now) {
    return !now.isBefore(resource.created().plus(visibleAfter));
  }

  private MockResource visible(Books books, String id, Instant now) throws ProviderException {
    MockResource resource = books.resources.get(id);
    if (resource == null || !isVisible(resource, now)) {
      throw MockRules.refused(
          ErrorKind.NOT_FOUND,
          "Cannot find the resource " + id + " of " + description() + ". List what is there.");
    }
    return resource;
  }

  @Override
  public Optional<CloudResource> findByToken(CloudToken token) throws IOException {
    return use((books, now) -> visible(books, now, r -> r.token().equals(token)).findFirst());
  }

  private Stream<CloudResource> visible(Books books, Instant now, Predicate<MockResource> which) {
    return books.resources.values().stream()
        .filter(which)
        .filter(r -> isVisible(r, now))
        .map(r -> r.seen(now));
  }

  @Override
  public CloudPage list(String after, int limit) throws IOException {
    if (limit < 1 || limit > LARGEST_PAGE) {
      throw new IllegalArgumentException(
          "Cannot list " + limit + " resources: 1 to " + LARGEST_PAGE + ". List in pages.");
    }
    List<CloudResource> found =
        use(
            (books, now) ->
                visible(books, now, r -> r.id().compareTo(after) > 0).limit(limit + 1L).toList());
    boolean isLast = found.size() <= limit;
    return isLast
        ? new CloudPage(found, null)
        : new CloudPage(found.subList(0, limit), found.get(limit - 1).id());
  }

  @Override
  public CloudResource update(CloudToken token, String id, ClusterShape wanted) throws IOException {
    return use(
        (books, now) -> {
          MockResource resource = visible(books, id, now);
          Change last = resource.change();
          CloudState state = resource.state(now);
          if (state != CloudState.AVAILABLE && state != CloudState.UPDATING) {
            throw MockRules.refused(
                ErrorKind.PRECONDITION,
                "Cannot change " + id + ": it is " + state + ". Wait until it is AVAILABLE.");
          }
          boolean isSame = last != null && last.token().equals(token);
          if (isSame || resource.shapeAt(now).equals(wanted)) {
            return resource.seen(now);
          }
          if (state == CloudState.UPDATING && last != null) {
            throw new ProviderException(
                ErrorKind.TRANSIENT,
                "Cannot change " + id + ": another change goes on. Wait for its end.",
                null,
                null,
                Duration.between(now, last.ends()),
                null);
          }
          rules.check(books, resource, wanted, now);
          books.changed++;
          MockResource changing =
              resource.changing(
                  new Change(token, wanted, now, now.plus(change), taken(changeFailures)), now);
          books.resources.put(id, changing);
          return changing.seen(now);
        });
  }

  @Override
  public void delete(CloudToken token, String id) throws IOException {
    use(
        (books, now) -> {
          MockResource resource = visible(books, id, now);
          if (resource.gone() == null) {
            books.deleted++;
            books.resources.put(id, resource.deleting(now.plus(deletion)));
          }
          return resource;
        });
  }

  @Override
  public LustreBinding open(CloudResource resource) throws IOException {
    return use(
        (books, now) -> {
          MockResource known = visible(books, resource.id(), now);
          CloudState state = known.state(now);
          if (state != CloudState.AVAILABLE && state != CloudState.UPDATING) {
            throw MockRules.refused(
                ErrorKind.TRANSIENT,
                "Cannot open " + resource.id() + ": it is " + state + ". Wait, or make another.");
          }
          return mounts.mount(known.id(), known.shapeAt(now));
        });
  }

  /** Closes the file systems that are open through this object; the cloud stays as it is. */
  @Override
  public void close() throws IOException {
    mounts.close();
  }

  @Override
  public String toString() {
    return description();
  }
}
