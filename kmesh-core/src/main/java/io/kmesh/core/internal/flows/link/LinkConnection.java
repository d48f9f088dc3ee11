// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.trust.PeerIdentity;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A duplex stream of bytes to a peer. One thread reads while another writes; {@link #close()} may
 * come from any thread.
 */
public interface LinkConnection extends AutoCloseable {
  /** Where to read. Reads may be small: callers buffer. */
  InputStream input();

  /** Where to write. What was written leaves at {@link OutputStream#flush()} at the latest. */
  OutputStream output();

  /** Who the peer is. */
  PeerIdentity peer();

  /** The bytes that were read from the wire, all of the transport's own included. */
  long bytesIn();

  /** The bytes that were written to the wire, all of the transport's own included. */
  long bytesOut();

  /** Ends both directions at once, without waiting; a blocked read or write then fails. */
  @Override
  void close();
}
