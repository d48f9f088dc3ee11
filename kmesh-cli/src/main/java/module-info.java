// SPDX-License-Identifier: Apache-2.0
/** The command kmesh. Exports nothing. */
module io.kmesh.cli {
  requires com.fasterxml.jackson.databind;
  requires info.picocli;
  requires io.kmesh.api;
  requires io.kmesh.core;
  requires io.kmesh.lustre.jna;
  requires static jdk.httpserver;
  requires static org.jspecify;

  uses io.kmesh.spi.lustre.LustreProvider;

  opens io.kmesh.cli to
      info.picocli;
}
