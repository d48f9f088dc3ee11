// SPDX-License-Identifier: Apache-2.0
/**
 * Contract tests of the service provider interfaces, one abstract JUnit 5 class each: extend it,
 * hand in the implementation, run it. A capability that an implementation lacks is tested as a
 * refusal.
 */
@NullMarked
package io.kmesh.testkit.contract;

import org.jspecify.annotations.NullMarked;
