// SPDX-License-Identifier: Apache-2.0
/** Keys for tests. */
@NullMarked
package io.kmesh.testkit.key;

import org.jspecify.annotations.NullMarked;
