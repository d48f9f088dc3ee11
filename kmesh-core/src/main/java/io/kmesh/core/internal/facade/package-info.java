// SPDX-License-Identifier: Apache-2.0
/** Opens a Kmesh: puts stores, clusters, tiering and operations together over one state. */
@NullMarked
package io.kmesh.core.internal.facade;

import org.jspecify.annotations.NullMarked;
