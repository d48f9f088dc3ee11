// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

/** Which MDT a new directory goes to; files go to their directory's. */
public enum DirectoryPlacement {
  /** One MDT after the other, as a plain mkdir does on a Lustre with several. */
  ROUND_ROBIN,
  /** The parent's MDT. */
  PARENT
}
