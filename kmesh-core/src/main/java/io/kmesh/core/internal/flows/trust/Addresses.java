// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where an authority listens: {@code host:port}, {@code 1.2.3.4:port}, {@code [ipv6]:port}. */
final class Addresses {
  private static final Pattern FORM =
      Pattern.compile(
          "([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9A-Fa-f:.%a-z0-9]{2,64}\\]):(\\d{1,5})");

  private Addresses() {}

  static String require(String address) {
    split(address);
    return address;
  }

  /** Resolves it now; the answer may be unresolved, as connecting then says. */
  static InetSocketAddress resolve(String address) {
    Matcher parts = split(address);
    String host = parts.group(1);
    return new InetSocketAddress(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        Integer.parseInt(parts.group(2)));
  }

  private static Matcher split(String address) {
    Matcher parts = FORM.matcher(address);
    if (!parts.matches()
        || Integer.parseInt(parts.group(2)) < 1
        || Integer.parseInt(parts.group(2)) > 65535) {
      throw new IllegalArgumentException("the address is not HOST:PORT, with a port of 1 to 65535");
    }
    return parts;
  }
}
