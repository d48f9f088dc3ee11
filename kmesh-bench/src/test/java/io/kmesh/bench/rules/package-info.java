// SPDX-License-Identifier: Apache-2.0
/**
 * The rules that hold over all modules, each with a class that breaks it to show that the rule
 * bites. The offending classes stand in this test tree, in the package that the rule is about.
 */
@NullMarked
package io.kmesh.bench.rules;

import org.jspecify.annotations.NullMarked;
