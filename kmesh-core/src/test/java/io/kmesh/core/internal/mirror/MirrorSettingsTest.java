// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.ByteBudget;
import io.kmesh.testkit.store.MemoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MirrorSettingsTest {
  private static final int THREADS = 16;
  private static final int ROUNDS = 50;

  @Test
  void budget_whenManyThreadsAskFirst_isOne() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        MirrorSettings settings =
            MirrorSettings.withoutState(MemoryStore.create(), ManualTime.create());
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<ByteBudget>> asked = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          asked.add(
              pool.submit(
                  () -> {
                    start.await(1, TimeUnit.MINUTES);
                    return settings.budget();
                  }));
        }
        Set<ByteBudget> budgets = Collections.newSetFromMap(new java.util.IdentityHashMap<>());
        for (Future<ByteBudget> one : asked) {
          budgets.add(one.get());
        }
        assertThat(budgets).hasSize(1);
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
