// SPDX-License-Identifier: Apache-2.0
/**
 * Faults for any service provider interface: a {@link io.kmesh.testkit.fault.FaultPlan} says what
 * goes wrong by the name of the method, wrappers make it happen, and {@link
 * io.kmesh.testkit.fault.CrashPoints} stops a scenario at each of its operations.
 */
@NullMarked
package io.kmesh.testkit.fault;

import org.jspecify.annotations.NullMarked;
