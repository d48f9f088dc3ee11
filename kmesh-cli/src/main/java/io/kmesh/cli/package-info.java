// SPDX-License-Identifier: Apache-2.0
/** The command {@code kmesh}. */
@NullMarked
package io.kmesh.cli;

import org.jspecify.annotations.NullMarked;
