// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** Heap after a collection, open file descriptors and threads of this process, over time. */
final class Vitals {
  /** One look. */
  record Sample(long heapMib, long descriptors, int threads) {}

  private final List<Sample> samples = new ArrayList<>();

  Sample take() {
    System.gc();
    UnixOperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);
    Sample sample =
        new Sample(
            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20,
            system.getOpenFileDescriptorCount(),
            ManagementFactory.getThreadMXBean().getThreadCount());
    samples.add(sample);
    return sample;
  }

  /** Compares the last third with the first, without the very first sample. */
  void assertSteady() {
    if (samples.size() < 4) {
      return; // too short a run to say
    }
    List<Sample> warm = samples.subList(1, samples.size());
    List<Sample> first = warm.subList(0, Math.max(1, warm.size() / 3));
    List<Sample> last = warm.subList(warm.size() - first.size(), warm.size());
    assertThat(most(last, Sample::heapMib))
        .as("MiB of heap after collections: %s", samples)
        .isLessThanOrEqualTo(most(first, Sample::heapMib) * 3 / 2 + 32);
    assertThat(most(last, Sample::descriptors))
        .as("open file descriptors: %s", samples)
        .isLessThanOrEqualTo(most(first, Sample::descriptors) + 40);
    assertThat(most(last, s -> s.threads))
        .as("threads: %s", samples)
        .isLessThanOrEqualTo(most(first, s -> s.threads) + 16);
  }

  private static long most(List<Sample> some, java.util.function.ToLongFunction<Sample> value) {
    return some.stream().mapToLong(value).max().orElse(0);
  }
}
