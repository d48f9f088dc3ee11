// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.Optional;

/** Asked before a file's bytes are read, since that may bring back what is released. Any thread. */
@FunctionalInterface
public interface ReadGate {
  /** Reads everything. */
  ReadGate OPEN = file -> Optional.empty();

  /** Why an open file is not to be read, in a sentence for people; empty when it may be. */
  Optional<String> refusal(PosixFile file) throws IOException;
}
