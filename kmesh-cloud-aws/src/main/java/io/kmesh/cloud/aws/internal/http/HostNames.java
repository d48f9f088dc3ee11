// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;

/**
 * Addresses of hosts, and connections to the first of them that answers: one that is out of order
 * must not hide the others. Thread-safe.
 */
@FunctionalInterface
interface HostNames {
  /** Those of this machine, in the order in which it gives them. */
  HostNames SYSTEM = host -> List.of(InetAddress.getAllByName(host));

  /** The most addresses that are tried; they share the time. */
  int MOST = 5;

  /**
   * The addresses of a host.
   *
   * @throws UnknownHostException when it has none
   */
  List<InetAddress> of(String host) throws UnknownHostException;

  /**
   * Connects.
   *
   * @param patience for all addresses together
   * @throws IOException the reason of each address that was tried, by address where there are more
   */
  default Socket connect(String host, int port, Duration patience) throws IOException {
    List<InetAddress> all;
    try {
      all = of(host);
    } catch (UnknownHostException e) {
      UnknownHostException unknown = new UnknownHostException("the host " + host + " is not known");
      unknown.initCause(e);
      throw unknown;
    }
    List<InetAddress> tried = all.subList(0, Math.min(all.size(), MOST));
    int each = Math.toIntExact(patience.dividedBy(Math.max(tried.size(), 1)).toMillis());
    StringJoiner reasons = new StringJoiner("; ");
    IOException first = null;
    for (InetAddress address : tried) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(address, port), each);
        return socket;
      } catch (IOException e) {
        socket.close();
        boolean isOnly = tried.size() == 1;
        reasons.add(isOnly ? e.getMessage() : address.getHostAddress() + ": " + e.getMessage());
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    throw new IOException(reasons.toString(), first);
  }
}
