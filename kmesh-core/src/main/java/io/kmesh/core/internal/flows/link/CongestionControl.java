// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.spi.link.TcpTuning;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kernel for a congestion control on each connection. Where it can't be had the kernel's
 * own stays, since a slow link is better than none; that is logged once. Thread-safe.
 */
public final class CongestionControl implements SocketTuning {
  private static final Logger LOG = LoggerFactory.getLogger(CongestionControl.class);

  private final TcpTuning tuning;
  private final String name;
  private final AtomicBoolean isTold = new AtomicBoolean();

  /**
   * A wish.
   *
   * @param name as the kernel has it, such as {@code bbr}
   */
  public CongestionControl(TcpTuning tuning, String name) {
    this.tuning = tuning;
    this.name = name;
  }

  @Override
  public void tune(Socket socket) {
    try {
      if (!tuning.congestionControl(socket).equals(name)) {
        tuning.useCongestionControl(socket, name);
      }
    } catch (IOException e) {
      if (isTold.compareAndSet(false, true)) {
        LOG.info("Links go on with the kernel's own congestion control: {}", e.getMessage());
      }
    }
  }
}
