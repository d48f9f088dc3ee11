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
  /** Migrating a file's data to another layout under a lease. */
  MIGRATE,
  /** Reading changelogs (needs privilege). */
  CHANGELOGS,
  /** Opening by FID (needs privilege). */
  OPEN_BY_FID,
  /** Usage of targets and pools. */
  USAGE,
  /** Coordinator and changelog registration: only on a server node. */
  SERVER_CONTROL
}
