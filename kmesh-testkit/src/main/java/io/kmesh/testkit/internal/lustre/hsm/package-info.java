// SPDX-License-Identifier: Apache-2.0
/**
 * The HSM half of the simulated Lustre: a coordinator per MDT with its persistent list of actions,
 * the copytools, and the client's side of HSM. It knows the file system by {@link
 * io.kmesh.testkit.internal.lustre.HsmInodes} only, and calls it without holding any own lock.
 */
@NullMarked
package io.kmesh.testkit.internal.lustre.hsm;

import org.jspecify.annotations.NullMarked;
