// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.PendingArchive;
import java.io.ByteArrayOutputStream;

/** Back ends of a site's own. */
final class TestBackends {
  private TestBackends() {}

  /** One that archives to nowhere and can do nothing else. */
  static Archiver archiverOnly() {
    return action -> {
      ContentDigest digest = action.transferTo(new ByteArrayOutputStream());
      return new PendingArchive() {
        @Override
        public ArchivedObject commit() {
          return new ArchivedObject(action.fid().toString(), "1", digest.size(), digest.sha256());
        }

        @Override
        public void close() {}
      };
    };
  }
}
