// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket that counts its bytes and spares TLS its small system calls: TLS asks for each record's
 * head alone and writes records of 16 KiB.
 */
final class LinkSocket extends Socket {
  private static final Logger LOG = LoggerFactory.getLogger(LinkSocket.class);
  private static final int BUFFER = 64 << 10;

  private @Nullable Input input; // guarded by this, as is output
  private @Nullable Output output;
  private volatile boolean isShakingHands = true;
  private volatile long bytesIn;
  private volatile long bytesOut;

  @Override
  public synchronized InputStream getInputStream() throws IOException {
    if (input == null) {
      input = new Input(super.getInputStream());
    }
    return input;
  }

  @Override
  public synchronized OutputStream getOutputStream() throws IOException {
    return out();
  }

  private synchronized Output out() throws IOException {
    if (output == null) {
      output = new Output(super.getOutputStream());
    }
    return output;
  }

  /**
   * The handshake is over. During it all that was written leaves when the answer is read or the
   * socket is closed, so that a side that is refused has sent its whole flight and can read why.
   * From now on it leaves when the buffer is full, or at {@link #send}.
   */
  void handshakeDone() throws IOException {
    isShakingHands = false;
    send();
  }

  /** Sends all that was gathered. */
  void send() throws IOException {
    out().send();
  }

  long bytesIn() {
    return bytesIn;
  }

  long bytesOut() {
    return bytesOut;
  }

  /** TLS closes it behind the alert that says why. */
  @Override
  public void close() throws IOException {
    try {
      if (isShakingHands && isConnected() && !isClosed()) {
        send();
      }
    } finally {
      super.close();
    }
  }

  /** Closes it without waiting. */
  void abort() {
    try {
      super.close();
    } catch (IOException e) {
      LOG.debug("Closing {} failed.", this, e);
    }
  }

  private final class Input extends InputStream {
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;

    Input(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      return at == end && !fill() ? -1 : buffer[at++] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at == end && !fill()) {
        return -1;
      }
      int some = Math.min(length, end - at);
      System.arraycopy(buffer, at, into, offset, some);
      at += some;
      return some;
    }

    @Override
    public int available() throws IOException {
      return end - at + in.available();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread reads
    private boolean fill() throws IOException {
      at = 0;
      end = 0;
      if (isShakingHands) {
        send();
      }
      int more = in.read(buffer, 0, buffer.length);
      end = Math.max(more, 0);
      bytesIn += end;
      return more > 0;
    }
  }

  /** TLS may write from the thread that reads, too, hence the monitor. */
  private final class Output extends OutputStream {
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER];
    private int fill;

    Output(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
      int done = 0;
      while (done < length) {
        int some = Math.min(length - done, buffer.length - fill);
        System.arraycopy(bytes, offset + done, buffer, fill, some);
        fill += some;
        done += some;
        if (fill == buffer.length) {
          send();
        }
      }
    }

    synchronized void send() throws IOException {
      if (fill > 0) {
        int length = fill;
        fill = 0;
        out.write(buffer, 0, length);
        bytesOut += length;
      }
    }
  }
}
