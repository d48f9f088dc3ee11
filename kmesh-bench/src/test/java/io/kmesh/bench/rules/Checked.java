// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import com.tngtech.archunit.lang.ArchRule;
import java.util.List;

/**
 * A rule and classes that break it.
 *
 * @param offenders each alone must be caught
 */
record Checked(ArchRule rule, List<Class<?>> offenders) {
  static Checked of(ArchRule rule, Class<?>... offenders) {
    return new Checked(rule.allowEmptyShould(true), List.of(offenders));
  }
}
