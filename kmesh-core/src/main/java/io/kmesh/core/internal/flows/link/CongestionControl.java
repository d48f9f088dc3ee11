// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.spi.link.TcpTuning;
import java.io.IOException;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kernel for a congestion control on each connection that has one by losses. Where it
 * can't be had the kernel's own stays, since a slow link is better than none; that is logged once.
 * Thread-safe.
 */
public final class CongestionControl implements SocketTuning {
  private static final Logger LOG = LoggerFactory.getLogger(CongestionControl.class);

  /** Those that take each lost packet for a full path: all that long ways lose is paid for. */
  private static final Set<String> BY_LOSS = Set.of("cubic", "reno");

  private static final String BY_RATE = "bbr";

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

  /**
   * BBR, where something on the class path can ask the kernel for it. What somebody chose for this
   * machine, that is what does not go by losses, stays.
   */
  public static SocketTuning usual(ClassLoader loader) {
    return TcpTuning.find(loader)
        .<SocketTuning>map(kernel -> new CongestionControl(kernel, BY_RATE))
        .orElse(NONE);
  }

  @Override
  public void tune(Socket socket) {
    try {
      String now = tuning.congestionControl(socket);
      if (BY_LOSS.contains(now) && !now.equals(name)) {
        tuning.useCongestionControl(socket, name);
      }
    } catch (IOException e) {
      if (isTold.compareAndSet(false, true)) {
        LOG.info("Links go on with the kernel's own congestion control: {}", e.getMessage());
      }
    }
  }
}
