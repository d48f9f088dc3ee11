// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudState;
import io.kmesh.spi.cloud.CloudToken;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/** Makes sure that a resource is gone, one that reads don't show yet included. */
final class CloudRemoval {
  private final CloudSession session;

  CloudRemoval(CloudSession session) {
    this.session = session;
  }

  /**
   * Removes what a token may have created; there is none when nothing is found once all is visible.
   */
  void ofToken(CloudToken token) throws IOException {
    session.attend();
    session.ignoreCancel();
    while (true) {
      Optional<CloudResource> found = session.find(token);
      if (found.isPresent()) {
        ofResource(found.get().id(), CloudToken.of(UUID.randomUUID()));
        return;
      }
      if (session.isAllVisible()) {
        return;
      }
      session.pause();
    }
  }

  /**
   * Deletes a resource and waits until it is gone.
   *
   * @throws ProviderException when the provider refuses it
   */
  void ofResource(String id, CloudToken change) throws IOException {
    session.attend();
    session.ignoreCancel();
    while (true) {
      Optional<CloudResource> found = session.look(id);
      if (found.isEmpty() && session.isAllVisible()) {
        return;
      }
      // One that is not shown yet may be deleted by its name all the same.
      if (found.isEmpty() || found.get().state() != CloudState.DELETING) {
        delete(id, change);
      } else {
        session.tell(found.get());
      }
      session.pause();
    }
  }

  private void delete(String id, CloudToken change) throws IOException {
    try {
      session.cloud().delete(change, id);
    } catch (IOException e) {
      ErrorKind kind = ProviderException.kindOfMutation(e);
      boolean mayPass = kind.isRetryable() || kind == ErrorKind.UNKNOWN_OUTCOME;
      if (kind != ErrorKind.NOT_FOUND && !(mayPass && session.backOff(e))) {
        throw e;
      }
    }
  }
}
