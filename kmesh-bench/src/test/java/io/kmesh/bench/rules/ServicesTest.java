// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code META-INF/services} says is what {@code module-info} says, and it loads. */
class ServicesTest {
  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void services_agreeWithTheDescriptor(KmeshModule module) {
    Map<String, Set<String>> declared = new TreeMap<>();
    for (ModuleDescriptor.Provides provides : module.descriptor().orElseThrow().provides()) {
      declared.put(provides.service(), new LinkedHashSet<>(provides.providers()));
    }
    assertThat(files(module)).isEqualTo(declared);
  }

  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void services_load(KmeshModule module) throws ClassNotFoundException {
    for (Map.Entry<String, Set<String>> service : files(module).entrySet()) {
      List<String> found =
          ServiceLoader.load(Class.forName(service.getKey())).stream()
              .map(provider -> provider.get().getClass().getName())
              .toList();
      assertThat(found).containsAll(service.getValue());
    }
  }

  @Test
  void simulatedLustre_isNoService() {
    assertThat(files(KmeshModule.TESTKIT).keySet())
        .noneMatch(service -> service.contains("Lustre"));
  }

  private static Map<String, Set<String>> files(KmeshModule module) {
    return module.read(ServicesTest::files);
  }

  private static Map<String, Set<String>> files(Path root) {
    Map<String, Set<String>> services = new TreeMap<>();
    Path folder = root.resolve("META-INF/services");
    if (!Files.isDirectory(folder)) {
      return services;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Set<String> providers = new TreeSet<>();
        for (String line : Files.readAllLines(file)) {
          String name = line.replaceFirst("#.*", "").strip();
          if (!name.isEmpty()) {
            providers.add(name);
          }
        }
        services.put(file.getFileName().toString(), providers);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return services;
  }
}
