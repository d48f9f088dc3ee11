// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

/** What is known of a file's bytes when only its time of change differs. */
enum Evidence {
  /** Something said that they may have changed. */
  BYTES,
  /** All that happened is known, and nothing of it changes bytes. */
  NO_BYTES,
  /** Nothing is known: the file was come across. */
  NONE
}
