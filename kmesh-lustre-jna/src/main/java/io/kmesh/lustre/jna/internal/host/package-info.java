// SPDX-License-Identifier: Apache-2.0
/** What this machine tells of itself by files: processes, devices, folders for locks. */
@NullMarked
package io.kmesh.lustre.jna.internal.host;

import org.jspecify.annotations.NullMarked;
