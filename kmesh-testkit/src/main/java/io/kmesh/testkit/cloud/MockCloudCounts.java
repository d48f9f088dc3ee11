// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

/**
 * What a mock cloud has ever done, over all processes.
 *
 * @param made resources that were made, those of which nobody saw the reply included
 * @param changed changes of shapes that were begun
 * @param deleted resources whose deletion was begun
 */
public record MockCloudCounts(long made, long changed, long deleted) {}
