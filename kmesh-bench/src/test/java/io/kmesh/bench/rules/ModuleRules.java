// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static io.kmesh.bench.rules.Conditions.inModule;
import static io.kmesh.bench.rules.Conditions.onlyDepend;
import static io.kmesh.bench.rules.Conditions.published;
import static io.kmesh.bench.rules.Conditions.within;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who may import whom: modules, internal packages, other people's libraries. */
final class ModuleRules {
  /** What each module may see of Kmesh, besides itself. */
  private static final Map<KmeshModule, Set<KmeshModule>> SEES = new EnumMap<>(KmeshModule.class);

  /** Where each library may be imported; what is not here is imported nowhere. */
  private static final Map<String, List<String>> LIBRARIES = new LinkedHashMap<>();

  static {
    SEES.put(KmeshModule.API, EnumSet.noneOf(KmeshModule.class));
    SEES.put(KmeshModule.CORE, EnumSet.of(KmeshModule.API));
    SEES.put(KmeshModule.LUSTRE_JNA, EnumSet.of(KmeshModule.API));
    SEES.put(KmeshModule.CLOUD_AWS, EnumSet.of(KmeshModule.API));
    SEES.put(KmeshModule.CLOUD_AZURE, EnumSet.of(KmeshModule.API));
    SEES.put(KmeshModule.CLOUD_GCP, EnumSet.of(KmeshModule.API));
    SEES.put(KmeshModule.COPYTOOL, EnumSet.of(KmeshModule.API, KmeshModule.CORE));
    SEES.put(KmeshModule.CLI, EnumSet.complementOf(EnumSet.of(KmeshModule.TESTKIT)));
    SEES.put(KmeshModule.TESTKIT, EnumSet.of(KmeshModule.API));

    LIBRARIES.put("com.google.common", List.of("io.kmesh.core", "io.kmesh.engine"));
    LIBRARIES.put(
        "org.slf4j",
        List.of(
            "io.kmesh.core",
            "io.kmesh.engine",
            "io.kmesh.state",
            "io.kmesh.store",
            "io.kmesh.lustre.jna",
            "io.kmesh.cloud",
            "io.kmesh.copytool"));
    // Stored forms are JSON; each layer keeps the codec of what it stores beside it.
    LIBRARIES.put(
        "com.fasterxml.jackson",
        List.of("io.kmesh.core.internal", "io.kmesh.cloud", "io.kmesh.cli"));
    LIBRARIES.put("software.amazon.awssdk", List.of("io.kmesh.cloud.aws"));
    LIBRARIES.put("com.azure", List.of("io.kmesh.cloud.azure"));
    LIBRARIES.put("reactor.core", List.of("io.kmesh.cloud.azure"));
    LIBRARIES.put("org.reactivestreams", List.of("io.kmesh.cloud"));
    LIBRARIES.put("org.apache.hc.core5", List.of("io.kmesh.cloud.aws"));
    LIBRARIES.put("io.netty", List.of("io.kmesh.cloud.aws"));
    LIBRARIES.put("okhttp3", List.of("io.kmesh.cloud.gcp"));
    LIBRARIES.put("okio", List.of("io.kmesh.cloud.gcp"));
    LIBRARIES.put("picocli", List.of("io.kmesh.cli"));
    LIBRARIES.put("com.sun.jna", List.of("io.kmesh.lustre.jna"));
    LIBRARIES.put("java.sql", List.of("io.kmesh.core.internal.state", "io.kmesh.state"));
    LIBRARIES.put("javax.sql", List.of("io.kmesh.core.internal.state", "io.kmesh.state"));
    LIBRARIES.put("org.sqlite", List.of("io.kmesh.core.internal.state", "io.kmesh.state"));
    LIBRARIES.put("com.github.luben", List.of("io.kmesh.core.internal.compress"));
    LIBRARIES.put("org.bouncycastle", List.of("io.kmesh.core.internal.crypto"));
    LIBRARIES.put("org.junit", List.of("io.kmesh.testkit"));
    LIBRARIES.put("org.opentest4j", List.of("io.kmesh.testkit"));
    LIBRARIES.put("org.assertj", List.of("io.kmesh.testkit"));
    LIBRARIES.put("net.jqwik", List.of("io.kmesh.testkit"));
    LIBRARIES.put("org.jspecify", List.of("io.kmesh"));
    LIBRARIES.put("com.sun.net.httpserver", List.of("io.kmesh.testkit", "io.kmesh.cli"));
    LIBRARIES.put("java", List.of("io.kmesh"));
    LIBRARIES.put("javax.crypto", List.of("io.kmesh"));
    LIBRARIES.put("javax.security", List.of("io.kmesh"));
    LIBRARIES.put("javax.net", List.of("io.kmesh"));
    LIBRARIES.put("javax.xml", List.of("io.kmesh.cloud.aws"));
  }

  private ModuleRules() {}

  static List<Checked> all() {
    return List.of(
        Checked.of(
            classes()
                .that(inModule(KmeshModule.API))
                .should(
                    onlyDepend(
                        "the JDK and JSpecify",
                        (origin, target) ->
                            within(
                                    target.getPackageName(),
                                    List.of("java", "javax", "org.jspecify"))
                                || isOf(KmeshModule.API, target.getPackageName()))),
            io.kmesh.spi.store.OffendingApi.class),
        Checked.of(
            classes()
                .that(published())
                .should(
                    onlyDepend(
                        "the Kmesh modules that DESIGN's table allows",
                        (origin, target) ->
                            maySee(origin.getPackageName(), target.getPackageName()))),
            io.kmesh.lustre.jna.OffendingBinding.class,
            io.kmesh.core.internal.transfer.OffendingCore.class,
            io.kmesh.testkit.OffendingTestkit.class),
        Checked.of(
            classes()
                .that(published())
                .should(
                    onlyDepend(
                        "internal packages of their own module",
                        (origin, target) ->
                            !(target.getPackageName() + ".").contains(".internal.")
                                || KmeshModule.of(target.getPackageName())
                                    .equals(KmeshModule.of(origin.getPackageName())))),
            io.kmesh.copytool.OffendingCopytool.class),
        Checked.of(
            classes()
                .that(published())
                .should(
                    onlyDepend(
                        "io.kmesh.engine from core, the copytool and the commands, and of core nothing else;"
                            + " the commands also what is exported",
                        (origin, target) -> {
                          KmeshModule from = KmeshModule.of(origin.getPackageName()).orElseThrow();
                          if (!isOf(KmeshModule.CORE, target.getPackageName())) {
                            return true;
                          }
                          return from == KmeshModule.CORE
                              || from == KmeshModule.CLI
                              || (from == KmeshModule.COPYTOOL
                                  && within(target.getPackageName(), "io.kmesh.engine"));
                        })),
            io.kmesh.copytool.OffendingCopytool.class,
            io.kmesh.lustre.jna.OffendingBinding.class),
        Checked.of(
            classes()
                .that(published())
                .should(
                    onlyDepend(
                        "a library where it is confined to",
                        (origin, target) ->
                            mayImport(origin.getPackageName(), target.getPackageName()))),
            io.kmesh.core.internal.transfer.OffendingLibraries.Jna.class,
            io.kmesh.core.internal.transfer.OffendingLibraries.Sql.class,
            io.kmesh.core.internal.transfer.OffendingLibraries.Unlisted.class,
            io.kmesh.engine.OffendingEngine.class));
  }

  private static boolean isOf(KmeshModule module, String packageName) {
    return KmeshModule.of(packageName).filter(m -> m == module).isPresent();
  }

  private static boolean maySee(String origin, String target) {
    KmeshModule from = KmeshModule.of(origin).orElseThrow();
    return !within(target, "io.kmesh")
        || KmeshModule.of(target).filter(m -> m == from || SEES.get(from).contains(m)).isPresent();
  }

  /** The longest listed prefix of the target decides. */
  private static boolean mayImport(String origin, String target) {
    if (within(target, "io.kmesh")) {
      return true;
    }
    String best = "";
    for (String library : LIBRARIES.keySet()) {
      if (within(target, library) && library.length() > best.length()) {
        best = library;
      }
    }
    return !best.isEmpty() && within(origin, LIBRARIES.get(best));
  }
}
