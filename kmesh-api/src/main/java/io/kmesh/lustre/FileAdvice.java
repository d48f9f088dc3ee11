// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/** What a program says that it will do with a range of a file. Source: {@code lu_ladvise_type}. */
public enum FileAdvice {
  /** It will be read soon: the servers read it into their caches. */
  WILL_READ,
  /** It will not be used again: the servers drop it from their caches. */
  DONT_NEED
}
