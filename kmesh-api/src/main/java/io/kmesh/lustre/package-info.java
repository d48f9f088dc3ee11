// SPDX-License-Identifier: Apache-2.0
/**
 * Lustre's own words as immutable values (FID, HSM state, layout, changelog record) and the
 * services of one file system that users call ({@link io.kmesh.lustre.Hsm}, {@link
 * io.kmesh.lustre.Layouts}, {@link io.kmesh.lustre.Changelog}).
 */
@NullMarked
package io.kmesh.lustre;

import org.jspecify.annotations.NullMarked;
