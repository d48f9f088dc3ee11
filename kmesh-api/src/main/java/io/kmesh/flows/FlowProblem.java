// SPDX-License-Identifier: Apache-2.0
package io.kmesh.flows;

/**
 * An entry that a flow can't bring over.
 *
 * @param path below the flow's top, printable
 * @param reason why
 */
public record FlowProblem(String path, String reason) {}
