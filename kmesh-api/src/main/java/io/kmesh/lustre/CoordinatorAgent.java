// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

/**
 * A copytool that is registered with a coordinator. Source: a line of {@code
 * mdt.FSNAME-MDTnnnn.hsm.agents}.
 *
 * @param uuid the client that it runs on
 * @param archives the archives that it serves, as Lustre writes them: numbers, or {@code ANY}
 * @param current the actions that it has now
 * @param succeeded the actions that it ended well
 * @param failed the actions that it ended with an error
 */
public record CoordinatorAgent(
    String uuid, String archives, long current, long succeeded, long failed) {}
