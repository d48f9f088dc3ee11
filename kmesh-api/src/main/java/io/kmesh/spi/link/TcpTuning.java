// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.link;

import java.io.IOException;
import java.net.Socket;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Reads and sets what the kernel does for one TCP connection; found by {@link ServiceLoader}.
 * Thread-safe.
 *
 * <p>A socket must be connected, and must not be closed while a call with it is under way.
 */
public interface TcpTuning {
  /** A short name, such as {@code jna}. */
  String name();

  /** Higher is preferred. */
  int priority();

  /** Why it does not work here; empty when it does. */
  Optional<String> whyUnusable();

  /**
   * The congestion controls that this kernel has, by its own names, such as {@code bbr}, {@code
   * cubic}, {@code reno}. Which of them a process may choose is for the kernel to say.
   *
   * @throws IOException of kind {@link io.kmesh.spi.ErrorKind#UNSUPPORTED} when the kernel does not
   *     tell
   */
  List<String> congestionControls() throws IOException;

  /**
   * The congestion control of a connection.
   *
   * @throws IOException of kind {@link io.kmesh.spi.ErrorKind#INVALID} when the socket is not
   *     connected, {@link io.kmesh.spi.ErrorKind#NOT_FOUND} when it is not one of the kernel's
   */
  String congestionControl(Socket socket) throws IOException;

  /**
   * Chooses the congestion control of a connection, from its next packet on.
   *
   * @param name as {@link #congestionControls()} has it
   * @throws IOException as {@link #congestionControl}; of kind {@link
   *     io.kmesh.spi.ErrorKind#UNSUPPORTED} when the kernel has none of that name, {@link
   *     io.kmesh.spi.ErrorKind#DENIED} when this process may not choose it
   */
  void useCongestionControl(Socket socket, String name) throws IOException;

  /**
   * What the kernel measured on a connection.
   *
   * @throws IOException as {@link #congestionControl}
   */
  TcpFigures figures(Socket socket) throws IOException;

  /** The one of the highest priority that works here. */
  static Optional<TcpTuning> find(ClassLoader loader) {
    return ServiceLoader.load(TcpTuning.class, loader).stream()
        .map(ServiceLoader.Provider::get)
        .filter(tuning -> tuning.whyUnusable().isEmpty())
        .max(Comparator.comparingInt(TcpTuning::priority));
  }
}
