// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Asked before bytes of a file leave a site. Any thread. */
public interface SendGate {
  /** Lets everything go. */
  SendGate OPEN =
      new SendGate() {
        @Override
        public boolean guards() {
          return false;
        }

        @Override
        public Optional<String> refusal(String site, List<PathBytes> names) {
          return Optional.empty();
        }
      };

  /** Whether it may refuse anything. */
  boolean guards();

  /**
   * Why bytes of a file are not to be sent now, in a sentence for people; empty when they may.
   *
   * @param site whom they would go to
   * @param names all that the file has
   */
  Optional<String> refusal(String site, List<PathBytes> names) throws IOException;
}
