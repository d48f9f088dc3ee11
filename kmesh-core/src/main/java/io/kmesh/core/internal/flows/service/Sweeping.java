// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.endpoints.OpenEndpoint;
import io.kmesh.core.internal.flows.place.HiddenFolder;
import io.kmesh.flows.FlowProblem;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a deleted flow's hidden directory away from a tree. Stateless. */
public final class Sweeping {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeping.class);

  /** Opens a tree; it is closed when it was looked at. */
  @FunctionalInterface
  public interface Opener {
    /** Fails with NOT_FOUND when there is none. */
    OpenEndpoint open() throws IOException;
  }

  private Sweeping() {}

  /**
   * Removes it, as far as nothing is in it that may be a user's.
   *
   * @param flow the name by which the flow placed entries
   * @param where what the tree is called, for people
   * @return what stays; empty when nothing does
   */
  public static Optional<FlowProblem> sweep(String flow, String where, Opener opener) {
    String path = where + "/" + HiddenFolder.name(flow);
    try (OpenEndpoint end = opener.open()) {
      long left = HiddenFolder.sweep(end.tree(), flow);
      return left == 0
          ? Optional.empty()
          : Optional.of(
              new FlowProblem(
                  path,
                  left
                      + (left == 1 ? " entry" : " entries")
                      + " that the flow moved out of its way stay there: look at them, and remove"
                      + " what is of no use."));
    } catch (IOException e) {
      if (ProviderException.kindOfRead(e) == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      LOG.warn("{} was not removed: {}", path, e.getMessage());
      return Optional.of(
          new FlowProblem(
              path, "It could not be looked at: " + e.getMessage() + " Remove it by hand."));
    }
  }
}
