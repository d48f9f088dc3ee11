// SPDX-License-Identifier: Apache-2.0
/** Observers for tests. */
@NullMarked
package io.kmesh.testkit.observe;

import org.jspecify.annotations.NullMarked;
