// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kmesh.lustre.jna.internal.wire.Json;
import io.kmesh.lustre.jna.internal.wire.Reference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contracts of the testkit on the binding over the stub of liblustreapi, and checks of what
 * they can't ask, in a JVM of their own; every test there is one here. The contracts run on two
 * shapes of the library: all that 2.17 exports, and what 2.12 exports.
 */
class StubbedLustreContractTest {
  private static final List<Class<?>> CONTRACTS =
      List.of(
          StubLustreIdentityContract.class,
          StubLustreHsmContract.class,
          StubLustreCopytoolContract.class,
          StubLustreLayoutsContract.class,
          StubLustreChangelogsContract.class);

  private static final List<Class<?>> OTHERS =
      List.of(
          StubTreeContract.class,
          StubCopytoolChecks.class,
          StubHsmChecks.class,
          StubFileChecks.class,
          StubChangelogChecks.class,
          StubCopytoolKillChecks.class,
          StubMdtRestartChecks.class);

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicContainer> contracts() throws IOException, InterruptedException {
    List<Class<?>> all = new ArrayList<>(CONTRACTS);
    all.addAll(OTHERS);
    return run(all);
  }

  @TestFactory
  Stream<DynamicContainer> contractsOf212() throws IOException, InterruptedException {
    Map<String, Object> functions =
        Json.map(Json.object(Reference.text("reference/functions.json")).get("functions"));
    String[] lacking =
        functions.entrySet().stream()
            .filter(f -> !Json.list(Json.map(f.getValue()).get("exported_in")).contains("2.12.9"))
            .map(Map.Entry::getKey)
            .toArray(String[]::new);
    assertThat(lacking).contains("llapi_heat_get", "llapi_fid_parse").hasSizeGreaterThan(10);
    return run(CONTRACTS, lacking);
  }

  @TestFactory
  Stream<DynamicContainer> oldRelease() throws IOException, InterruptedException {
    return run(List.of(StubOldReleaseChecks.class), StubOldReleaseChecks.OMITTED);
  }

  private Stream<DynamicContainer> run(List<Class<?>> classes, String... omitted)
      throws IOException, InterruptedException {
    String why = StubLibrary.whyImpossible();
    assumeTrue(why.isEmpty(), why);
    List<StubFork.Outcome> outcomes =
        new StubFork(directory, omitted).run(classes.toArray(Class<?>[]::new));
    Map<String, List<DynamicTest>> tests = new LinkedHashMap<>();
    for (StubFork.Outcome outcome : outcomes) {
      tests
          .computeIfAbsent(outcome.testClass(), contract -> new ArrayList<>())
          .add(DynamicTest.dynamicTest(outcome.name(), () -> check(outcome)));
    }
    assertThat(tests).hasSameSizeAs(classes);
    return tests.entrySet().stream()
        .map(contract -> DynamicContainer.dynamicContainer(contract.getKey(), contract.getValue()));
  }

  private static void check(StubFork.Outcome outcome) {
    switch (outcome.state()) {
      case "failed" -> throw new AssertionError(outcome.text());
      case "skipped" -> abort(outcome.text());
      default -> assertThat(outcome.state()).isEqualTo("ok");
    }
  }
}
