// SPDX-License-Identifier: Apache-2.0
/** The engine's upper layers with a real copytool, on the simulated Lustre. */
@NullMarked
package io.kmesh.copytool.engine;

import org.jspecify.annotations.NullMarked;
