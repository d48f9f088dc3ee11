// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

/** What a virtual copy needs to do what it is asked. */
interface CopyMeans {
  SnapshotParts parts();

  CopyEngine engine();

  CopyTasks tasks();

  ReverseSyncPlans plans();
}
