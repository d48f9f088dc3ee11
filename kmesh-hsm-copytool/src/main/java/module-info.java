// SPDX-License-Identifier: Apache-2.0
/** A Lustre HSM copytool as a library. */
module io.kmesh.copytool {
  requires transitive io.kmesh.api;
  requires io.kmesh.core;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.kmesh.copytool;
}
