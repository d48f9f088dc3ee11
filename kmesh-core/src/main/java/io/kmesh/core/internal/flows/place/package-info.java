// SPDX-License-Identifier: Apache-2.0
/** Makes a site's own tree what the registers of a flow's base say. */
@NullMarked
package io.kmesh.core.internal.flows.place;

import org.jspecify.annotations.NullMarked;
