// SPDX-License-Identifier: Apache-2.0
/**
 * The link of a data flow: ordered and bulk messages between two processes over several streams,
 * which survive the death of any of them. The wire's form is docs/format/flow-link.md.
 */
@NullMarked
package io.kmesh.core.internal.flows.link;

import org.jspecify.annotations.NullMarked;
