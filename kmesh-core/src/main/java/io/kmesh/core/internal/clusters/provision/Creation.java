// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.ClusterSpec;
import io.kmesh.core.internal.clusters.provision.ClusterRecord.Phase;
import io.kmesh.core.internal.clusters.provision.ClusterRecords.Stored;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudRequest;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudZone;
import java.io.IOException;
import java.util.Optional;

/**
 * One try to create a cluster: from what the record says to a resource that can be used, or to none
 * and no record. Not thread-safe.
 */
final class Creation {
  private final ClusterRecords records;
  private final ClusterPlans plans;
  private final CloudSession session;
  private Stored stored;

  /** Whether a resource may be there that no read of this try has shown. */
  private boolean mayExist;

  Creation(ProvisionParts parts, CloudSession session, Stored stored) {
    this.records = parts.records();
    this.plans = new ClusterPlans(parts);
    this.session = session;
    this.stored = stored;
    this.mayExist = stored.record().phase() == Phase.CREATING;
  }

  /** It will not come to be: what was begun goes, and then the operation ends with the cause. */
  private static final class GivenUp extends Exception {
    private static final long serialVersionUID = 1L;
    private final ProviderException why;

    GivenUp(ProviderException why) {
      super(why);
      this.why = why;
    }
  }

  ClusterRecord run() throws IOException {
    try {
      if (!mayExist) {
        begin();
      }
      CloudResource made = awaitUsable(findOrCreate());
      stored = records.replace(stored, stored.record().ready(made.id()));
      session.tellDone();
      return stored.record();
    } catch (GivenUp e) {
      if (mayExist) {
        remove();
      }
      records.remove(stored);
      throw e.why;
    }
  }

  private void begin() throws IOException, GivenUp {
    checkCancelled();
    CloudZone zone;
    try {
      zone =
          session.read(
              () -> {
                session.cloud().validate(request());
                return plans.zone(name(), spec());
              });
    } catch (IOException e) {
      ErrorKind kind = ProviderException.kindOfRead(e);
      if (kind == ErrorKind.CANCELLED) {
        throw e; // parked
      }
      throw new GivenUp(refused(kind, e));
    }
    checkCancelled();
    stored = records.replace(stored, stored.record().creating(zone));
  }

  private String name() {
    return stored.record().name();
  }

  private ClusterSpec spec() {
    return stored.record().spec();
  }

  private CloudRequest request() {
    ClusterSpec spec = spec();
    return new CloudRequest(name(), spec.zone(), spec.shape(), spec.options(), spec.labels());
  }

  private void checkCancelled() throws IOException, GivenUp {
    session.stopIfParked();
    if (session.isCancelled()) {
      throw new GivenUp(session.cancelled("the creation of \"" + name() + "\""));
    }
  }

  private CloudResource findOrCreate() throws IOException, GivenUp {
    while (true) {
      checkCancelled();
      Optional<CloudResource> found =
          mayExist ? known(() -> session.find(stored.record().token())) : Optional.empty();
      if (found.isPresent()) {
        return found.get();
      }
      try {
        CloudResource made = session.cloud().create(stored.record().token(), request());
        mayExist = true;
        session.sent();
        session.attend();
        return made;
      } catch (IOException e) {
        ErrorKind kind = ProviderException.kindOfMutation(e);
        if (kind == ErrorKind.UNKNOWN_OUTCOME) {
          mayExist = true;
          session.sent();
        } else if (!kind.isRetryable()) {
          // The refusal may be of a second one, for want of the quota that the first one took.
          Optional<CloudResource> first = mayExist ? lastLook() : Optional.empty();
          if (first.isPresent()) {
            return first.get();
          }
          throw new GivenUp(refused(kind, e));
        }
        if (!session.backOff(e)) {
          throw new GivenUp(refused(kind, e));
        }
      }
    }
  }

  private Optional<CloudResource> lastLook() throws IOException, GivenUp {
    while (true) {
      Optional<CloudResource> found = known(() -> session.find(stored.record().token()));
      if (found.isPresent() || session.isAllVisible()) {
        return found;
      }
      checkCancelled();
      session.pause();
    }
  }

  private ProviderException refused(ErrorKind kind, IOException e) {
    return e instanceof ProviderException p
        ? p
        : new ProviderException(kind, "Cannot create the cluster \"" + name() + "\": " + e, e);
  }

  private CloudResource awaitUsable(CloudResource first) throws IOException, GivenUp {
    CloudResource seen = first;
    while (true) {
      switch (seen.state()) {
        case AVAILABLE, UPDATING -> {
          return seen;
        }
        case FAILED ->
            throw new GivenUp(
                failed(
                    seen.id() + " failed (" + seen.detail() + ") and was deleted",
                    "Try again, or ask the provider."));
        case DELETING ->
            throw new GivenUp(failed(seen.id() + " is deleted by others", "Create it anew."));
        case CREATING, UNAVAILABLE -> session.tell(seen);
      }
      session.pause();
      checkCancelled();
      String id = seen.id();
      Optional<CloudResource> next = known(() -> session.look(id));
      if (next.isPresent()) {
        seen = next.get();
      } else if (session.isAllVisible()) {
        throw new GivenUp(failed(id + " was deleted by others", "Create it anew."));
      }
    }
  }

  private ProviderException failed(String why, String advice) {
    return new ProviderException(
        ErrorKind.TRANSIENT,
        "Cannot create the cluster \""
            + name()
            + "\" at "
            + session.cloud().description()
            + ": the resource "
            + why
            + ". "
            + advice);
  }

  /** A read without which it can't be told what is there: its failure leaves the outcome open. */
  private <T> T known(CloudSession.Call<T> read) throws IOException {
    try {
      return read.make();
    } catch (IOException e) {
      throw unknown(e);
    }
  }

  private void remove() throws IOException {
    try {
      new CloudRemoval(session).ofToken(stored.record().token());
    } catch (IOException e) {
      throw unknown(e);
    }
  }

  private IOException unknown(IOException e) {
    return session.unknown(
        "what there is of the cluster \"" + name() + "\" with the token " + stored.record().token(),
        e);
  }
}
