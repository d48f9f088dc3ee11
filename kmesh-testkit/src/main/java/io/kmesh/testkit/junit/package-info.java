// SPDX-License-Identifier: Apache-2.0
/** Kmesh's JUnit 5 extension: what a test left open fails it. */
@NullMarked
package io.kmesh.testkit.junit;

import org.jspecify.annotations.NullMarked;
