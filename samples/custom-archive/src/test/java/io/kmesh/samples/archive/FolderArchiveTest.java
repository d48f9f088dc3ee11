// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.archive;

import io.kmesh.testkit.contract.ArchiveBackendContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** What a copytool relies on, asked of this archive by the testkit's contract. */
class FolderArchiveTest extends ArchiveBackendContract<FolderArchive> {
  @TempDir Path folder;

  @Override
  protected FolderArchive open() {
    return new FolderArchive(folder);
  }
}
