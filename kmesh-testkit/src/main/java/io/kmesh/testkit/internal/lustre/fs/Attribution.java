// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

/**
 * Who the records of a changelog say it was.
 *
 * @param jobId the job
 * @param uid the user's number
 * @param gid the group's number
 * @param nid the client's network id
 */
record Attribution(String jobId, long uid, long gid, String nid) {}
