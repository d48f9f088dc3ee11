// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

/** The contract on the store in memory. */
final class MemoryOrderedTest extends OrderedStoreContract {
  private final MemoryOrdered memory = new MemoryOrdered();

  @Override
  OrderedStore create() {
    return memory;
  }

  @Override
  OrderedStore reopen() {
    memory.reopen();
    return memory;
  }
}
