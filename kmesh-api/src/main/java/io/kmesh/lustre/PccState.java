// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/**
 * Whether a file is cached on this client's own storage (persistent client cache). Source: {@code
 * struct lu_pcc_state}.
 *
 * @param kind how it is cached
 * @param openCount how often the cached copy is open
 * @param flags bits of {@code lu_pcc_state_flags}, unknown ones included
 * @param path where the cached copy lies, as the kernel names it; empty when there is none
 */
public record PccState(Kind kind, int openCount, int flags, String path) {
  /** How a file is cached. */
  public enum Kind {
    /** Not at all. */
    NONE,
    /** For reading and writing by this client alone. */
    READ_WRITE,
    /** For reading, on this and other clients. */
    READ_ONLY
  }
}
