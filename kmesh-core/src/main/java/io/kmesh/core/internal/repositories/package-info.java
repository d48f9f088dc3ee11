// SPDX-License-Identifier: Apache-2.0
/** The repositories that a Kmesh was told of, opened when they are needed. */
@NullMarked
package io.kmesh.core.internal.repositories;

import org.jspecify.annotations.NullMarked;
