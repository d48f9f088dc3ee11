// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.link.TcpFigures;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Options of TCP connections (tcp(7)). Stateless. */
public final class TcpOptions {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int TCP_CONGESTION = 13;

  /** The kernel's TCP_CA_NAME_MAX. */
  private static final int NAME_BYTES = 16;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,15}");

  /** As much of {@code struct tcp_info} as Linux has had since 2.6. */
  private static final int INFO_BYTES = 104;

  private static final PathBytes SETTINGS = PathBytes.of("/proc/sys/net/ipv4");
  private static final PathBytes AVAILABLE = PathBytes.of("tcp_available_congestion_control");

  private TcpOptions() {}

  /** The congestion controls that the kernel has loaded, or can load. */
  public static List<String> congestionControls() throws IOException {
    ByteBuffer text = ByteBuffer.allocate(4096);
    try (PosixTree tree = JnaPosixTree.open(SETTINGS);
        PosixFile file = tree.openFile(AVAILABLE, Set.of(OpenFlag.READ))) {
      while (text.hasRemaining() && file.read(text, text.position()) > 0) {
        // Until its end.
      }
    } catch (IOException e) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot list the congestion controls of this kernel: "
              + SETTINGS
              + "/"
              + AVAILABLE
              + " can't be read. Leave connections as they are.",
          e);
    }
    String names = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    return names.isEmpty() ? List.of() : List.of(names.split("\\s+", -1));
  }

  /** The congestion control of a connection. */
  public static String congestionControl(Socket socket) throws IOException {
    ByteBuffer value = get(socket, TCP_CONGESTION, NAME_BYTES, "read the congestion control of");
    StringBuilder name = new StringBuilder();
    while (value.hasRemaining()) {
      byte c = value.get();
      if (c == 0) {
        break;
      }
      name.append((char) c);
    }
    return name.toString();
  }

  /** Chooses the congestion control of a connection. */
  public static void useCongestionControl(Socket socket, String name) throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot choose a congestion control: no kernel has one of that name. Use one that"
              + " congestionControls() lists.");
    }
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer value = ByteBuffer.allocateDirect(NAME_BYTES);
    value.put(bytes);
    long address = NativeBuffer.addressOf(value);
    int r;
    try {
      r =
          SocketNumber.with(
              socket,
              fd -> Calls.setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, address, bytes.length));
    } finally {
      Reference.reachabilityFence(value);
    }
    if (r == -Linux.ENOENT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot use the congestion control "
              + name
              + ": this kernel has "
              + congestionControls()
              + ". Use one of these, or load the kernel's module tcp_"
              + name
              + ".",
          null,
          Errno.of(r),
          null,
          null);
    }
    if (r < 0) {
      throw new ProviderException(
          Errno.of(r),
          "Cannot use the congestion control "
              + name
              + ": "
              + Errno.of(r)
              + ". Have an administrator add it to net.ipv4.tcp_allowed_congestion_control, or use"
              + " another of "
              + congestionControls()
              + ".");
    }
  }

  /** What the kernel measured on a connection. */
  public static TcpFigures figures(Socket socket) throws IOException {
    ByteBuffer info = get(socket, TCP_INFO, INFO_BYTES, "read the figures of");
    if (info.remaining() < INFO_BYTES) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read the figures of a connection: this kernel tells "
              + info.remaining()
              + " bytes of them, not "
              + INFO_BYTES
              + ". Do without them.");
    }
    return new TcpFigures(
        micros(info, 68),
        micros(info, 72),
        number(info, 16),
        number(info, 80),
        number(info, 24),
        number(info, 100));
  }

  private static Duration micros(ByteBuffer info, int at) {
    return Duration.ofNanos(1000 * number(info, at));
  }

  private static long number(ByteBuffer info, int at) {
    return Integer.toUnsignedLong(info.getInt(at));
  }

  private static ByteBuffer get(Socket socket, int option, int bytes, String action)
      throws IOException {
    ByteBuffer memory =
        ByteBuffer.allocateDirect(bytes + Integer.BYTES).order(ByteOrder.nativeOrder());
    memory.putInt(bytes, bytes);
    long address = NativeBuffer.addressOf(memory);
    int r =
        SocketNumber.with(
            socket, fd -> Calls.getsockopt(fd, IPPROTO_TCP, option, address, address + bytes));
    if (r < 0) {
      throw new ProviderException(
          Errno.of(r),
          "Cannot " + action + " a connection: " + Errno.of(r) + ". Leave it as it is.");
    }
    int length = Math.min(bytes, memory.getInt(bytes));
    return memory.limit(length);
  }
}
