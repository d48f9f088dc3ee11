// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.snapshots.OpenSnapshot;
import java.io.IOException;
import java.nio.file.FileSystem;

/** What a snapshot needs to do what it is asked. */
interface SnapshotMeans {
  SnapshotParts parts();

  RestorePlans plans();

  RepositoryTasks repositoryTasks();

  /** Shows a snapshot, which the file system closes. */
  FileSystem fileSystem(OpenSnapshot snapshot, String repository) throws IOException;
}
