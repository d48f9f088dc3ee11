// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.trust.LinkTls;
import io.kmesh.core.internal.flows.trust.LinkTrust;
import io.kmesh.core.internal.flows.trust.PeerIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection whose TLS handshake is done. */
final class TlsConnection implements LinkConnection {
  private static final Logger LOG = LoggerFactory.getLogger(TlsConnection.class);

  private final LinkSocket socket;
  private final LinkTls tls;
  private final PeerIdentity peer;
  private final InputStream input;
  private final OutputStream output;
  private LinkTrust.@Nullable Watch watch; // guarded by this, as isClosed
  private boolean isClosed;

  TlsConnection(LinkSocket socket, SSLSocket sealed, LinkTls tls, PeerIdentity peer)
      throws IOException {
    this.socket = socket;
    this.tls = tls;
    this.peer = peer;
    this.input = new Input(sealed.getInputStream());
    this.output = new Output(sealed.getOutputStream());
  }

  /** Closes itself when its peer may not speak any more. */
  void watch(LinkTrust trust) {
    LinkTrust.Watch begun =
        trust.watch(
            peer,
            reason -> {
              LOG.info("A connection to {} is closed: {}", peer.site(), reason);
              close();
            });
    synchronized (this) {
      watch = begun;
      if (!isClosed) {
        return;
      }
    }
    begun.close();
  }

  /** Says in our words what TLS does not like, which it may tell at the first read only. */
  private final class Input extends InputStream {
    private final InputStream in;

    Input(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        return in.read(into, offset, length);
      } catch (SSLException e) {
        throw tls.refusal(e);
      }
    }
  }

  private final class Output extends OutputStream {
    private final OutputStream out;

    Output(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      out.flush();
      socket.send();
    }
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public PeerIdentity peer() {
    return peer;
  }

  @Override
  public long bytesIn() {
    return socket.bytesIn();
  }

  @Override
  public long bytesOut() {
    return socket.bytesOut();
  }

  /**
   * Closes the socket below TLS: closing TLS waits for whoever writes. Frames tell a whole message
   * from a cut one, so nothing depends on TLS's own goodbye.
   */
  @Override
  public void close() {
    LinkTrust.Watch begun;
    synchronized (this) {
      isClosed = true;
      begun = watch;
    }
    if (begun != null) {
      begun.close();
    }
    socket.abort();
  }
}
