// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where JNA unpacks its library, by its own rule.
 *
 * @param path the folder
 * @param reason what chose it
 */
record NativeFolder(Path path, String reason) {
  /**
   * Finds it.
   *
   * @param property a system property, or null
   * @param variable a variable of the environment, or null
   */
  static NativeFolder find(
      UnaryOperator<@Nullable String> property, UnaryOperator<@Nullable String> variable) {
    for (String name : new String[] {"jna.tmpdir", "kmesh.native-directory"}) {
      String value = property.apply(name);
      if (value != null) {
        return new NativeFolder(Path.of(value), "system property " + name);
      }
    }
    String cache = variable.apply("XDG_CACHE_HOME");
    String home = property.apply("user.home");
    Path folder =
        cache != null && !cache.isBlank()
            ? Path.of(cache)
            : Path.of(home == null ? "/" : home, ".cache");
    folder = folder.resolve("JNA/temp");
    // JNA makes the folder when it is loaded; where it could not, it takes the temporary one.
    if (Files.isWritable(folder)) {
      return new NativeFolder(folder, "JNA's default");
    }
    String temporary = property.apply("java.io.tmpdir");
    return new NativeFolder(
        Path.of(temporary == null ? "/tmp" : temporary), "system property java.io.tmpdir");
  }
}
