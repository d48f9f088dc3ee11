// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import java.util.concurrent.atomic.LongAdder;

/** What the copytool counts. Thread-safe. */
final class Counters {
  final LongAdder archived = new LongAdder();
  final LongAdder restored = new LongAdder();
  final LongAdder removed = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder cancelled = new LongAdder();
  final LongAdder reconnects = new LongAdder();
  final LongAdder bytesArchived = new LongAdder();
  final LongAdder bytesRestored = new LongAdder();
}
