// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every rule holds over the published modules, and catches each of its offenders. */
class ArchitectureTest {
  private static JavaClasses main;

  @BeforeAll
  static void importModules() {
    List<Location> locations = new ArrayList<>();
    for (KmeshModule module : KmeshModule.present()) {
      Path classes = module.classes();
      locations.add(
          Location.of(
              Files.isDirectory(classes)
                  ? classes.toUri()
                  : URI.create("jar:" + classes.toUri() + "!/")));
    }
    main = new ClassFileImporter().importLocations(locations);
  }

  @TestFactory
  Stream<DynamicContainer> rules() {
    return Stream.of(ModuleRules.all(), LayerRules.all(), CodeRules.all(), SignatureRules.all())
        .flatMap(List::stream)
        .map(ArchitectureTest::container);
  }

  private static DynamicContainer container(Checked checked) {
    List<DynamicTest> tests = new ArrayList<>();
    tests.add(DynamicTest.dynamicTest("holds", () -> checked.rule().check(main)));
    for (Class<?> offender : checked.offenders()) {
      tests.add(
          DynamicTest.dynamicTest(
              "catches " + offender.getSimpleName(),
              () ->
                  assertThat(
                          checked
                              .rule()
                              .evaluate(new ClassFileImporter().importClasses(offender))
                              .hasViolation())
                      .as("the rule catches %s", offender.getName())
                      .isTrue()));
    }
    return DynamicContainer.dynamicContainer(checked.rule().getDescription(), tests);
  }
}
