// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.transfer.WorkerPoolQueue;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Runs transfers on its threads ({@code kmesh-transfer-N}): restores before archives before
 * migrations, owners of one class in turn by bytes, and nothing waits for ever. Thread-safe.
 */
public interface TransferQueue extends AutoCloseable {
  /** A queue to be set up. */
  static Builder builder(KmeshTime time) {
    return new Builder(time);
  }

  /** Adds a transfer; the queue holds any number. */
  Transfer submit(TransferRequest request, TransferWork work);

  /** The transfers that wait. */
  int queued();

  /** The transfers that run. */
  int running();

  /**
   * Parks: begins nothing any more, tells running transfers to stop, waits until they did. A second
   * call does nothing.
   */
  @Override
  void close();

  /** Sets up a queue. */
  final class Builder {
    private final KmeshTime time;
    private int threads = Runtime.getRuntime().availableProcessors();
    private Duration ageing = Duration.ofSeconds(30);
    private RetryPolicy retry = RetryPolicy.DEFAULT;
    private OptionalLong bytesPerSecond = OptionalLong.empty();
    private OptionalLong operationsPerSecond = OptionalLong.empty();
    private RandomGenerator random = new java.util.SplittableRandom();
    private Observer observer = Observer.NONE;

    private Builder(KmeshTime time) {
      this.time = time;
    }

    /** The number of threads, from 1; default: the cores. */
    public Builder threads(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("A queue needs at least one thread, not " + count + ".");
      }
      threads = count;
      return this;
    }

    /** After what time of waiting a transfer gets turns before a better class; default 30 s. */
    public Builder ageing(Duration duration) {
      ageing = duration;
      return this;
    }

    /** How retryable failures are tried again. */
    public Builder retry(RetryPolicy policy) {
      retry = policy;
      return this;
    }

    /** The most bytes a second of all transfers; default: no limit. */
    public Builder rate(DataSize perSecond) {
      bytesPerSecond = OptionalLong.of(Math.max(1, perSecond.bytes()));
      return this;
    }

    /** The most transfers that begin a second; default: no limit. */
    public Builder operationRate(long perSecond) {
      operationsPerSecond = OptionalLong.of(Math.max(1, perSecond));
      return this;
    }

    /** The source of jitter. */
    public Builder random(RandomGenerator generator) {
      random = generator;
      return this;
    }

    /** Who hears of retries and failures. */
    public Builder observer(Observer listener) {
      observer = listener;
      return this;
    }

    /** Starts the queue. */
    public TransferQueue build() {
      return new WorkerPoolQueue(
          time, threads, ageing, retry, bytesPerSecond, operationsPerSecond, random, observer);
    }
  }
}
