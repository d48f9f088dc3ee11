// SPDX-License-Identifier: Apache-2.0
/**
 * A simulated Lustre file system, and what an administrator of its servers sees and sets. It is
 * chosen by name only and never found as a service.
 */
@NullMarked
package io.kmesh.testkit.lustre;

import org.jspecify.annotations.NullMarked;
