// SPDX-License-Identifier: Apache-2.0
/** Sites: the places that data flows join, who they are, and what each lets others reach. */
@NullMarked
package io.kmesh.sites;

import org.jspecify.annotations.NullMarked;
