// SPDX-License-Identifier: Apache-2.0
/**
 * What the copytool and the commands may use of the engine: transfers, tree copies, the mirror
 * archive and its receipts. Exported to those modules only; no part of the public API.
 *
 * <p>Here are values and interfaces; their implementations are in {@code io.kmesh.core.internal}.
 */
@NullMarked
package io.kmesh.engine;

import org.jspecify.annotations.NullMarked;
