// SPDX-License-Identifier: Apache-2.0
/**
 * Ciphers and derivation of keys, and who computes them: the only home of Bouncy Castle and of the
 * Corretto provider. No cipher is written here.
 */
@NullMarked
package io.kmesh.core.internal.crypto;

import org.jspecify.annotations.NullMarked;
