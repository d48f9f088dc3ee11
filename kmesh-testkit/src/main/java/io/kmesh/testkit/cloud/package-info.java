// SPDX-License-Identifier: Apache-2.0
/** A cloud for tests: zones, quotas, clusters that take time, failures. */
@NullMarked
package io.kmesh.testkit.cloud;

import org.jspecify.annotations.NullMarked;
