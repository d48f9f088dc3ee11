// SPDX-License-Identifier: Apache-2.0
/** The SQLite state store: the only package that sees {@code java.sql}. */
@NullMarked
package io.kmesh.core.internal.state;

import org.jspecify.annotations.NullMarked;
