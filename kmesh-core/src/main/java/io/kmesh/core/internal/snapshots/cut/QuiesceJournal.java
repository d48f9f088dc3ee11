// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import io.kmesh.spi.quiesce.QuiesceHook;
import java.io.IOException;

/** Remembers what is frozen, so that it is thawed whatever becomes of this process. */
public interface QuiesceJournal {
  /** Remembers nothing. */
  QuiesceJournal NONE =
      new QuiesceJournal() {
        @Override
        public void freezing(String cut, QuiesceHook hook) {}

        @Override
        public void thawed(String cut, QuiesceHook hook) {}
      };

  /** A hook is about to freeze: durable when this returns. */
  void freezing(String cut, QuiesceHook hook) throws IOException;

  /** A hook has thawed. */
  void thawed(String cut, QuiesceHook hook) throws IOException;
}
