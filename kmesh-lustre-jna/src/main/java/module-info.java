// SPDX-License-Identifier: Apache-2.0
/**
 * Everything native of Kmesh, through JNA: liblustreapi behind {@code io.kmesh.spi.lustre}, libc
 * behind {@code io.kmesh.spi.posix} and {@code io.kmesh.spi.link}.
 */
module io.kmesh.lustre.jna {
  requires com.sun.jna;
  requires transitive io.kmesh.api;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.kmesh.lustre.jna;

  provides io.kmesh.spi.link.TcpTuning with
      io.kmesh.lustre.jna.JnaTcpTuning;
  provides io.kmesh.spi.lustre.LustreProvider with
      io.kmesh.lustre.jna.JnaLustre;
  provides io.kmesh.spi.posix.PosixTreeProvider with
      io.kmesh.lustre.jna.JnaPosixTreeProvider;
}
