// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.unit.DataSize;

/**
 * What the queue must know of a transfer to place it.
 *
 * @param name what is transferred, for people
 * @param priority its class
 * @param owner whose it is: owners share a class fairly by bytes
 * @param size its bytes, as far as known
 */
public record TransferRequest(
    String name, TransferPriority priority, String owner, DataSize size) {}
