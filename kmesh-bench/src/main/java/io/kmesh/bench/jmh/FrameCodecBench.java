// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.jmh;

import io.kmesh.core.internal.repository.chunk.Coding;
import io.kmesh.core.internal.repository.chunk.EncodedFrame;
import io.kmesh.core.internal.repository.chunk.FrameCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A frame of 1 MiB probed, coded and decoded: 1,049 microseconds are 1 GB/s. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FrameCodecBench {
  private static final int LENGTH = 1 << 20;
  private static final int RECORD = 40;

  /** What the content is like: random, floats, text or records. */
  @Param({"random", "floats", "text", "records"})
  public String kind;

  private byte[] content;
  private FrameCodec codec;
  private Coding coding;
  private int codecByte;
  private int stride;
  private byte[] body;
  private final byte[] decoded = new byte[LENGTH];

  /** Makes the content and its frame. */
  @Setup
  public void setUp() throws IOException {
    content = content();
    codec = new FrameCodec();
    coding = codec.probe().probe(content, 0, LENGTH);
    EncodedFrame frame = codec.encode(content, 0, LENGTH, coding);
    codecByte = frame.codec();
    stride = frame.stride();
    body = Arrays.copyOfRange(frame.bytes(), frame.offset(), frame.offset() + frame.length());
    System.out.printf("%s: %s, codec %d, %d bytes%n", kind, coding, codecByte, body.length);
  }

  /** Frees the native memory. */
  @TearDown
  public void tearDown() {
    codec.close();
  }

  /** Finds out how to code it. */
  @Benchmark
  public Coding probe() throws IOException {
    return codec.probe().probe(content, 0, LENGTH);
  }

  /** Filters and compresses it. */
  @Benchmark
  public EncodedFrame encode() throws IOException {
    return codec.encode(content, 0, LENGTH, coding);
  }

  /** And back. */
  @Benchmark
  public byte[] decode() throws IOException {
    codec.decode(codecByte, stride, body, 0, body.length, decoded, 0, LENGTH);
    return decoded;
  }

  private byte[] content() {
    Random random = new Random(1);
    byte[] made = new byte[LENGTH];
    switch (kind) {
      case "random" -> random.nextBytes(made);
      case "floats" -> {
        FloatBuffer floats = ByteBuffer.wrap(made).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        for (int i = 0; floats.hasRemaining(); i++) {
          floats.put((float) (300 + 20 * Math.sin(i / 500.0) + 0.01 * random.nextGaussian()));
        }
      }
      case "text" -> {
        StringBuilder text = new StringBuilder();
        while (text.length() < LENGTH) {
          double r = random.nextDouble();
          text.append(Integer.toString(((int) (r * r * r * 46_656)) * 31 + 7, 36))
              .append(random.nextInt(9) == 0 ? '\n' : ' ');
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, made, 0, LENGTH);
      }
      case "records" -> {
        ByteBuffer records = ByteBuffer.wrap(made);
        for (int i = 0; records.remaining() >= RECORD; i++) {
          int begin = records.position();
          records.putInt(i).putLong(random.nextLong() & 0xffffffL).putInt(random.nextInt(50));
          records.position(begin + RECORD);
        }
      }
      default -> throw new IllegalArgumentException(kind);
    }
    return made;
  }
}
