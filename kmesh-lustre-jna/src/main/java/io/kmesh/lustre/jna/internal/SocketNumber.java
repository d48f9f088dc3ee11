// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds the descriptor of a connected socket, which the JDK does not tell: the one of this process
 * whose own and whose peer's address, by getsockname(2) and getpeername(2), are those of the
 * socket. A pair of addresses belongs to one connection, and each of its ends has the pair the
 * other way round. It is asked again after an option was set or read, since a number may have been
 * closed and given to another file meanwhile.
 *
 * <p>No descriptor is duplicated for that: closing the copy of a file's would give up its locks.
 */
final class SocketNumber {
  private static final PathBytes DESCRIPTORS = PathBytes.of("/proc/self/fd");
  private static final short AF_INET = 2;
  private static final short AF_INET6 = 10;

  /** More than any address that is looked at; longer ones (of Unix sockets) are cut. */
  private static final int ADDRESS_BYTES = 64;

  private final InetAddress local;
  private final int localPort;
  private final InetAddress remote;
  private final int remotePort;
  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(ADDRESS_BYTES + Integer.BYTES).order(ByteOrder.nativeOrder());
  private final long address = NativeBuffer.addressOf(memory);

  private SocketNumber(Socket socket) {
    this.local = socket.getLocalAddress();
    this.localPort = socket.getLocalPort();
    this.remote = socket.getInetAddress();
    this.remotePort = socket.getPort();
  }

  /** What is done with a descriptor; a negative errno is an error. */
  interface Call {
    int with(int fd);
  }

  /**
   * Makes a call with the descriptor of a socket.
   *
   * @return what the call returned
   * @throws ProviderException INVALID when the socket is not connected, NOT_FOUND when no
   *     descriptor is that of the socket, or not any more
   */
  static int with(Socket socket, Call call) throws IOException {
    if (!socket.isConnected() || socket.isClosed()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot tune a connection: its socket is "
              + (socket.isClosed() ? "closed" : "not connected yet")
              + ". Tune it while it is connected.");
    }
    SocketNumber wanted = new SocketNumber(socket);
    try (PosixTree tree = JnaPosixTree.open(DESCRIPTORS);
        PosixDirectory root = tree.openRoot();
        DirectoryCursor entries = root.entries()) {
      for (var batch = entries.next(); !batch.isEmpty(); batch = entries.next()) {
        for (DirectoryEntry entry : batch) {
          int fd = number(entry.name());
          if (fd >= 0 && wanted.is(fd)) {
            int result = call.with(fd);
            if (wanted.is(fd)) {
              return result;
            }
          }
        }
      }
    }
    throw new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot tune the connection from port "
            + wanted.localPort
            + " to "
            + wanted.remote.getHostAddress()
            + " port "
            + wanted.remotePort
            + ": no descriptor of this process is its socket. Leave it as it is; it may have been"
            + " closed.");
  }

  private static int number(PathBytes name) {
    String text = name.toString();
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1; // "." and ".."
    }
  }

  private boolean is(int fd) throws IOException {
    return is(true, fd, local, localPort) && is(false, fd, remote, remotePort);
  }

  private boolean is(boolean isOwn, int fd, InetAddress wanted, int port) throws IOException {
    memory.putInt(ADDRESS_BYTES, ADDRESS_BYTES);
    long length = address + ADDRESS_BYTES;
    int r = isOwn ? Calls.getsockname(fd, address, length) : Calls.getpeername(fd, address, length);
    if (r < 0) {
      return false; // no socket, or not connected
    }
    // A port is big-endian, whatever the machine is.
    int found = ((memory.get(2) & 0xff) << 8) | (memory.get(3) & 0xff);
    return found == port && Arrays.equals(bytes(), wanted.getAddress());
  }

  /** The address as the JDK has it: an IPv4 address in an IPv6 socket is an IPv4 address. */
  private byte[] bytes() throws UnknownHostException {
    short family = memory.getShort(0);
    byte[] bytes = new byte[family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0];
    memory.get(family == AF_INET ? 4 : 8, bytes);
    return bytes.length == 0 ? bytes : InetAddress.getByAddress(bytes).getAddress();
  }
}
