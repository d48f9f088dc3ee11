// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.ClusterShape;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudCapability;
import io.kmesh.spi.cloud.CloudChange;
import io.kmesh.spi.cloud.CloudLimits;
import io.kmesh.spi.cloud.CloudPage;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.cloud.CloudRequest;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudState;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.spi.cloud.CloudZone;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link CloudProvider} must do. Extend it and say how yours is opened; on a real cloud
 * it makes some eight of the smallest resources, one after the other, and deletes them.
 */
public abstract class CloudProviderContract {
  private static final int MOST_LOOKS = 10_000;

  private CloudProvider cloud = new Unopened();
  private final List<String> made = new ArrayList<>();

  /** For subclasses. */
  protected CloudProviderContract() {}

  /** Opens the provider. */
  protected abstract CloudProvider open() throws IOException;

  /** A request of a name that can be served, as small as possible. */
  protected abstract CloudRequest request(String name);

  /** A shape that a resource of such a request can get. */
  protected abstract ClusterShape larger();

  /** Lets some time pass, as between two looks. */
  protected abstract void pause() throws Exception;

  /** Opens the provider. */
  @BeforeEach
  void openProvider() throws IOException {
    cloud = open();
  }

  /** Deletes what is left, and closes the provider. */
  @AfterEach
  void closeProvider() throws Exception {
    for (String id : made) {
      remove(id);
    }
    cloud.close();
  }

  private void remove(String id) throws Exception {
    try {
      cloud.delete(token(), id);
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
    }
    awaitGone(id);
  }

  private static CloudToken token() {
    return CloudToken.of(UUID.randomUUID());
  }

  private CloudResource create(CloudToken token, String name) throws IOException {
    CloudResource resource = cloud.create(token, request(name));
    made.add(resource.id());
    return resource;
  }

  private Optional<CloudResource> look(String id) throws IOException {
    try {
      return Optional.of(cloud.describe(id));
    } catch (ProviderException e) {
      assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND);
      return Optional.empty();
    }
  }

  private CloudResource await(String id, Predicate<CloudResource> until) throws Exception {
    for (int looks = 0; looks < MOST_LOOKS; looks++) {
      Optional<CloudResource> seen = look(id);
      if (seen.filter(until).isPresent()) {
        return seen.get();
      }
      pause();
    }
    throw new AssertionError("The resource stays " + look(id));
  }

  private CloudResource awaitAvailable(String id) throws Exception {
    return await(id, r -> r.state() == CloudState.AVAILABLE);
  }

  private void awaitGone(String id) throws Exception {
    for (int looks = 0; looks < MOST_LOOKS; looks++) {
      if (look(id).isEmpty()) {
        return;
      }
      pause();
    }
    throw new AssertionError("The resource is not gone: " + look(id));
  }

  private static void assertRefused(ThrowingCallable call, String object, ErrorKind... kinds) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ProviderException.class, e -> assertThat(e.kind()).isIn((Object[]) kinds))
        .hasMessageContaining(object);
  }

  @Test
  void facts_areWhole() throws IOException {
    CloudLimits limits = cloud.limits();
    List<CloudZone> zones = cloud.zones();

    assertThat(cloud.name()).matches("[a-z0-9._-]{1,64}");
    assertThat(cloud.description()).isNotBlank();
    assertThat(limits.tokenMemory()).isGreaterThanOrEqualTo(limits.visibleWithin());
    assertThat(zones).isNotEmpty().extracting(CloudZone::name).doesNotHaveDuplicates();
    assertThat(zones).extracting(CloudZone::name).contains(request("facts").zone());
  }

  @Test
  void create_leadsToWhatWasAsked_andAllReadsShowIt() throws Exception {
    CloudToken token = token();
    CloudRequest asked = request("made");
    cloud.validate(asked);

    CloudResource begun = create(token, "made");
    CloudResource there = awaitAvailable(begun.id());

    assertThat(begun.state()).isIn(CloudState.CREATING, CloudState.AVAILABLE);
    assertThat(there.token()).isEqualTo(token);
    assertThat(there.name()).isEqualTo("made");
    assertThat(there.zone()).isEqualTo(asked.zone());
    assertThat(there.shape()).isEqualTo(asked.shape());
    assertThat(cloud.findByToken(token)).map(CloudResource::id).contains(begun.id());
    assertThat(all(100)).extracting(CloudResource::id).contains(begun.id());
  }

  @Test
  void create_twiceWithOneToken_makesOne() throws Exception {
    CloudToken token = token();
    CloudResource first = create(token, "twice");

    assertThat(cloud.create(token, request("twice")).id()).isEqualTo(first.id());
    awaitAvailable(first.id());
    assertThat(cloud.create(token, request("twice")).id()).isEqualTo(first.id());
    assertThat(all(100)).filteredOn(r -> r.token().equals(token)).hasSize(1);
    assertRefused(
        () -> cloud.create(token, request("other")), token.value(), ErrorKind.PRECONDITION);
  }

  @Test
  void create_ofWhatCanNotBe_isInvalid() {
    CloudRequest good = request("nowhere");
    CloudRequest nowhere =
        new CloudRequest("nowhere", "no-such-zone", good.shape(), good.options(), good.labels());

    assertRefused(() -> cloud.validate(nowhere), "no-such-zone", ErrorKind.INVALID);
    assertRefused(() -> cloud.create(token(), nowhere), "no-such-zone", ErrorKind.INVALID);
  }

  @Test
  void reads_ofWhatIsNotThere_sayso() throws IOException {
    assertThat(cloud.findByToken(token())).isEmpty();
    assertRefused(() -> cloud.describe("no-such-id"), "no-such-id", ErrorKind.NOT_FOUND);
    assertRefused(() -> cloud.delete(token(), "no-such-id"), "no-such-id", ErrorKind.NOT_FOUND);
    assertRefused(
        () -> cloud.update(token(), "no-such-id", larger()), "no-such-id", ErrorKind.NOT_FOUND);
  }

  @Test
  void update_changesTheShape_onceForAToken() throws Exception {
    Assumptions.assumeTrue(cloud.capabilities().contains(CloudCapability.GROW));
    CloudResource there = awaitAvailable(create(token(), "grows").id());
    CloudToken change = token();
    cloud.validate(there, larger());

    cloud.update(change, there.id(), larger());
    cloud.update(change, there.id(), larger());
    CloudResource after =
        await(there.id(), r -> r.state() == CloudState.AVAILABLE && r.shape().equals(larger()));

    assertThat(after.lastChange())
        .hasValueSatisfying(
            c -> {
              assertThat(c.token()).isEqualTo(change);
              assertThat(c.wanted()).isEqualTo(larger());
              assertThat(c.outcome()).isEqualTo(CloudChange.Outcome.DONE);
            });
    assertThat(cloud.update(change, there.id(), larger()).state()).isEqualTo(CloudState.AVAILABLE);
    assertThat(cloud.update(token(), there.id(), larger()).state())
        .as("what it has already needs no change")
        .isEqualTo(CloudState.AVAILABLE);
  }

  @Test
  void delete_removesIt_fromAllReads() throws Exception {
    CloudToken token = token();
    String id = awaitAvailable(create(token, "goes").id()).id();

    cloud.delete(token(), id);
    look(id).ifPresent(r -> assertThat(r.state()).isEqualTo(CloudState.DELETING));
    awaitGone(id);

    assertThat(cloud.findByToken(token)).isEmpty();
    assertThat(all(100)).extracting(CloudResource::id).doesNotContain(id);
    assertRefused(() -> cloud.delete(token(), id), id, ErrorKind.NOT_FOUND);
  }

  @Test
  void list_inSmallPages_givesAllInOrder() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      awaitAvailable(create(token(), name).id());
    }

    assertThat(all(1)).isEqualTo(all(100));
    assertThat(all(2)).extracting(CloudResource::id).isSorted().containsAll(made);
  }

  private List<CloudResource> all(int limit) throws IOException {
    List<CloudResource> all = new ArrayList<>();
    Optional<String> after = Optional.of("");
    while (after.isPresent()) {
      CloudPage page = cloud.list(after.get(), limit);
      assertThat(page.resources()).hasSizeLessThanOrEqualTo(limit);
      all.addAll(page.resources());
      after = page.next();
    }
    return all;
  }

  /** What stands here before the provider is opened. */
  private static final class Unopened extends io.kmesh.spi.cloud.ForwardingCloudProvider {
    @Override
    protected CloudProvider delegate() {
      throw new IllegalStateException("The provider is not open.");
    }
  }
}
