// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The local tree as the engine's source of changes: edits the base. For the engine's thread. */
public interface Source {
  /** What a look came to. */
  enum Look {
    /** There is more to look at now. */
    MORE,
    /** Nothing is known to have changed since. */
    IDLE
  }

  /** Looks at what may have changed, for a bounded while. */
  Look look() throws IOException;

  /**
   * Looks at all that changed at or below a path until now, however long it takes.
   *
   * @param path below the flow's top; empty for all
   */
  void lookAt(PathBytes path) throws IOException;

  /** A look that goes on with {@link #look}. */
  interface Looking {
    /** One that has ended. */
    Looking DONE = () -> true;

    /** Whether it has ended, and what it found is in the base. */
    boolean isDone() throws IOException;
  }

  /**
   * Begins to look at all that changed until now; as {@link #lookAt(PathBytes)}, with other work
   * between its steps where it takes long.
   */
  default Looking beginLook() throws IOException {
    lookAt(PathBytes.EMPTY);
    return Looking.DONE;
  }

  /** Looks at places as they are now, and no further. */
  void lookAt(List<Message.Place> places) throws IOException;

  /** Looks at an object of which its bytes' reader found that it is not as the base says. */
  void recheck(NodeId node) throws IOException;

  /** What the looks put into the base is durable. */
  void committed() throws IOException;

  /** How long an idle engine may wait before it looks again. */
  Duration pause();
}
