// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

/** What a binding can do here; a missing one is a typed refusal. */
public enum LustreCapability {
  /** HSM states and requests. */
  HSM,
  /** Registering as a copytool (needs privilege). */
  COPYTOOL,
  /** Importing released stubs (needs privilege). */
  IMPORT,
  /** Reading and setting layouts. */
  LAYOUTS,
  /** Migrating a file's data to another layout under a lease, and swapping two files' layouts. */
  MIGRATE,
  /** Reading changelogs (needs privilege). */
  CHANGELOGS,
  /** Opening by FID (needs privilege). */
  OPEN_BY_FID,
  /** Usage of targets and pools. */
  USAGE,
  /** Usage and limits of users, groups and projects. */
  QUOTA,
  /** Adding, splitting off, resyncing and verifying mirrors of files (FLR). */
  MIRRORS,
  /** Group locks on open files. */
  GROUP_LOCK,
  /** Leases on open files. */
  LEASE,
  /** Advice on ranges of open files. */
  ADVICE,
  /** The heat of files on this client. */
  HEAT,
  /** The state of the persistent client cache. */
  PCC,
  /** Coordinators and changelog users of MDTs, for those that this node serves. */
  SERVER_CONTROL
}
