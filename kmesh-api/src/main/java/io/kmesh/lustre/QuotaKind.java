// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/** Whose space a quota counts. Source: {@code USRQUOTA}, {@code GRPQUOTA}, {@code PRJQUOTA}. */
public enum QuotaKind {
  /** A user's. */
  USER,
  /** A group's. */
  GROUP,
  /** A project's. */
  PROJECT
}
