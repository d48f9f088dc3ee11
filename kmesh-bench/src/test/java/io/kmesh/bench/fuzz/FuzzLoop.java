// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectUniqueId;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Repeats each test tagged {@code fuzz}, of all modules, with new seeds for {@code
 * kmesh.fuzz.seconds} (20 when it is not given). A failure shows jqwik's seed in the output. Two
 * JVMs share the tests: each has every other one.
 */
@Tag("fuzz-loop")
abstract class FuzzLoop {
  private static final int PARTS = 2;
  private static final Duration TIME =
      Duration.ofSeconds(Integer.getInteger("kmesh.fuzz.seconds", 20));

  private final Launcher launcher = LauncherFactory.create();
  private final int part;

  FuzzLoop(int part) {
    this.part = part;
  }

  @TestFactory
  @Timeout(86_400)
  Stream<DynamicTest> decoders() {
    TestPlan plan = launcher.discover(request(selectClasspathRoots(testFolders())));
    List<TestIdentifier> tests = new ArrayList<>();
    for (TestIdentifier root : plan.getRoots()) {
      plan.getDescendants(root).stream().filter(TestIdentifier::isTest).forEach(tests::add);
    }
    tests.sort(Comparator.comparing(TestIdentifier::getUniqueId));
    assertThat(tests).as("tests tagged fuzz").isNotEmpty();
    return IntStream.range(0, tests.size())
        .filter(i -> i % PARTS == part)
        .mapToObj(tests::get)
        .map(t -> DynamicTest.dynamicTest(name(t), () -> repeat(t)));
  }

  @Test
  void repeat_whenTheTestFails_fails() {
    TestPlan plan =
        launcher.discover(
            request(
                List.of(
                    org.junit.platform.engine.discovery.DiscoverySelectors.selectClass(
                        FailingFuzz.class))));
    List<TestIdentifier> tests = new ArrayList<>();
    plan.getRoots().forEach(r -> tests.addAll(plan.getDescendants(r)));
    TestIdentifier failing =
        tests.stream().filter(TestIdentifier::isTest).findFirst().orElseThrow();
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> repeat(failing))
        .hasMessageContaining("found by fuzzing");
  }

  private void repeat(TestIdentifier test) throws Throwable {
    long began = System.nanoTime();
    int runs = 0;
    do {
      SummaryGeneratingListener summary = new SummaryGeneratingListener();
      launcher.execute(request(List.of(selectUniqueId(test.getUniqueId()))), summary);
      if (!summary.getSummary().getFailures().isEmpty()) {
        throw summary.getSummary().getFailures().get(0).getException();
      }
      assertThat(summary.getSummary().getTestsSucceededCount()).as(name(test)).isEqualTo(1);
      runs++;
    } while (System.nanoTime() - began < TIME.toNanos());
    System.out.printf("%s: %d runs%n", name(test), runs);
  }

  private static String name(TestIdentifier test) {
    return test.getSource()
        .map(Object::toString)
        .orElse("")
        .replaceFirst(".*className = '([^']*)'.*methodName = '([^']*)'.*", "$1.$2");
  }

  private LauncherDiscoveryRequest request(List<? extends DiscoverySelector> selectors) {
    return LauncherDiscoveryRequestBuilder.request()
        .selectors(selectors)
        .filters(TagFilter.includeTags("fuzz"))
        .configurationParameter("jqwik.database", "target/fuzz-database-" + part)
        .configurationParameter("jqwik.reporting.onlyfailures", "true")
        .build();
  }

  private static Set<Path> testFolders() {
    Set<Path> folders = new LinkedHashSet<>();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      Path path = Path.of(entry).normalize();
      if (path.endsWith("target/test-classes")
          && !path.toString().contains("/kmesh-bench/")
          && Files.isDirectory(path)) {
        folders.add(path);
      }
    }
    return folders;
  }
}
