// SPDX-License-Identifier: Apache-2.0
/**
 * The API of Kmesh: entry points, value types and service provider interfaces; needs the JDK only.
 */
module io.kmesh.api {
  requires static transitive org.jspecify;

  exports io.kmesh;
  exports io.kmesh.flows;
  exports io.kmesh.lustre;
  exports io.kmesh.path;
  exports io.kmesh.placement;
  exports io.kmesh.repository;
  exports io.kmesh.sites;
  exports io.kmesh.snapshots;
  exports io.kmesh.spi;
  exports io.kmesh.spi.archive;
  exports io.kmesh.spi.cloud;
  exports io.kmesh.spi.engine;
  exports io.kmesh.spi.key;
  exports io.kmesh.spi.link;
  exports io.kmesh.spi.lustre;
  exports io.kmesh.spi.observe;
  exports io.kmesh.spi.posix;
  exports io.kmesh.spi.quiesce;
  exports io.kmesh.spi.state;
  exports io.kmesh.spi.store;
  exports io.kmesh.spi.time;
  exports io.kmesh.tiering;
  exports io.kmesh.unit;

  uses io.kmesh.spi.engine.KmeshEngine;
  uses io.kmesh.spi.link.TcpTuning;
}
