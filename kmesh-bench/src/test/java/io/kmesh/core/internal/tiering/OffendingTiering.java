// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

/** What lower layers must not see. */
public final class OffendingTiering {}
