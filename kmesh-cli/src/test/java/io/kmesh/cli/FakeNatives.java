// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What native libraries say, as a test sets it. */
final class FakeNatives implements LustreNatives {
  String libcMissing = "";
  String libraryMissing = "";
  String release = "2.15.8";
  final Map<String, List<String>> missing = new TreeMap<>();
  final List<String> foreign = new ArrayList<>();
  Path lock = Path.of("/nowhere/copytool.lock");

  @Override
  public Optional<String> whyNoLibc() {
    return libcMissing.isEmpty() ? Optional.empty() : Optional.of(libcMissing);
  }

  @Override
  public Library library() throws IOException {
    if (!libraryMissing.isEmpty()) {
      throw new IOException(libraryMissing);
    }
    return new Library("/usr/lib/liblustreapi.so.1", release, missing);
  }

  @Override
  public List<String> foreignCopytools(Path mountPoint) {
    return List.copyOf(foreign);
  }

  @Override
  public Path copytoolLock(Path mountPoint) {
    return lock;
  }
}
