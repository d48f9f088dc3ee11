// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which packages there are, whose they are, and what module descriptors say about them. */
class PackagesTest {
  /** Exported to some modules only, and in no API dump. */
  private static final Map<String, Set<String>> QUALIFIED =
      Map.of(
          "io.kmesh.engine",
          Set.of("io.kmesh.copytool", "io.kmesh.cli"),
          "io.kmesh.engine.repository",
          Set.of("io.kmesh.cli"));

  /** A program: it exports nothing, and opens itself to what reads its annotations. */
  private static final String PROGRAM = "io.kmesh.cli";

  @Test
  void noPackage_isInTwoModules() {
    Map<String, KmeshModule> owners = new TreeMap<>();
    for (KmeshModule module : KmeshModule.present()) {
      for (String name : module.packages()) {
        assertThat(owners.put(name, module)).as("other owner of package %s", name).isNull();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void eachPackage_standsInTheModuleThatOwnsItsName(KmeshModule module) {
    assertThat(module.packages())
        .isNotEmpty()
        .allSatisfy(name -> assertThat(KmeshModule.of(name)).as(name).contains(module));
  }

  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void eachPackage_isNullMarked(KmeshModule module) {
    List<String> bare = new ArrayList<>();
    for (String name : module.packages()) {
      if (!nullMarked(name)) {
        bare.add(name);
      }
    }
    assertThat(bare).as("packages without @NullMarked in their package-info.java").isEmpty();
  }

  @Test
  void nullMarked_whenPackageHasNoInfo_isFalse() {
    assertThat(nullMarked("io.kmesh.core.internal.elsewhere")).isFalse();
  }

  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void descriptor_exportsAllButInternalPackages(KmeshModule module) {
    ModuleDescriptor descriptor = module.descriptor().orElseThrow();
    assertThat(descriptor.name()).isEqualTo(moduleName(module));
    Set<String> open = new TreeSet<>();
    for (String name : module.packages()) {
      if (!(name + ".").contains(".internal.")
          && !QUALIFIED.containsKey(name)
          && !name.equals(PROGRAM)) {
        open.add(name);
      }
    }
    assertThat(module.exported()).isEqualTo(open);
    for (ModuleDescriptor.Exports exports : descriptor.exports()) {
      if (exports.isQualified()) {
        assertThat(QUALIFIED).containsEntry(exports.source(), exports.targets());
      }
    }
    assertThat(descriptor.opens().stream().map(ModuleDescriptor.Opens::source))
        .as("opened packages")
        .containsExactlyElementsOf(module == KmeshModule.CLI ? List.of(PROGRAM) : List.of());
  }

  private static String moduleName(KmeshModule module) {
    return switch (module) {
      case API -> "io.kmesh.api";
      case CORE -> "io.kmesh.core";
      case LUSTRE_JNA -> "io.kmesh.lustre.jna";
      case CLOUD_AWS -> "io.kmesh.cloud.aws";
      case CLOUD_AZURE -> "io.kmesh.cloud.azure";
      case CLOUD_GCP -> "io.kmesh.cloud.gcp";
      case CLI -> "io.kmesh.cli";
      case COPYTOOL -> "io.kmesh.copytool";
      case TESTKIT -> "io.kmesh.testkit";
    };
  }

  private static boolean nullMarked(String packageName) {
    try {
      Class<?> info = Class.forName(packageName + ".package-info");
      return Optional.ofNullable(info.getAnnotation(NullMarked.class)).isPresent();
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
