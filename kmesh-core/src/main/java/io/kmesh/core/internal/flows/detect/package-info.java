// SPDX-License-Identifier: Apache-2.0
/**
 * From what happened on a site's own tree to registers: hints of changelogs, scans and lists say
 * where to look, and what is there now is compared with the base.
 */
@NullMarked
package io.kmesh.core.internal.flows.detect;

import org.jspecify.annotations.NullMarked;
