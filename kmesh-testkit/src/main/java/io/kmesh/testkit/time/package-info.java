// SPDX-License-Identifier: Apache-2.0
/** Time that a test owns: a clock moved by hand and a scheduler that runs one task at a time. */
@NullMarked
package io.kmesh.testkit.time;

import org.jspecify.annotations.NullMarked;
