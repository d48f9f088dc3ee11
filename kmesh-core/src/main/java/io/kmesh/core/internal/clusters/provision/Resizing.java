// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.ClusterShape;
import io.kmesh.core.internal.clusters.provision.ClusterRecords.Stored;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudChange;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudState;
import io.kmesh.spi.cloud.CloudToken;
import java.io.IOException;
import java.util.Optional;

/**
 * One try to give a resource another shape: to that shape, or to the one that it had. Not
 * thread-safe.
 */
final class Resizing {
  private final ClusterRecords records;
  private final CloudSession session;
  private final Stored stored;
  private final ClusterShape wanted;
  private final CloudToken token;

  /** Whether the provider may have begun what no read of this try has shown. */
  private boolean mayBeSent;

  Resizing(
      ClusterRecords records,
      CloudSession session,
      Stored stored,
      ClusterShape wanted,
      CloudToken token) {
    this.records = records;
    this.session = session;
    this.stored = stored;
    this.wanted = wanted;
    this.token = token;
  }

  /** Nothing was sent yet. */
  ClusterRecord begin() throws IOException {
    return run();
  }

  /** An earlier try may have sent it. */
  ClusterRecord goOn() throws IOException {
    mayBeSent = true;
    return run();
  }

  private ClusterRecord run() throws IOException {
    while (true) {
      Optional<CloudResource> found = look();
      if (found.isPresent() && isDone(found.get())) {
        session.tellDone();
        return records.replace(stored, stored.record().ready(wanted)).record();
      }
      Optional<CloudChange> change =
          found.flatMap(CloudResource::lastChange).filter(c -> c.token().equals(token));
      if (change.isPresent() && change.get().outcome() == CloudChange.Outcome.FAILED) {
        throw undone(
            new ProviderException(
                ErrorKind.TRANSIENT,
                "Cannot resize the cluster \""
                    + stored.record().name()
                    + "\": it failed at "
                    + session.cloud().description()
                    + " ("
                    + change.get().detail()
                    + "), and it has the shape that it had. Try again, or ask the provider."));
      }
      if (change.isPresent()) {
        session.tell(found.get());
        session.ignoreCancel(); // what was accepted can't be withdrawn
        session.pause();
      } else if (session.isCancelled() && (!mayBeSent || session.isAllVisible())) {
        throw undone(session.cancelled("the resize of \"" + stored.record().name() + "\""));
      } else if (session.isCancelled() || (found.isEmpty() && !session.isAllVisible())) {
        session.pause();
      } else if (found.isEmpty()) {
        throw undone(
            new ProviderException(
                ErrorKind.NOT_FOUND,
                "Cannot resize the cluster \""
                    + stored.record().name()
                    + "\": its resource "
                    + stored.record().resource()
                    + " is gone; others deleted it. Delete the cluster here too."));
      } else {
        session.stopIfParked();
        send();
      }
    }
  }

  private Optional<CloudResource> look() throws IOException {
    try {
      return session.look(stored.record().resource());
    } catch (IOException e) {
      throw unknown(e);
    }
  }

  private IOException unknown(IOException e) {
    return session.unknown("how the resize of \"" + stored.record().name() + "\" stands", e);
  }

  private boolean isDone(CloudResource resource) {
    boolean isOurs =
        resource
            .lastChange()
            .filter(c -> c.token().equals(token) && c.outcome() == CloudChange.Outcome.DONE)
            .isPresent();
    return isOurs || (resource.shape().equals(wanted) && resource.state() == CloudState.AVAILABLE);
  }

  private void send() throws IOException {
    try {
      session.cloud().update(token, stored.record().resource(), wanted);
      mayBeSent = true;
      session.sent();
      session.attend();
      session.pause();
    } catch (IOException e) {
      ErrorKind kind = ProviderException.kindOfMutation(e);
      boolean isUnknown = kind == ErrorKind.UNKNOWN_OUTCOME;
      if (isUnknown) {
        mayBeSent = true;
        session.sent();
      }
      boolean mayPass = isUnknown || kind.isRetryable();
      if (mayPass && session.backOff(e)) {
        return;
      }
      if (mayBeSent && !session.isAllVisible()) {
        if (mayPass) {
          throw unknown(e);
        }
        session.pause(); // an earlier one may have been accepted: look once more
        return;
      }
      throw undone(e);
    }
  }

  /** Notes that it has the shape that it had. */
  private IOException undone(IOException why) throws IOException {
    records.replace(stored, stored.record().ready(stored.record().spec().shape()));
    return why;
  }
}
