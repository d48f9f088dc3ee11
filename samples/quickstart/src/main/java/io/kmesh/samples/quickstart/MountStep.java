// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.util.Locale;

/** The steps of a run on a mounted Lustre, in order. */
enum MountStep {
  CHECK,
  INGEST,
  CANCEL,
  ARCHIVE,
  RELEASE,
  READBACK,
  RECALL,
  TIERING,
  REMOVE,
  VERIFY,
  CLEANUP;

  String title() {
    return name().toLowerCase(Locale.ROOT);
  }
}
