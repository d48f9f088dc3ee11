// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.time.KmeshThreads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stands between two ends of TCP, keeps a copy of all bytes, and cuts. */
public final class Relay implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final ByteArrayOutputStream captured = new ByteArrayOutputStream(); // guarded by itself
  private final List<Socket> sockets = new ArrayList<>(); // guarded by captured
  private int connections; // guarded by captured

  /** Begins to stand before an address. */
  public Relay(String address) throws IOException {
    this.target = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    KmeshThreads.start("test-relay", this::accept);
  }

  /** Where it stands. */
  public String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** All bytes that went through it, both ways. */
  public byte[] captured() {
    synchronized (captured) {
      return captured.toByteArray();
    }
  }

  /** How many connections were made to it. */
  public int connections() {
    synchronized (captured) {
      return connections;
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket from = server.accept();
        synchronized (captured) {
          connections++;
        }
        Socket to = reach(from);
        if (to == null) {
          continue;
        }
        synchronized (captured) {
          sockets.add(from);
          sockets.add(to);
        }
        KmeshThreads.start("test-relay-out", () -> copy(from, to));
        KmeshThreads.start("test-relay-in", () -> copy(to, from));
      }
    } catch (IOException e) {
      close();
    }
  }

  private @Nullable Socket reach(Socket from) throws IOException {
    try {
      return new Socket(InetAddress.getLoopbackAddress(), target);
    } catch (IOException e) {
      from.close(); // nobody listens there now
      return null;
    }
  }

  /** Cuts all connections; new ones go through. */
  public void cut() throws IOException {
    List<Socket> all;
    synchronized (captured) {
      all = List.copyOf(sockets);
      sockets.clear();
    }
    for (Socket socket : all) {
      socket.close();
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[64 << 10];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        synchronized (captured) {
          captured.write(buffer, 0, n);
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // an end went away
    }
  }

  @Override
  public void close() {
    List<Socket> all;
    synchronized (captured) {
      all = List.copyOf(sockets);
    }
    try {
      server.close();
      for (Socket socket : all) {
        socket.close();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
