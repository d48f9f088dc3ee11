// SPDX-License-Identifier: Apache-2.0
/** The command kmesh. Exports nothing. */
module io.kmesh.cli {
  requires com.fasterxml.jackson.databind;
  requires info.picocli;
  requires io.kmesh.api;
  requires io.kmesh.core;
  requires static org.jspecify;

  opens io.kmesh.cli to
      info.picocli;
}
