// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import java.time.Instant;

/**
 * A registered user of one changelog.
 *
 * @param id such as {@code cl1} or {@code cl1-name}
 * @param cleared the largest index that it needs no more
 * @param active when it registered or cleared last
 */
record ChangelogUserState(String id, long cleared, Instant active) {}
