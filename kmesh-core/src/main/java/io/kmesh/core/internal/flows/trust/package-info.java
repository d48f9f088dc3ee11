// SPDX-License-Identifier: Apache-2.0
/**
 * Who may speak to whom on a link: sites, their certificates, enrolment, rotation and revocation.
 * Written down in docs/format/flow-trust.md.
 */
@NullMarked
package io.kmesh.core.internal.flows.trust;

import org.jspecify.annotations.NullMarked;
