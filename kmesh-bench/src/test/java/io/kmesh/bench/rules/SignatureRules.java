// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static io.kmesh.bench.rules.Conditions.condition;
import static io.kmesh.bench.rules.Conditions.matching;
import static io.kmesh.bench.rules.Conditions.within;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** How what users see looks: types in signatures, names, parameters. */
final class SignatureRules {
  private static final List<String> BANNED_WORDS = List.of("Util", "Utils", "Manager", "Helper");

  /** Types that are a time themselves. */
  private static final Set<String> TIMES = Set.of("io.kmesh.spi.posix.FileTime");

  private static final List<String> TEST_LIBRARIES =
      List.of("org.junit.jupiter.api", "org.assertj.core.api", "net.jqwik.api");

  /** The one way to hand in a vendor's client, by class, and the package of what it takes. */
  private static final Map<String, String> CLIENTS =
      Map.of(
          "io.kmesh.cloud.aws.S3Clients",
          "software.amazon.awssdk.services.s3",
          "io.kmesh.cloud.azure.BlobStore",
          "com.azure.storage.blob");

  private SignatureRules() {}

  static List<Checked> all() {
    return List.of(
        Checked.of(
            classes()
                .that(visible(null))
                .should(
                    condition(
                        "show only types of the JDK and of Kmesh in signatures (the test kit also"
                            + " those of test libraries)",
                        SignatureRules::foreignTypes)),
            io.kmesh.spi.store.OffendingSignatures.ForeignParameter.class,
            io.kmesh.spi.store.OffendingSignatures.ForeignArgument.class,
            io.kmesh.spi.store.OffendingSignatures.ForeignParent.class),
        Checked.of(
            classes()
                .that(visible(null))
                .should(
                    condition(
                        "not be named Util, Manager or Helper",
                        (JavaClass c, Consumer<String> violation) -> {
                          for (String word : BANNED_WORDS) {
                            if (c.getSimpleName().endsWith(word)) {
                              violation.accept(c.getName() + " ends in " + word);
                            }
                          }
                        })),
            io.kmesh.spi.store.OffendingSignatures.StoreManager.class,
            io.kmesh.spi.store.OffendingSignatures.PathUtils.class),
        Checked.of(
            classes()
                .that(visible(KmeshModule.API))
                .should(
                    condition(
                        "have no boolean parameter in a public method or constructor",
                        SignatureRules::booleans)),
            io.kmesh.spi.store.OffendingSignatures.BooleanParameter.class,
            io.kmesh.spi.store.OffendingSignatures.BooleanInConstructor.class),
        Checked.of(
            classes()
                .that(visible(null))
                .should(condition("name accessors without get", SignatureRules::getters)),
            io.kmesh.spi.store.OffendingSignatures.Getter.class),
        Checked.of(
            classes()
                .that(visible(null))
                .should(
                    condition("compare the arrays of their records", SignatureRules::rawArrays)),
            io.kmesh.spi.store.OffendingSignatures.ArrayRecord.class),
        Checked.of(
            classes()
                .that(visible(KmeshModule.API))
                .should(
                    condition(
                        "take sizes and times as types, not as numbers with a unit in their name",
                        SignatureRules::numbersWithUnits)),
            io.kmesh.spi.store.OffendingSignatures.Millis.class));
  }

  /** Public types in packages that everybody may use, of one module or (null) of all. */
  private static DescribedPredicate<JavaClass> visible(KmeshModule only) {
    return matching(
        "public in an exported package" + (only == null ? "" : " of " + only.artifact()),
        (JavaClass c) ->
            isVisible(c)
                && KmeshModule.of(c.getPackageName())
                    .filter(m -> only == null || m == only)
                    .filter(m -> m.exported().contains(c.getPackageName()))
                    .isPresent());
  }

  private static boolean isVisible(JavaClass c) {
    return (c.getModifiers().contains(JavaModifier.PUBLIC)
            || c.getModifiers().contains(JavaModifier.PROTECTED))
        && c.getEnclosingClass().map(SignatureRules::isVisible).orElse(true);
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
        && !modifiers.contains(JavaModifier.SYNTHETIC)
        && !modifiers.contains(JavaModifier.BRIDGE);
  }

  private static void foreignTypes(JavaClass c, Consumer<String> violation) {
    boolean tests =
        KmeshModule.of(c.getPackageName()).filter(m -> m == KmeshModule.TESTKIT).isPresent();
    Consumer<JavaType> check =
        type -> {
          for (JavaClass raw : involved(type)) {
            String name = raw.getPackageName();
            boolean ours = raw.isPrimitive() || within(name, "java") || within(name, "javax");
            boolean kmesh = within(name, "io.kmesh") && !("." + name + ".").contains(".internal.");
            boolean client = name.equals(CLIENTS.get(c.getName()));
            if (!ours && !kmesh && !client && !(tests && within(name, TEST_LIBRARIES))) {
              violation.accept(c.getName() + " shows " + raw.getName());
            }
          }
        };
    c.getSuperclass().ifPresent(check);
    c.getInterfaces().forEach(check);
    c.getTypeParameters().forEach(p -> p.getUpperBounds().forEach(check));
    for (JavaField field : c.getFields()) {
      if (isVisible(field.getModifiers())) {
        check.accept(field.getType());
      }
    }
    for (JavaCodeUnit unit : c.getCodeUnits()) {
      if (isVisible(unit.getModifiers())) {
        check.accept(unit.getReturnType());
        unit.getParameterTypes().forEach(check);
        unit.getThrowsClause().forEach(t -> check.accept(t.getRawType()));
        unit.getTypeParameters().forEach(p -> p.getUpperBounds().forEach(check));
      }
    }
  }

  private static Set<JavaClass> involved(JavaType type) {
    Set<JavaClass> all = new HashSet<>();
    type.getAllInvolvedRawTypes().forEach(raw -> all.add(raw.getBaseComponentType()));
    return all;
  }

  private static void booleans(JavaClass c, Consumer<String> violation) {
    for (JavaCodeUnit unit : c.getCodeUnits()) {
      // A record's own constructor takes its parts; a flag there is a value, not a mode.
      boolean ofRecord = c.isRecord() && unit instanceof JavaConstructor;
      if (isVisible(unit.getModifiers())
          && !ofRecord
          && unit.getRawParameterTypes().stream().anyMatch(p -> p.isEquivalentTo(boolean.class))) {
        violation.accept(unit.getFullName() + " has a boolean parameter");
      }
    }
  }

  private static void getters(JavaClass c, Consumer<String> violation) {
    for (JavaMethod method : c.getMethods()) {
      if (isVisible(method.getModifiers())
          && method.getName().matches("get[A-Z].*")
          && method.getRawParameterTypes().isEmpty()
          && !overridesForeign(c, method)) {
        violation.accept(method.getFullName() + " should lose its get");
      }
    }
  }

  private static boolean overridesForeign(JavaClass c, JavaMethod method) {
    Set<JavaClass> parents = new HashSet<>(c.getAllRawSuperclasses());
    parents.addAll(c.getAllRawInterfaces());
    return parents.stream()
        .filter(p -> !within(p.getPackageName(), "io.kmesh"))
        .anyMatch(p -> p.tryGetMethod(method.getName()).isPresent());
  }

  private static void rawArrays(JavaClass c, Consumer<String> violation) {
    if (!c.isRecord()) {
      return;
    }
    for (JavaField field : c.getFields()) {
      if (!field.getRawType().isArray() || field.getModifiers().contains(JavaModifier.STATIC)) {
        continue;
      }
      boolean compares =
          c.tryGetMethod("equals", Object.class)
              .map(
                  m ->
                      m.getMethodCallsFromSelf().stream()
                          .anyMatch(
                              call ->
                                  call.getTargetOwner().isEquivalentTo(java.util.Arrays.class)
                                      || call.getTargetOwner()
                                          .isEquivalentTo(java.security.MessageDigest.class)))
              .orElse(false);
      if (!compares) {
        violation.accept(field.getFullName() + " is not compared by equals");
      }
    }
  }

  private static void numbersWithUnits(JavaClass c, Consumer<String> violation) {
    for (JavaMethod method : c.getMethods()) {
      String name = method.getName().toLowerCase(Locale.ROOT);
      boolean number =
          method.getRawReturnType().isPrimitive()
              && !method.getRawReturnType().isEquivalentTo(boolean.class)
              && !method.getRawReturnType().isEquivalentTo(void.class);
      if (isVisible(method.getModifiers())
          && number
          && !within(c.getPackageName(), "io.kmesh.unit")
          && !TIMES.contains(c.getName())
          && (name.endsWith("millis")
              || name.endsWith("seconds")
              || name.endsWith("nanos")
              || name.endsWith("mib"))) {
        violation.accept(method.getFullName() + " returns a number with a unit");
      }
    }
  }
}
