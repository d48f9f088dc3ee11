// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import io.kmesh.ClusterShape;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A cloud's control plane of Lustre file systems. Every call is one request, or a few that end
 * soon, and returns without waiting for what it began. It retries nothing by itself. Thread-safe.
 *
 * <p>Failures are {@link ProviderException}s: THROTTLED, with the time to wait where the provider
 * says it, TRANSIENT and EXPIRED changed nothing; NO_SPACE is a quota or a lack of capacity;
 * INVALID and DENIED will not change; UNKNOWN_OUTCOME, as any plain {@link IOException} of a
 * change, may have happened.
 */
public interface CloudProvider extends Closeable {
  /** Its name among the providers of a Kmesh: 1 to 64 of {@code a-z 0-9 . _ -}. */
  String name();

  /** What it is and which account or project it works in, for people; no secrets. */
  String description();

  /** What it can change. */
  Set<CloudCapability> capabilities();

  /** How its answers are to be read. */
  CloudLimits limits();

  /** Where it can put clusters. */
  List<CloudZone> zones() throws IOException;

  /**
   * Checks whether a request could be served, and changes nothing.
   *
   * @throws ProviderException INVALID naming the value and what is allowed, such as the next
   *     capacity; NO_SPACE when quota is known to be short
   */
  void validate(CloudRequest request) throws IOException;

  /**
   * Checks whether a resource could get another shape, and changes nothing.
   *
   * @throws ProviderException INVALID naming the value and what is allowed; UNSUPPORTED when it
   *     lacks the capability
   */
  void validate(CloudResource resource, ClusterShape wanted) throws IOException;

  /**
   * Begins to make a resource. The token of one that was made gives that one again, as it stands
   * now, for as long as {@link CloudLimits#tokenMemory} at least.
   *
   * @throws ProviderException PRECONDITION when the token was used for another request
   */
  CloudResource create(CloudToken token, CloudRequest request) throws IOException;

  /**
   * A resource as it stands.
   *
   * @throws ProviderException NOT_FOUND when it is gone, or not visible yet
   */
  CloudResource describe(String id) throws IOException;

  /** The resource that was created with a token; empty when none is there, or visible yet. */
  Optional<CloudResource> findByToken(CloudToken token) throws IOException;

  /**
   * The resources that were created through this interface, by id. One that is made meanwhile may
   * be missing.
   *
   * @param after what the page before gave as the next; empty for the first
   * @param limit the most, 1 to 1,000
   */
  CloudPage list(String after, int limit) throws IOException;

  /**
   * Begins to give a resource another shape. One that has the shape, or is on its way there by the
   * same token, is given as it stands. A change that failed is not begun again by its token.
   *
   * @throws ProviderException NOT_FOUND; TRANSIENT with the time to wait while another change goes
   *     on or the provider wants a pause between two; PRECONDITION when it can't be changed in its
   *     state; INVALID or UNSUPPORTED as {@link #validate(CloudResource, ClusterShape)}
   */
  CloudResource update(CloudToken token, String id, ClusterShape wanted) throws IOException;

  /**
   * Begins to delete a resource with all that is in it, in whatever state it is, one that is being
   * made included where the provider can. One that is being deleted is no error.
   *
   * @throws ProviderException {@link ErrorKind#NOT_FOUND} when it is gone, or not visible yet;
   *     TRANSIENT when it can't be deleted yet
   */
  void delete(CloudToken token, String id) throws IOException;

  /**
   * Opens the file system of a resource that can be used, by the provider's way to mount it.
   * Whoever asked closes it.
   *
   * @throws ProviderException UNSUPPORTED when it can't be mounted here
   */
  LustreBinding open(CloudResource resource) throws IOException;

  @Override
  void close() throws IOException;
}
