// SPDX-License-Identifier: Apache-2.0
/**
 * The engine of Kmesh. Users see the state and the directory store; the rest they reach by the API.
 */
module io.kmesh.core {
  requires transitive io.kmesh.api;
  requires com.fasterxml.jackson.databind;
  requires com.github.luben.zstd_jni;
  requires java.sql;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;
  requires org.slf4j;
  requires org.xerial.sqlitejdbc;

  exports io.kmesh.engine to
      io.kmesh.cli,
      io.kmesh.copytool;
  exports io.kmesh.engine.repository to
      io.kmesh.cli;
  exports io.kmesh.key;
  exports io.kmesh.state;
  exports io.kmesh.store;

  uses io.kmesh.spi.lustre.LustreProvider;
  uses io.kmesh.spi.posix.PosixTreeProvider;
  uses io.kmesh.spi.store.ObjectStoreProvider;

  provides java.nio.file.spi.FileSystemProvider with
      io.kmesh.core.internal.nio.KmeshFileSystemProvider;
  provides io.kmesh.spi.engine.KmeshEngine with
      io.kmesh.core.internal.facade.CoreEngine;
  provides io.kmesh.spi.posix.PosixTreeProvider with
      io.kmesh.core.internal.posix.NioPosixTreeProvider;
}
