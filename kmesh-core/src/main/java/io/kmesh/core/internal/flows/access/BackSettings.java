// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import java.time.Duration;

/**
 * What is promised of files that are written back.
 *
 * @param delay how long one may rest before it is sent
 * @param unsent the most bytes that wait
 * @param room how long a writer waits for room
 */
public record BackSettings(Duration delay, long unsent, Duration room) {}
