// SPDX-License-Identifier: Apache-2.0
/** The objects of a domain in the store, sealed or not. */
@NullMarked
package io.kmesh.core.internal.repository.objects;

import org.jspecify.annotations.NullMarked;
