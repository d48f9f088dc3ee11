// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import io.kmesh.lustre.jna.internal.NativeLibc;
import io.kmesh.lustre.jna.internal.TcpOptions;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.link.TcpFigures;
import io.kmesh.spi.link.TcpTuning;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Optional;

/** TCP options by libc; named {@code jna}, priority 100. Thread-safe. */
public final class JnaTcpTuning implements TcpTuning {
  /** For {@link java.util.ServiceLoader}. */
  public JnaTcpTuning() {}

  @Override
  public String name() {
    return "jna";
  }

  @Override
  public int priority() {
    return 100;
  }

  @Override
  public Optional<String> whyUnusable() {
    return NativeLibc.whyUnusable();
  }

  private static void requireUsable() throws ProviderException {
    Optional<String> reason = NativeLibc.whyUnusable();
    if (reason.isPresent()) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot tune a connection by libc: "
              + reason.get()
              + ". Leave it as it is, or set "
              + NativeLibc.DIRECTORY_PROPERTY
              + " to a folder from which programs may run.",
          null,
          Errno.ENOSYS,
          null,
          null);
    }
  }

  @Override
  public List<String> congestionControls() throws IOException {
    requireUsable();
    return TcpOptions.congestionControls();
  }

  @Override
  public String congestionControl(Socket socket) throws IOException {
    requireUsable();
    return TcpOptions.congestionControl(socket);
  }

  @Override
  public void useCongestionControl(Socket socket, String name) throws IOException {
    requireUsable();
    TcpOptions.useCongestionControl(socket, name);
  }

  @Override
  public TcpFigures figures(Socket socket) throws IOException {
    requireUsable();
    return TcpOptions.figures(socket);
  }
}
