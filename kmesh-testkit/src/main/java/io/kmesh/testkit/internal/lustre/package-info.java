// SPDX-License-Identifier: Apache-2.0
/**
 * The border between the two halves of the simulated Lustre: its file system ({@code fs}) and its
 * coordinator with copytools ({@code hsm}). Neither half imports the other; each sees the values
 * and interfaces of this package only.
 */
@NullMarked
package io.kmesh.testkit.internal.lustre;

import org.jspecify.annotations.NullMarked;
