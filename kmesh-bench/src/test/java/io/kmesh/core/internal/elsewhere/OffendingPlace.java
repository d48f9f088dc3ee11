// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.elsewhere;

/** A class in no layer. */
public final class OffendingPlace {}
