// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import java.util.Locale;

/** The steps of the main job, in order. Later versions add steps; none is ever taken away. */
enum Step {
  INGEST,
  SNAPSHOT,
  COPY,
  ARCHIVE,
  RELEASE,
  READBACK,
  CHANGES,
  REFRESH,
  REVERSE,
  TIERING,
  REMOVE,
  RESTORE,
  FLOW,
  VERIFY;

  String title() {
    return name().toLowerCase(Locale.ROOT);
  }
}
