// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/** The actions that HSM knows. Release is done by the client, the others by a copytool. */
public enum HsmActionKind {
  /** Copy the file to the archive. */
  ARCHIVE,
  /** Bring the data back. */
  RESTORE,
  /** Drop the data of an archived file. */
  RELEASE,
  /** Remove the copy from the archive. */
  REMOVE,
  /** Stop the action that runs or waits on a file. */
  CANCEL
}
