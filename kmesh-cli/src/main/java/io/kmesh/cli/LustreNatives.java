// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.lustre.jna.JnaLustre;
import io.kmesh.lustre.jna.JnaLustreFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the native libraries of this machine say of themselves. */
interface LustreNatives {
  /** Why libc can't be called; empty when it can. */
  Optional<String> whyNoLibc();

  /**
   * liblustreapi.
   *
   * @throws IOException when it can't be loaded; the message says why and what to do
   */
  Library library() throws IOException;

  /** The copytools of others on a mount, in words. */
  List<String> foreignCopytools(Path mountPoint) throws IOException;

  /** The file that a copytool of Kmesh on a mount locks. */
  Path copytoolLock(Path mountPoint) throws IOException;

  /**
   * liblustreapi as it was found.
   *
   * @param file its file
   * @param release what it calls its release; empty when it does not
   * @param missing the functions that it lacks, by the group that is off for it
   */
  record Library(String file, String release, Map<String, List<String>> missing) {}

  /** Those of this process. */
  static LustreNatives ofProcess() {
    return new LustreNatives() {
      @Override
      public Optional<String> whyNoLibc() {
        return JnaLustreFacts.whyNoLibc();
      }

      @Override
      public Library library() throws IOException {
        return new Library(
            JnaLustre.libraryFile(), JnaLustre.libraryRelease(), JnaLustre.missingFunctions());
      }

      @Override
      public List<String> foreignCopytools(Path mountPoint) throws IOException {
        return JnaLustreFacts.foreignCopytools(mountPoint);
      }

      @Override
      public Path copytoolLock(Path mountPoint) throws IOException {
        return JnaLustreFacts.copytoolLock(mountPoint);
      }
    };
  }
}
