// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

/**
 * Hears of the requests that a store sends from the threads of its callers ({@link
 * ObjectStore#onCallersThread}), so that somebody else can end them. Thread-safe.
 */
@FunctionalInterface
public interface Cuts {
  /** Nobody ends them. */
  Cuts NONE = cut -> () -> {};

  /**
   * Called by the store, in the caller's thread, before it waits for an answer.
   *
   * @param cut ends that request from any thread, so that it fails soon; does nothing once it has
   *     ended, and may be run more than once
   * @return closed by the store, in the same thread, when the request has ended
   */
  Running begin(Runnable cut);

  /** A request that is under way. */
  @FunctionalInterface
  interface Running extends AutoCloseable {
    @Override
    void close();
  }
}
