// SPDX-License-Identifier: Apache-2.0
/** Object stores for tests. */
@NullMarked
package io.kmesh.testkit.store;

import org.jspecify.annotations.NullMarked;
