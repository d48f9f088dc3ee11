// SPDX-License-Identifier: Apache-2.0
/**
 * What tests of Kmesh's users and of its providers need: a simulated Lustre, stores, clocks, and a
 * contract for each service provider interface.
 */
module io.kmesh.testkit {
  requires transitive io.kmesh.api;
  requires static transitive org.assertj.core;
  requires static transitive org.junit.jupiter.api;
  requires jdk.httpserver;
  requires static org.jspecify;
  requires static org.junit.platform.engine;
  requires static org.junit.platform.launcher;

  exports io.kmesh.testkit.cloud;
  exports io.kmesh.testkit.contract;
  exports io.kmesh.testkit.fault;
  exports io.kmesh.testkit.gcs;
  exports io.kmesh.testkit.junit;
  exports io.kmesh.testkit.lustre;
  exports io.kmesh.testkit.nio;
  exports io.kmesh.testkit.key;
  exports io.kmesh.testkit.observe;
  exports io.kmesh.testkit.proxy;
  exports io.kmesh.testkit.state;
  exports io.kmesh.testkit.store;
  exports io.kmesh.testkit.time;

  uses io.kmesh.spi.posix.PosixTreeProvider;
}
