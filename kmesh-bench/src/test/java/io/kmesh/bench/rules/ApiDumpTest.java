// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The API that is checked in is the API of the classes. {@code config/api-dump.sh} writes the files
 * anew; the difference is then part of the change that is reviewed.
 */
class ApiDumpTest {
  private static final boolean UPDATE = Boolean.getBoolean("kmesh.api.update");

  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void api_isTheOneCheckedIn(KmeshModule module) throws IOException {
    String actual = ApiDump.of(exportedTypes(module));
    Path file = module.folder().resolve("api").resolve(module.artifact() + ".api");
    if (UPDATE) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, actual);
    }
    assertThat(file).as("run config/api-dump.sh and check in what it writes").exists();
    assertThat(actual)
        .as("API of %s; if the change is meant, run config/api-dump.sh", module.artifact())
        .isEqualTo(Files.readString(file));
  }

  @Test
  void dump_ofOffendingTypes_showsWhatUsersSeeAndNoMore() {
    assertThat(ApiDump.of(List.of(ApiDumpSample.class, ApiDumpSample.Hidden.class)))
        .isEqualTo(
            """
            public final record io.kmesh.bench.rules.ApiDumpSample(int size)
                implements java.io.Serializable {
              public io.kmesh.bench.rules.ApiDumpSample(int)
              public java.lang.String io.kmesh.bench.rules.ApiDumpSample.text() throws java.io.IOException
              public static final int io.kmesh.bench.rules.ApiDumpSample.LIMIT = 7
            }

            """);
  }

  private static List<Class<?>> exportedTypes(KmeshModule module) {
    Set<String> exported = module.exported();
    return module.read(
        root -> {
          List<Class<?>> types = new ArrayList<>();
          try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
              String name = root.relativize(file).toString().replace('/', '.');
              name = name.substring(0, name.length() - ".class".length());
              int dot = name.lastIndexOf('.');
              if (dot > 0
                  && exported.contains(name.substring(0, dot))
                  && !name.endsWith(".package-info")) {
                types.add(Class.forName(name, false, ApiDumpTest.class.getClassLoader()));
              }
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
          }
          return types;
        });
  }
}
