// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.io.IOException;

/** What came of a run, for programs and for people. */
interface Outcome {
  /** Whether all held, by the independent verifier. */
  boolean verified();

  /** One object on one line. */
  String json() throws IOException;

  /** The table for people. */
  String table();
}
