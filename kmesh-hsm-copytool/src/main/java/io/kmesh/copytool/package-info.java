// SPDX-License-Identifier: Apache-2.0
/**
 * A Lustre HSM copytool as a library: hand {@link io.kmesh.copytool.Copytool} a file system, a
 * state and what archives, and it serves the coordinator's requests until it is closed.
 */
@NullMarked
package io.kmesh.copytool;

import org.jspecify.annotations.NullMarked;
