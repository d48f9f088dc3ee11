// SPDX-License-Identifier: Apache-2.0
/** Flows by name: their specifications, and the replicas that run here. */
@NullMarked
package io.kmesh.core.internal.flows.service;

import org.jspecify.annotations.NullMarked;
