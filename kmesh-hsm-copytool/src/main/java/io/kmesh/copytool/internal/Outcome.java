// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

/** What became of a try of an item. */
enum Outcome {
  /** It ended well. */
  DONE,
  /** It ended with an error, or the coordinator does not wait for it. */
  ENDED,
  /** The coordinator could not be told: it is tried again. */
  AGAIN,
  /** A restore that must be ended with an error and asked for anew. */
  ASK_ANEW,
  /** The copytool closes: it stays in the journal. */
  PARKED
}
