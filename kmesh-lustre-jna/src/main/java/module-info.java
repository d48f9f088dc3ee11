// SPDX-License-Identifier: Apache-2.0
/**
 * Everything native of Kmesh: libc behind {@code io.kmesh.spi.posix} and {@code io.kmesh.spi.link},
 * through JNA.
 */
module io.kmesh.lustre.jna {
  requires com.sun.jna;
  requires transitive io.kmesh.api;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.kmesh.lustre.jna;

  provides io.kmesh.spi.link.TcpTuning with
      io.kmesh.lustre.jna.JnaTcpTuning;
  provides io.kmesh.spi.posix.PosixTreeProvider with
      io.kmesh.lustre.jna.JnaPosixTreeProvider;
}
