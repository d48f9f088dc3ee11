// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/** Small makers of ArchUnit predicates and conditions. */
final class Conditions {
  private Conditions() {}

  /** Whether a package is one of {@code prefix} and below. */
  static boolean within(String packageName, String prefix) {
    return packageName.equals(prefix) || packageName.startsWith(prefix + ".");
  }

  /** Whether a package is one of {@code prefixes} and below. */
  static boolean within(String packageName, Iterable<String> prefixes) {
    for (String prefix : prefixes) {
      if (within(packageName, prefix)) {
        return true;
      }
    }
    return false;
  }

  /** The classes of one module. */
  static DescribedPredicate<JavaClass> inModule(KmeshModule module) {
    return matching(
        "of " + module.artifact(),
        c -> KmeshModule.of(c.getPackageName()).filter(m -> m == module).isPresent());
  }

  /** The classes of the published modules. */
  static DescribedPredicate<JavaClass> published() {
    return matching(
        "of the published modules", c -> KmeshModule.of(c.getPackageName()).isPresent());
  }

  /** A predicate with a description. */
  static <T> DescribedPredicate<T> matching(String description, Predicate<T> predicate) {
    return new DescribedPredicate<>(description) {
      @Override
      public boolean test(T value) {
        return predicate.test(value);
      }
    };
  }

  /** Fails for each dependency that is not allowed. */
  static ArchCondition<JavaClass> onlyDepend(
      String description, BiPredicate<JavaClass, JavaClass> allowed) {
    return new ArchCondition<>("only depend on " + description) {
      @Override
      public void check(JavaClass origin, ConditionEvents events) {
        for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
          JavaClass target = dependency.getTargetClass().getBaseComponentType();
          if (!target.isPrimitive() && !allowed.test(origin, target)) {
            events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
          }
        }
      }
    };
  }

  /** Fails with what {@code finder} adds. */
  static <T> ArchCondition<T> condition(String description, Finder<T> finder) {
    return new ArchCondition<>(description) {
      @Override
      public void check(T item, ConditionEvents events) {
        finder.find(item, text -> events.add(SimpleConditionEvent.violated(item, text)));
      }
    };
  }

  /** Looks for violations in one item. */
  interface Finder<T> {
    void find(T item, java.util.function.Consumer<String> violation);
  }
}
