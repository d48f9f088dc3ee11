// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.core.internal.repository.chunk.ChunkProfile;
import io.kmesh.core.internal.repository.chunk.GearChunker;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Where chunks end, of 1 MiB: 1,049 microseconds are 1 GB/s. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GearChunkerBench {
  private static final int MEBIBYTES = 32;

  /** The profile: data or image. */
  @Param({"data", "image"})
  public String profile;

  private final byte[] content = new byte[MEBIBYTES << 20];
  private GearChunker chunker;

  /** Makes the content. */
  @Setup
  public void setUp() {
    new Random(2).nextBytes(content);
    byte[] table = new byte[GearChunker.TABLE_BYTES];
    new Random(3).nextBytes(table);
    chunker =
        new GearChunker(table, profile.equals("data") ? ChunkProfile.DATA : ChunkProfile.IMAGE);
  }

  /** Cuts all of it. */
  @Benchmark
  @OperationsPerInvocation(MEBIBYTES)
  public int cut() {
    int chunks = 0;
    for (int from = 0; from < content.length; chunks++) {
      from = chunker.cut(content, from, content.length, true);
    }
    return chunks;
  }
}
