// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import java.io.IOException;
import java.util.List;

/**
 * Changes of the local tree that another site asks for. For the engine's thread, but for {@link
 * #contents}, which any thread may call.
 */
public interface Edits {
  /**
   * What became of a change.
   *
   * @param to who asked for it
   */
  record Answer(Channel to, Message.Edited edited) {}

  /**
   * A change is asked for.
   *
   * @param replica the replica that asks
   */
  void edit(Channel from, long replica, Message.Edit edit);

  /** Where the bytes of written files go. */
  Pieces.Taker contents();

  /** Makes the changes that can be made now. */
  List<Answer> step() throws IOException;

  /** A way is gone, with all that was asked for over it and not answered. */
  void parted(Channel channel);
}
